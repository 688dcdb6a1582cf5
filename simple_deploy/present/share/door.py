"""Who may follow: the short code, how often it may be guessed, and how much one computer may ask for. Pure.

A *peer* is the address of a computer; a *viewer* is a browser that has shown the code.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

#: Without letters and digits that look like another one.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 6

#: Wrong codes of one peer before it has to wait, and for how many seconds; twice as long each time after that.
TRIES = 5
WAIT = 30.0

#: Wrong codes of everybody together after which nobody new gets in: one guess in a million would have been right.
MOST_TRIES = 800

#: Viewers there may be, in all and of one peer (a class behind one router is one peer).
MOST_VIEWERS = 200

#: Computers that are remembered; more there are not in a network that is used for a class.
MOST_PEERS = 4_096

#: Requests that a peer and a viewer may send at once, and each second from then on.
PEER_BURST, PEER_RATE = 400.0, 40.0
VIEWER_BURST, VIEWER_RATE = 30.0, 2.0


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """*code* as people read it aloud."""
    return f"{code[:3]} {code[3:]}"


@dataclass(slots=True)
class Bucket:
    """So many at once, so many each second from then on."""

    burst: float
    rate: float
    level: float
    at: float

    @classmethod
    def full(cls, burst: float, rate: float, now: float) -> Bucket:
        return cls(burst=burst, rate=rate, level=burst, at=now)

    def take(self, now: float) -> bool:
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


@dataclass(slots=True)
class Peer:
    """What is known of one computer of the network."""

    bucket: Bucket
    wrong: int = 0
    waits_until: float = 0.0


@dataclass(slots=True)
class Door:
    """Lets in who shows the code. Times are seconds of a clock that only goes forward.

    :param wrong: how many wrong codes there were.
    """

    code: str
    wrong: int = 0
    peers: dict[str, Peer] = field(default_factory=dict)
    viewers: dict[str, Bucket] = field(default_factory=dict)

    def may_ask(self, peer: str, now: float) -> bool:
        """Whether *peer* has not asked for too much lately."""
        if peer not in self.peers and len(self.peers) >= MOST_PEERS:
            return False
        return self._peer(peer, now).bucket.take(now)

    def waits(self, peer: str, now: float) -> float:
        """Seconds that *peer* has to wait before its next guess."""
        return max(self._peer(peer, now).waits_until - now, 0.0)

    @property
    def is_closed(self) -> bool:
        """Whether there were so many wrong codes that nobody new gets in."""
        return self.wrong >= MOST_TRIES

    def enter(self, peer: str, given: str, now: float) -> str | None:
        """What the browser keeps when *given* is the code; None when it is not, or nobody may enter now."""
        known = self._peer(peer, now)
        if self.is_closed or known.waits_until > now or len(self.viewers) >= MOST_VIEWERS:
            return None
        if not _same(self.code, _typed(given)):
            self.wrong += 1
            known.wrong += 1
            if known.wrong >= TRIES:
                known.waits_until = now + WAIT * 2 ** min(known.wrong - TRIES, 8)
            return None
        known.wrong = 0
        token = secrets.token_hex(16)
        self.viewers[token] = Bucket.full(VIEWER_BURST, VIEWER_RATE, now)
        return token

    def is_viewer(self, token: str) -> bool:
        return token in self.viewers

    def may_look(self, token: str, now: float) -> bool:
        """Whether a viewer has not asked for too much lately."""
        return self.viewers[token].take(now)

    def _peer(self, peer: str, now: float) -> Peer:
        return self.peers.setdefault(peer, Peer(bucket=Bucket.full(PEER_BURST, PEER_RATE, now)))


def _typed(text: str) -> str:
    """A code as somebody types it: in capitals, with a space or a dash."""
    return "".join(char for char in text.lower() if char not in " -")[:64]


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
