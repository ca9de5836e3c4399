"""How a task with tools is put to a model, in each action space. All wording is ours."""

from __future__ import annotations

from collections.abc import Sequence

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
_TURNS = "Each turn holds either an action or an answer."
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


def task_opening(
    task: str, *, space: Space, tools: Tools, turns: int, system_role: bool = False
) -> list[Message]:
    """The messages of a first turn: how to act, two tasks done with other tools, then the tools and the task.

    Args:
        task: what is asked.
        space: how actions are written.
        tools: what may be called.
        turns: how many there are.
        system_role: put the rules into a system message, for models that know one.
    """
    rules = f"{_FORMS[space]}\n{_ANSWER}\n{_TURNS} {_MENDING}"
    return [
        *_with_rules(rules, worked_tasks(space), system_role),
        {
            "role": "user",
            "content": f"That is right. The next task comes with other tools, and you have {turns} turns.\n\n"
            f"{listed(tools, space)}\n\nTask: {task.strip()}",
        },
    ]


def call_opening(talk: str, *, space: Space, tools: Tools, system_role: bool = False) -> list[Message]:
    """The messages before a single call: how to write it, two examples with other tools, then the conversation.

    Args:
        talk: the conversation in which a call is due, as text.
        space: how the call is written.
        tools: what may be called.
        system_role: put the rules into a system message.
    """
    rules = (
        f"{_FORMS[space].split(' It ', 1)[0]}\nYou read a conversation in which one tool call comes next. Your whole reply "
        "is that call, with every argument that the tool needs."
    )
    return [*_with_rules(rules, worked_calls(space), system_role), _due(talk, tools, space)]


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


def listed(tools: Tools, space: Space) -> str:
    """The tools, as actions of a space call them."""
    return f"{_LISTED[space]}\n\n{described(tools, space)}" if tools else "There are no tools."


def _with_rules(rules: str, messages: Sequence[Message], system_role: bool) -> list[Message]:
    if system_role:
        return [{"role": "system", "content": rules}, *messages]
    first, *rest = messages
    return [{"role": "user", "content": f"{rules}\n\n{first['content']}"}, *rest]


def worked_tasks(space: Space) -> list[Message]:
    """Two tasks and how they were done, as earlier turns; one call a turn where the space allows no more."""
    lamps: list[tuple[str, str]] = [(format_call(Call("price_of", ("lamp",)), space), "12.5")]
    chairs = [
        (format_call(Call("stock_of", ("chair", "Bonn")), space), "4"),
        (format_call(Call("stock_of", ("chair", "Kiel")), space), "5"),
    ]
    if space == "code":
        lamps = [("<execute>\nprint(3 * price_of('lamp'))\n</execute>", "37.5")]
        chairs = [
            ("<execute>\nprint(stock_of('chair', 'Bonn') + stock_of('chair', 'Kiel'))\n</execute>", "9")
        ]
    tools = listed(_EXAMPLE_TOOLS, space)
    return [
        *_done(f"{tools}\n\nTask: What do three lamps cost?", lamps, "37.5"),
        *_done(
            "That is right. The next task comes with the same tools.\n\n"
            "Task: How many chairs do the shops in Bonn and Kiel have together?",
            chairs,
            "9",
        ),
    ]


def worked_calls(space: Space) -> list[Message]:
    """Two conversations and the call that came next."""
    asked = (
        ("User: What is a lamp, and what does it cost?\nAssistant: A lamp gives light. I look up its price.",
         Call("price_of", (), {"item": "lamp"})),
        ("User: Are there chairs in Bonn, the folding ones?\nAssistant: I can look. Which shop do you mean?\nUser: "
         "The one in Bonn, as I said.", Call("stock_of", (), {"item": "folding chair", "shop": "Bonn"})),
    )  # fmt: skip
    return [
        message
        for talk, call in asked
        for message in (
            _due(talk, _EXAMPLE_TOOLS, space),
            Message(role="assistant", content=format_call(call, space)),
        )
    ]


def _due(talk: str, tools: Tools, space: Space) -> Message:
    return {
        "role": "user",
        "content": f"{listed(tools, space)}\n\nThe conversation:\n{talk}\n\nWhich call comes next?",
    }


def _done(task: str, actions: Sequence[tuple[str, str]], answer: str) -> list[Message]:
    messages: list[Message] = [{"role": "user", "content": task}]
    for written, shown in actions:
        messages.append({"role": "assistant", "content": written})
        messages.append({"role": "user", "content": f"Observation:\n{shown}"})
    return [*messages, {"role": "assistant", "content": format_answer(answer)}]


def _price_of(item: str) -> float:
    """What one item costs."""
    raise NotImplementedError("it stands in examples only")


def _stock_of(item: str, shop: str) -> int:
    """How many of an item a shop has."""
    raise NotImplementedError("it stands in examples only")


_EXAMPLE_TOOLS: Tools = {"price_of": _price_of, "stock_of": _stock_of}
