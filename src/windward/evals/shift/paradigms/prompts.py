"""What a model is asked of an example: a class by its name, entities one a line, an answer in the text's own words."""

from __future__ import annotations

from collections.abc import Sequence

from windward.evals.shift.paradigms.mention_replies import NONE, Mention
from windward.evals.shift.paradigms.offered import Offered
from windward.evals.shift.task import Example, Task
from windward.models import Message
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

PROMPTS_VERSION = "1"
"""Changes with any prompt here."""

_FEELING = "You are shown a text. Decide which feeling towards its subject it expresses."
_DECIDE = {
    "sentiment": _FEELING,
    "rated": _FEELING,
    "toxicity": "You are shown a comment. Decide whether it insults, threatens or demeans anybody.",
    "inference": "You are shown a premise and a hypothesis. Decide what the premise, taken as true, says about the hypothesis.",
}
_DECIDE_TEXT = "You are shown a text. Decide which class it belongs to."
_DECIDE_PAIR = "You are shown two texts. Decide which class they belong to together."
_MEANS = {
    "entailment": "the hypothesis must be true",
    "neutral": "it may be true or false",
    "contradiction": "it must be false",
}
_PAIR_NAMES = ("Premise", "Hypothesis")

_ENTITIES = """\
You are shown a sentence. List every named entity in it, one a line, as `type: words`. The type is one of: {types}. Copy the words from the \
sentence, in its order, and list an entity as often as it stands there. Where the sentence holds no such entity, answer `{none}`. Write \
nothing else."""
_ANSWER = """\
You are shown a text and a question about it. Answer with the fewest words of the text that answer the question, copied as they stand, and \
write nothing else."""


def instruction(task: Task, labels: Offered, *, pairs: bool) -> str:
    """What is to be done with every example of a set.

    Args:
        task: decides the words.
        labels: of the set.
        pairs: its examples are two texts each.
    """
    if task.kind == "questions":
        return _ANSWER
    if task.kind == "tagging":
        return _ENTITIES.format(types=", ".join(shown_label(label) for label in labels.labels), none=NONE)
    decide = _DECIDE.get(task.name, _DECIDE_PAIR if pairs else _DECIDE_TEXT)
    means = ""
    if task.name == "inference" and set(labels.labels) <= set(_MEANS):
        means = " " + "; ".join(f"{label}: {_MEANS[label]}" for label in labels.labels) + "."
    names = ", ".join(shown_label(label) for label in labels.labels)
    return f"{decide}{means} Answer with one of these and nothing else: {names}."


def shown_label(label: str) -> str:
    """A label as a model is told it: underscores are spaces."""
    return label.replace("_", " ")


def shown(example: Example) -> str:
    """An example without its answer."""
    if isinstance(example, Labelled):
        if not example.second:
            return f"Text: {example.text}"
        return "\n".join(
            f"{name}: {text}" for name, text in zip(_PAIR_NAMES, (example.text, example.second), strict=True)
        )
    if isinstance(example, Tagged):
        return f"Sentence: {' '.join(example.words)}"
    return f"Text: {example.context}\n\nQuestion: {example.question}"


def answered(example: Example, task: Task, labels: Offered) -> str:
    """The right answer of an example, in the form that is asked for."""
    if isinstance(example, Labelled):
        return shown_label(task.labels[example.label])
    if isinstance(example, Question):
        return example.answers[0]
    listed = [one for one in entities(example) if one.type in labels.labels]
    return "\n".join(f"{shown_label(one.type)}: {one.words}" for one in listed) or NONE


def entities(sentence: Tagged) -> list[Mention]:
    """The entities of a sentence, in order; an entity ends where another begins, and where its type ends."""
    found: list[Mention] = []
    kind, words = "", list[str]()
    for tag, word in [*zip(sentence.tags, sentence.words, strict=True), ("O", "")]:
        goes_on = tag.startswith("I-") and tag[2:] == kind
        if words and not goes_on:
            found.append(Mention(kind, " ".join(words)))
            words = []
        if tag != "O":
            kind = tag[2:]
            words = [*words, word]
    return found


def messages(said: str, demonstrations: Sequence[tuple[str, str]], asked: str) -> list[Message]:
    """The whole request: the instruction, demonstrations as turns, and what is asked."""
    chat = [Message(role="system", content=said)]
    for example, answer in demonstrations:
        chat += [Message(role="user", content=example), Message(role="assistant", content=answer)]
    return [*chat, Message(role="user", content=asked)]


def without_first(chat: Sequence[Message]) -> list[Message] | None:
    """The request without its first demonstration; None where it has none."""
    return [chat[0], *chat[3:]] if len(chat) > 2 else None
