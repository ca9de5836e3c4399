"""What the page shows of a conversation, as HTML. Pure: the state of a conversation in, markup out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import quote

from windward.agents import Step
from windward.recipes.chat.conversation import Conversation, Draft
from windward.recipes.chat.markup import code, link, markdown, output, picture
from windward.recipes.chat.record import Did, Given, Judged, Noted, Over, Said
from windward.recipes.chat.store import Summary
from windward.recipes.chat.writing import prose
from windward.reports.markup import Html, join, tag

_ENDED = {
    "turns": "It used all its turns for one answer.",
    "tokens": "It used all its tokens for one answer.",
    "seconds": "It used all its time for one answer.",
    "dollars": "It used all its money for one answer.",
    "context": "The conversation no longer fits the model's context: begin a new one.",
    "stopped": "You stopped it here.",
}
_FAILED = ("error", "timeout", "memory", "crash", "refused")
_UNITS = ("B", "kB", "MB", "GB")


class Shown(NamedTuple):
    """One bubble of the page."""

    role: Literal["user", "assistant"]
    html: Html


def bubbles(conversation: Conversation) -> list[Shown]:
    """The conversation so far, and what the agent is doing at this moment."""
    shown: list[Shown] = []
    parts: list[Html] = []
    number = 0

    def turn_over() -> None:
        if parts:
            shown.append(Shown("assistant", join(*parts)))
            parts.clear()

    for entry in conversation.entries:
        if isinstance(entry, Said):
            turn_over()
            asked = tag("span", entry.asked, class_="ww-asked") if entry.asked else None
            shown.append(Shown("user", tag("div", asked, entry.text, class_="ww-said")))
        elif isinstance(entry, Given):
            turn_over()
            shown.append(Shown("user", tag("div", "File: ", entry.name, class_="ww-said ww-given")))
        elif not isinstance(entry, Judged):
            number += isinstance(entry, Did)
            parts.extend(_answer_parts(conversation.id, entry, number))
    if conversation.draft is not None:
        parts.append(_draft(conversation.draft))
    turn_over()
    return shown


def sidebar(summaries: Sequence[Summary], current: str | None) -> Html:
    """The list of conversations."""
    rows = [
        tag(
            "li",
            tag("span", one.title, title=one.problem, class_="ww-damaged")
            if one.problem
            else link(
                f"?conversation={quote(one.id, safe='')}",
                one.title,
                title=one.title,
                class_="ww-here" if one.id == current else "",
            ),
            tag("time", _when(one.changed)),
        )
        for one in summaries
    ]
    return tag("ul", *rows) if rows else tag("p", "Nothing here yet.", class_="ww-nothing")


def files(id: str | None, saved: Mapping[str, int]) -> Html:
    """The files of a conversation, to download."""
    if id is None or not saved:
        return tag("p", "Files that you give or that the agent writes appear here.", class_="ww-nothing")
    rows = [
        tag(
            "li",
            link(f"files/{quote(id, safe='')}/{quote(path)}", path, download=path.rsplit("/", 1)[-1]),
            tag("span", _size(size)),
        )
        for path, size in saved.items()
    ]
    return tag("ul", *rows)


def export(id: str | None) -> Html:
    """The link to the trajectory."""
    if id is None:
        return Html("")
    return link(f"export/{quote(id, safe='')}", "Download as a trajectory (JSONL)", download=f"{id}.jsonl")


@lru_cache(maxsize=4_096)  # the page is drawn ten times a second while an answer is written
def _answer_parts(id: str, entry: Did | Noted | Over, number: int) -> tuple[Html, ...]:
    if isinstance(entry, Did):
        figures = (picture(id, kept, f"figure of step {number}") for kept in entry.figures)
        return (*_step(entry.step), *figures)
    if isinstance(entry, Noted):
        return (tag("p", entry.text, class_="ww-note"),)
    return tuple(_over(entry))


def _over(entry: Over) -> list[Html]:
    parts = []
    if entry.text:
        parts.append(markdown(prose(entry.text, acted=bool(entry.code))))
    if entry.code:
        parts.append(code(entry.code))
    if entry.reason == "failed":
        parts.append(tag("p", f"It could not go on: {entry.error}", class_="ww-note ww-wrong"))
    elif entry.reason in _ENDED:
        parts.append(tag("p", " ".join(filter(None, (_ENDED[entry.reason], entry.error))), class_="ww-note"))
    return parts


def _step(step: Step) -> list[Html]:
    acted = step.kind in ("code", "call")
    parts = [markdown(said)] if (said := prose(step.reply, acted=acted)) else []
    if acted:
        if step.action:
            parts.append(code(step.action))
        parts.append(output(step.observation, failed=step.status in _FAILED))
    elif not said:
        parts.append(tag("p", "(It said nothing.)", class_="ww-note"))
    return parts


def _draft(draft: Draft) -> Html:
    """The reply that is being written; its code is a block of its own from the first line on."""
    said, tagged, written = draft.text.partition("<execute>")
    parts = [markdown(text)] if (text := prose(said, acted=bool(draft.code))) else []
    if draft.code:
        parts.append(code(draft.code, "Python · running…"))
    elif tagged:
        parts.append(code(written.strip("\n"), "Python · being written…"))
    elif draft.waking:
        parts.append(tag("p", "Running the earlier code again…", class_="ww-note"))
    return join(*parts, tag("span", "at work…", class_="ww-busy"))


def _when(seconds: float) -> str:
    moment = time.localtime(seconds)
    today = time.localtime()[:3] == moment[:3]
    return time.strftime("%H:%M" if today else "%Y-%m-%d", moment)


def _size(size: int) -> str:
    value = float(size)
    for unit in _UNITS:
        if value < 1_000 or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1_000
    raise AssertionError("unreachable")
