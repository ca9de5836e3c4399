"""The three action spaces of CodeAct (paper §2.2): the same action as Python, as a JSON object, or as a line of text.

They share everything but what stands between the tags, so that a difference between them is the model's.
"""

from __future__ import annotations

from windward.agents.actions import Action, in_words, parse_action, proposal
from windward.agents.blocks import payloads, spoken
from windward.agents.calls import Call, as_python
from windward.agents.describing import Space, Tools
from windward.agents.json_calls import json_calls, json_text
from windward.agents.text_calls import text_calls, text_line, unknown_call

STOP = ("</execute>", "</solution>")
"""Where a reply ends."""
_FORMS = {"code": as_python, "json": json_text, "text": text_line}
_LANGUAGES = {"json": ("", "json", "tool_call"), "text": ("", "text", "plaintext")}


def format_call(call: Call, space: Space) -> str:
    """The reply that makes a call: the payload of the space in `<execute>` tags.

    Raises:
        ValueError: the form cannot hold it (names that are no names; in JSON, arguments both by position and by name).
    """
    return f"<execute>\n{_FORMS[space](call)}\n</execute>"


def format_answer(answer: str) -> str:
    """The reply that hands in an answer; the same in all spaces."""
    return f"<solution>{answer}</solution>"


def read_action(text: str, space: Space, tools: Tools, *, words: bool = True) -> Action:
    """The action in a reply, in any of the usual forms; pure, tolerant, never raises.

    In the JSON and text spaces one call is made a turn, as in the paper: of several the first, and the others are
    counted. A `<solution>` wins over calls beside it.

    Args:
        text: what a model wrote, its end tag kept or not.
        space: how actions are written.
        tools: what may be called; type hints decide what an unquoted value of the text space means.
        words: whether a line `Answer: …` counts where there is nothing else.
    """
    if space == "code":
        return parse_action(text, words=words)
    text = spoken(text)
    if (proposed := proposal(text)) is not None:
        return proposed
    blocks = payloads(text, _LANGUAGES[space], lambda prose: [prose])
    marked = blocks != [text]
    found = [call for block in blocks for call in _calls(block, space, tools)]
    if found:
        first = found[0]
        if isinstance(first, str):
            return Action("answer", answer=first)
        return Action("call", call=first, ignored=len(found) - 1)
    wrong = next(filter(None, map(unknown_call, blocks)), None) if space == "text" and marked else None
    if wrong is not None:
        return Action("call", call=wrong)
    return in_words(text) if words else Action("none")


def _calls(block: str, space: Space, tools: Tools) -> list[Call | str]:
    if space == "json":
        return json_calls(block)
    return list(text_calls(block, tools))
