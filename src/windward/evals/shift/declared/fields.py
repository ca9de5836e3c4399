"""What the declared sets are read with: a column by its names, a class by its name, a tag as BIO, an answer where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from windward.evals.shift.task import Example, Record, ShiftError
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

Reading = tuple[str, str, int | None]
"""Text, second text and place of the class; no class for a row that has no part in the task."""
BOSS_ARCHIVE = "the archive of BOSS, linked from https://github.com/lifan-yuan/OOD_NLP"


def column(record: Record, *names: str) -> Any:
    """The first of the columns that is there and holds something.

    Raises:
        ShiftError: none does; the message names those that are there.
    """
    for name in names:
        if record.get(name) is not None:
            return record[name]
    raise ShiftError(f"no {' or '.join(names)} (there are {', '.join(map(str, record)) or 'none'})")


def text(record: Record, *names: str) -> str:
    """A column that holds text.

    Raises:
        ShiftError: it is not there, or something else.
    """
    value = column(record, *names)
    if not isinstance(value, str):
        raise ShiftError(f"{names[0]} is a {type(value).__name__}, not a text")
    return value


def number(record: Record, *names: str) -> float:
    """A column that holds a number, or one as text.

    Raises:
        ShiftError: it is not there, or no finite number.
    """
    value = column(record, *names)
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise ShiftError(f"{names[0]} is {value!r}, not a number") from None
    if not isfinite(found):
        raise ShiftError(f"{names[0]} is {value!r}, not a number")
    return found


def place(value: Any, classes: Mapping[str, int | None], numbers: Sequence[int] = ()) -> int | None:
    """The place of a class, by its name (whatever its case) or its number in the set.

    Args:
        value: as the set has it; None, "", "-" and -1 say that the row has no class.
        classes: place by name, lower case; None for names of no class of the task.
        numbers: place by number, where the set has numbers.

    Raises:
        ShiftError: the set does not have such a class.
    """
    key = str(value).strip().casefold()
    if value is None or key in ("", "-", "-1"):
        return None
    if key in classes:
        return classes[key]
    if key.isdecimal() and int(key) < len(numbers):
        return numbers[int(key)]
    raise ShiftError(f"label {value!r} is none of {', '.join(classes)}")


def labelled(
    read: Callable[[Record], Reading], classes: int, *, pairs: bool = False
) -> Callable[[str, Record], Example | None]:
    """`example` of a set of texts with classes; rows of BOSS's own archive (`Text`, `Label`) are read as well.

    Args:
        read: of a row as the set itself has it.
        classes: how many the task has.
        pairs: whether a text has another one beside it.
    """

    def example(id: str, record: Record) -> Labelled | None:
        if "Label" in record and ("Premise" if pairs else "Text") in record:
            first = text(record, "Premise" if pairs else "Text")
            second = text(record, "Hypothesis") if pairs else ""
            label = place(record["Label"], {}, range(classes))
        else:
            first, second, label = read(record)
        if pairs and not second.strip():
            raise ShiftError("the hypothesis is empty")
        return None if label is None else Labelled(id, first, label, second)

    return example


def tagged(types: Mapping[str, str], numbers: Sequence[str] = ()) -> Callable[[str, Record], Example | None]:
    """`example` of a set of words with tags, whichever scheme these follow, as BIO.

    A tag begins an entity where it says so (`B-`), and where the one before is `O` or of another type of the set: the tags of
    Few-NERD have no prefix, E-NER's and CoNLL's own are `I-` throughout.

    Args:
        types: the task's type by the set's, lower case; of `person-actor`, `person` is looked up where the whole is not there.
        numbers: the set's tags by number, for rows that have numbers without names.
    """

    def example(id: str, record: Record) -> Tagged:
        words = column(record, "tokens", "words")
        found = column(record, "fine_ner_tags", "ner_tags", "tags")
        if not isinstance(words, Sequence) or not isinstance(found, Sequence) or len(words) != len(found):
            raise ShiftError("words and tags are not lists of one length")
        tags: list[str] = []
        before = ""
        for tag in found:
            name = numbers[tag] if isinstance(tag, int) and 0 <= tag < len(numbers) else str(tag)
            begins, own = name[:2] == "B-", name[2:] if name[:2] in ("B-", "I-") else name
            if name in ("O", ""):
                tags.append("O")
                before = ""
                continue
            kind = types.get(own.casefold()) or types.get(own.split("-")[0].casefold())
            if kind is None:
                raise ShiftError(f"tag {name!r} is of none of the types {', '.join(types)}")
            tags.append(f"{'B' if begins or own != before else 'I'}-{kind}")
            before = own
        return Tagged(id, tuple(map(str, words)), tuple(tags))

    return example


def question(id: str, record: Record) -> Question:
    """`example` of SQuAD, AdversarialQA, MRQA's files and sets derived from these.

    The answers keep the set's order and each stands once (the release takes one of a `set`: another one in every process).
    MRQA's `detected_answers`, words of the context, come before what the annotators wrote.
    """
    context, asked = text(record, "context"), text(record, "question")
    answers: dict[str, tuple[str, int | None]] = {}
    for answer, claimed in _answers(record):
        if answer.strip():
            answers.setdefault(answer.casefold(), (answer, _start(context, answer, claimed)))
    starts = [start for _, start in answers.values() if start is not None]
    return Question(
        id,
        context,
        asked,
        tuple(answer for answer, _ in answers.values()),
        tuple(starts) if len(starts) == len(answers) else (),
    )


def _answers(record: Record) -> list[tuple[str, Any]]:
    """Each answer with the place that the set claims for it, if any."""
    found: list[tuple[str, Any]] = []
    for one in record.get("detected_answers") or ():
        spans = one.get("char_spans") or [[None]]
        found.append((str(one["text"]), spans[0][0]))
    given = column(record, "answers")
    if isinstance(given, Mapping):
        starts = list(given.get("answer_start") or ())
        texts = list(given["text"])
        found += zip(texts, starts if len(starts) == len(texts) else [None] * len(texts), strict=True)
    else:
        labels = record.get("labels") or ()
        for number, one in enumerate(given):
            if isinstance(one, Mapping):
                found.append((one["text"], one.get("answer_start")))
            else:
                beside = labels[number] if len(labels) == len(given) else {}
                found.append((one, next(iter(beside.get("start") or ()), None)))
    return found


def _start(context: str, answer: str, claimed: Any) -> int | None:
    """Where the answer stands: as claimed, where it does stand there; else its first place; None for none."""
    at = claimed if isinstance(claimed, int) and claimed >= 0 else len(context)
    if context[at : at + len(answer)].casefold() == answer.casefold():
        return at
    found = context.find(answer)
    return found if found >= 0 else None
