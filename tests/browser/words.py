"""How many words a person sees on a page: what is folded away, and what only a screen reader says, is none of them."""

from __future__ import annotations

from playwright.sync_api import Page

_SEEN = r"""() => {
  let words = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const box = walker.currentNode.parentElement;
    if (!box.checkVisibility() || box.closest(".visually-hidden, .skip")) continue;
    words += walker.currentNode.data.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  }
  return words;
}"""


def seen(page: Page) -> int:
    return int(page.evaluate(_SEEN))
