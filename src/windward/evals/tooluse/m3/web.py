"""The tools of the web task: a browser of text pages that shows five lines at a time."""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from collections.abc import Callable, Mapping
from typing import Any

from windward.evals.tooluse.m3.calculator import calculator

LINES = 5
HOME = "/"
TOP = "[This is the top of the page.]"
BOTTOM = "[This is the bottom of the page.]"
UNKNOWN = "[There is no page at this address.]"
NO_HISTORY = "[There is no earlier page.]"


class Browser:
    """One visitor: where they are, how far down, and where they came from.

    Args:
        pages: text of each page by address; `/` is where a visit starts.

    Raises:
        KeyError: there is no page `/`.
    """

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages = {address: text.rstrip("\n").split("\n") for address, text in pages.items()}
        self._history: list[str] = []
        self._show(HOME)

    def click_url(self, url: str) -> str:
        """Opens the page at an address, as a page names it in [Clickable '/address'], and shows its top."""
        address = url.strip().strip("'\"")
        if address not in self._pages:
            return UNKNOWN
        self._history.append(self._address)
        self._show(address)
        return self.view()

    def go_to_previous_page(self) -> str:
        """Goes back to the page before this one, and shows its top."""
        if not self._history:
            return NO_HISTORY
        self._show(self._history.pop())
        return self.view()

    def scroll_down(self) -> str:
        """Goes five lines down on this page, and shows what is there."""
        if self._line + LINES >= len(self._pages[self._address]):
            return BOTTOM
        self._line += LINES
        return self.view()

    def scroll_up(self) -> str:
        """Goes five lines up on this page, and shows what is there."""
        if self._line == 0:
            return TOP
        self._line -= LINES
        return self.view()

    def view(self) -> str:
        """Shows what is seen of this page now: its address, which part of it, and up to five lines."""
        lines = self._pages[self._address]
        parts = (len(lines) + LINES - 1) // LINES
        shown = lines[self._line : self._line + LINES]
        return "\n".join([f"[Page {self._address}, part {self._line // LINES + 1} of {parts}]", *shown])

    def _show(self, address: str) -> None:
        if address not in self._pages:
            raise KeyError(address)
        self._address, self._line = address, 0


def web_tools(browser: Browser) -> Mapping[str, Callable[..., Any]]:
    """The six tools, under their published names."""
    return {
        "click_url": browser.click_url,
        "go_to_previous_page": browser.go_to_previous_page,
        "scroll_down": browser.scroll_down,
        "scroll_up": browser.scroll_up,
        "view": browser.view,
        "calculator": calculator,
    }
