"""How a task with tools is put to a model, in each action space. All wording is ours."""

from __future__ import annotations

from windward.agents.calls import Call
from windward.agents.describing import Space, Tools, described
from windward.agents.spaces import format_answer, format_call
from windward.models import Message

_FORMS: dict[Space, str] = {
    "code": (
        "To act, write Python between <execute> and </execute>. It is run for you, and you are shown what it prints. "
        "Variables, imports and files stay from turn to turn, and one block may do as much as you like."
    ),
    "json": (
        "To act, write one JSON object between <execute> and </execute>. It names a tool and gives its arguments. The "
        "tool is called for you, and you are shown what it returns. One tool is called each turn."
    ),
    "text": (
        "To act, write one line between <execute> and </execute>. It names a tool and then gives its arguments, all "
        "separated by commas; put double quotes around a text that holds a comma. The tool is called for you, and you "
        "are shown what it returns. One tool is called each turn."
    ),
}
_ANSWER = (
    "When you know the answer, write it between <solution> and </solution>, alone and without explanation."
)
_TURNS = "Each turn holds either an action or an answer, and you have {turns} turns."
_LISTED: dict[Space, str] = {
    "code": "Your Python can call these functions; they need no import:",
    "json": "These are the tools, each as an action calls it:",
    "text": "These are the tools, each as an action calls it:",
}
_MENDING = "If an action fails, read the error, correct what was wrong and go on."

TALK = (
    "You help the user in conversation, and you can act on a computer while you do. {form}\n"
    "Look at what an action showed before you say that something is done. {mending}\n"
    "When nothing more needs to be run, answer in plain words: a message without an action goes to the user, who then "
    "speaks again. Files that the user gives you, and files that you write for the user, lie in the current folder. A "
    "figure drawn with matplotlib is shown to the user by itself."
)


def instructions(space: Space, tools: Tools, turns: int) -> str:
    """The rules of the game: how to act and answer, the tools, and one worked example with another tool."""
    parts = [
        f"{_FORMS[space]}\n{_ANSWER}\n{_TURNS.format(turns=turns)} {_MENDING}",
        _example(space),
    ]
    if tools:
        parts.append(f"{_LISTED[space]}\n\n{described(tools, space)}")
    return "\n\n".join(parts)


def task_opening(
    task: str, *, space: Space, tools: Tools, turns: int, system_role: bool = False
) -> list[Message]:
    """The messages of a first turn.

    Args:
        task: what is asked.
        space: how actions are written.
        tools: what may be called.
        turns: how many there are.
        system_role: put the rules into a system message, for models that know one.
    """
    rules = instructions(space, tools, turns)
    if system_role:
        return [{"role": "system", "content": rules}, {"role": "user", "content": f"Task: {task.strip()}"}]
    return [{"role": "user", "content": f"{rules}\n\nTask: {task.strip()}"}]


def talk_opening(tools: Tools | None = None, more: str = "") -> list[Message]:
    """The system message of a conversation with an agent that writes code.

    Args:
        tools: host functions that its code may call.
        more: what the user adds to it.
    """
    parts = [TALK.format(form=_FORMS["code"], mending=_MENDING)]
    if tools:
        parts.append(f"{_LISTED['code']}\n\n{described(tools)}")
    if more.strip():
        parts.append(more.strip())
    return [{"role": "system", "content": "\n\n".join(parts)}]


def _example(space: Space) -> str:
    """Two turns with a tool that is in no task."""
    call = Call("price_of", ("lamp",))
    lines = [
        "Here is how a task was done with another tool, price_of(item: str) -> float.",
        "Task: What do three lamps cost?",
    ]
    if space == "code":
        lines += ["<execute>\nprint(3 * price_of('lamp'))\n</execute>", "Observation:\n37.5"]
    else:
        lines += [format_call(call, space), "Observation:\n12.5"]
    return "\n".join([*lines, format_answer("37.5")])
