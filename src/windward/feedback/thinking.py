"""The reasoning that some models write before their answer, between `<think>` and `</think>`."""

from __future__ import annotations


def after_thinking(text: str) -> str | None:
    """The answer of a reply; None where its reasoning has no end, so that there is none."""
    _, end, after = text.rpartition("</think>")
    if end:
        return after
    return None if text.lstrip().startswith("<think>") else text
