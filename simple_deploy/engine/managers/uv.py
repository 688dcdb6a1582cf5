"""uv, which comes with the tool: its lock can always be made and exported."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.facts import Dependencies
from simple_deploy.edits import pep621
from simple_deploy.engine import uvsettings
from simple_deploy.engine.managers.base import Place
from simple_deploy.engine.managers.locking import LOCKING, Change, Job, Locker, ask_for
from simple_deploy.engine.managers.manifest import ManifestManager, generated


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv(ManifestManager):
    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        file, lock = place.root / (dependencies.file or ""), dependencies.lock
        manifest = self.manifest(dependencies, place)
        wanted = manifest.groups & {*groups}
        with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as folder:
            output = Path(folder) / "requirements.txt"
            if lock is not None and (place.root / lock).is_file():
                source = lock
                # A group may be one that is installed by default.
                chosen = [f"--{'' if group in wanted else 'no-'}group={group}" for group in sorted(manifest.groups)]
                command = ["export", "--frozen", "--no-hashes", "--no-emit-project", *chosen]
            else:
                source = file.name
                more = Path(folder) / "groups.in"
                more.write_text("".join(f"{e.text}\n" for e in manifest.entries if e.group in wanted), encoding="utf-8")
                # Unlike the plain list, this follows the sources that [tool.uv] names.
                settings = uvsettings.arguments(file.parent, place.root)
                command = ["pip", "compile", *settings, "--universal", f"--python={place.python}", file.name, str(more)]
            place.run(
                (place.uv, *command, "--quiet", "--no-header", f"--output-file={output}"),
                cwd=file.parent,
                env={"VIRTUAL_ENV": ""},
                timeout=LOCKING,
            )
            lines = output.read_text(encoding="utf-8").splitlines()
        return generated(source, file.name, (line for line in lines if not line.lstrip().startswith("#")))


def _lock(job: Job) -> None:
    # What is locked stays as it is unless --upgrade is given.
    command = (job.place.uv, "lock", f"--python={job.place.python}")
    job.place.run(command, cwd=job.folder, env={"VIRTUAL_ENV": ""}, timeout=LOCKING)


def _by_hand(change: Change) -> list[str]:
    return [
        *(f"uv add {f'--group {group} ' if group else ''}{ask_for(new)}" for group, new in change.new.items()),
        *([f"uv remove {' '.join(sorted(change.gone))}"] if change.gone else []),
    ] or ["uv lock"]


UV = Uv(editor=pep621, locker=Locker(manager="uv", by_hand=_by_hand, lock=_lock))
