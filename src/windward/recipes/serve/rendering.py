"""An agent's answer as markdown, piece by piece: its words, its code, what the code showed, its figures."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from windward.agents import Step
from windward.agents.blocks import closed
from windward.agents.tool_use import SILENT
from windward.models.streaming import Held, cut
from windward.recipes.serve.request import Show

PNG = b"\x89PNG\r\n\x1a\n"
_TAGS = ("<execute>", "<solution>", "[PYTHON]")
_FENCE = "```"
_OPEN_FENCE = re.compile(r"```[^`]*\Z")


class Markdown:
    """Writes one answer; its pieces together are `text`.

    Words go out as they come, up to what may begin an action; that is written once it is known what it was.

    Attributes:
        text: what was written so far.
    """

    def __init__(self, show: Show = "all") -> None:
        self.text = ""
        self._all = show == "all"
        self._figures = 0
        self._begin()

    def _begin(self) -> None:
        self._held = Held((*_TAGS, _FENCE))
        self._passed = 0
        self._opened = False

    def words(self, piece: str) -> str:
        """A piece of what the model writes."""
        return self._pass(self._held.feed(piece)) if self._all else ""

    def step(self, step: Step, figures: Sequence[bytes | str] = ()) -> str:
        """A turn is over.

        Args:
            step: the turn.
            figures: PNG files, or in place of one why it is not shown.
        """
        parts = [self._rest(step)] if self._all or step.kind in ("none", "answer") else []
        if self._all and step.kind in ("code", "call"):
            if any(tag in step.reply for tag in _TAGS):
                parts.append(self._block(fenced("python", step.action)))
            if step.observation and step.observation != SILENT:
                parts.append(self._block(fenced("text", step.observation)))
            parts += [self._block(self._figure(figure)) for figure in figures]
        elif step.kind == "answer":
            parts.append(self._block(step.action.strip()))
        self._begin()
        return "".join(parts)

    def unfinished(self, code: str) -> str:
        """A turn was stopped while its code ran."""
        return self._block(fenced("python", code)) if self._all else ""

    def note(self, text: str) -> str:
        """A remark of the server."""
        return self._block(f"*({text})*")

    def _rest(self, step: Step) -> str:
        """The words of a turn that were not passed yet."""
        reply = step.reply
        if any(tag in reply for tag in _TAGS):
            if step.kind == "answer" and not self._all:
                return ""
            words = cut(reply, _TAGS)
            if words.count(_FENCE) % 2:  # a fence around the tags
                words = _OPEN_FENCE.sub("", words)
        else:
            words = closed(reply)
        return self._pass(words[self._passed :].rstrip())

    def _pass(self, words: str) -> str:
        """Words of a turn: white space before the first of them is ours to set."""
        self._passed += len(words)
        if not self._opened:
            words = words.lstrip()
            if not words:
                return ""
            self._opened = True
            return self._block(words)
        return self._add(words)

    def _block(self, text: str) -> str:
        if not text:
            return ""
        ends = len(self.text) - len(self.text.rstrip("\n"))
        return self._add("\n" * max(0, 2 - ends) + text if self.text else text)

    def _add(self, text: str) -> str:
        text = text.encode(errors="replace").decode()  # a model may write half a surrogate pair
        self.text += text
        return text

    def _figure(self, figure: bytes | str) -> str:
        self._figures += 1
        if isinstance(figure, str):
            return f"*(Figure {self._figures} is not shown: {figure}.)*"
        return f"![Figure {self._figures}](data:image/png;base64,{base64.b64encode(figure).decode()})"


def fenced(language: str, text: str) -> str:
    """A block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text.strip(chr(10))}\n{ticks}"
