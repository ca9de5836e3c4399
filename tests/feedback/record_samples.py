"""Made-up records, by hand and for properties."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from windward.feedback import ASPECTS, NOT_APPLICABLE, Completion, Critique, Rating, Record


def rated(
    model: str, *values: float | None, text: str = "", judge: str = "judge", kind: str = "model"
) -> Completion:
    """A completion with values in the order of `ASPECTS`; None where an aspect does not apply."""
    ratings = [
        Rating(aspect, value, "" if value is not None else NOT_APPLICABLE, judge=judge, kind=kind)
        for aspect, value in zip(ASPECTS, values, strict=False)
    ]
    return Completion(
        model, text or f"the answer of {model}", "helpfulness", "Be useful.", ratings=tuple(ratings)
    )


def scored(model: str, score: float | None, audit: str = "kept") -> Completion:
    """A completion with an overall score, as an audit left it."""
    critique = Critique("Good.", score, "" if score is not None else "unread: …", audit=audit)
    return Completion(model, f"the answer of {model}", critique=critique)


def record(completions: Sequence[Completion], id: str = "r1", source: str = "sharegpt") -> Record:
    """A record of these completions."""
    return Record(id, source, "Name three rivers of France.", tuple(completions))


_text = st.text(max_size=12)
_reason = st.text(min_size=1, max_size=8)
_value = st.integers(2, 10).map(lambda half: half / 2)
_checks = st.dictionaries(
    st.sampled_from(["n", "word", "of"]), st.integers() | _text | st.lists(_text), max_size=2
)


@st.composite
def ratings(draw: st.DrawFn) -> Rating:
    """Any rating."""
    value = draw(st.none() | _value)
    return Rating(
        aspect=draw(st.sampled_from(ASPECTS)),
        value=value,
        absent="" if value is not None else draw(_reason),
        rationale=draw(_text),
        types=draw(st.lists(st.sampled_from("123"), unique=True).map(tuple)),
        rationale_for_rating=draw(_text),
        judge=draw(_text),
        kind=draw(st.sampled_from(["model", "verifier"])),
        place=draw(st.none() | st.integers(1, 4)),
        asked=draw(st.integers(1, 3)),
    )


@st.composite
def critiques(draw: st.DrawFn) -> Critique:
    """Any critique."""
    score = draw(st.none() | st.integers(2, 20).map(lambda half: half / 2))
    return Critique(
        text=draw(_text),
        score=score,
        absent="" if score is not None else draw(_reason),
        judge=draw(_text),
        asked=draw(st.integers(1, 3)),
        audit=draw(st.sampled_from(["", "kept", "repaired", "doubtful"])),
        score_before=draw(st.none() | st.just(10.0)),
    )


@st.composite
def completions(draw: st.DrawFn) -> Completion:
    """Any completion."""
    text = draw(_text)
    return Completion(
        model=draw(_text),
        text=text,
        principle=draw(_text),
        system=draw(_text),
        absent="" if text else draw(_reason),
        finish=draw(st.sampled_from(["stop", "length"])),
        ratings=tuple(draw(st.lists(ratings(), max_size=5))),
        critique=draw(st.none() | critiques()),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record."""
    name = st.text(min_size=1, max_size=8).filter(str.strip)
    return Record(
        id=draw(name),
        source=draw(name),
        instruction=draw(name),
        completions=tuple(draw(st.lists(completions(), max_size=3))),
        correct_answers=tuple(draw(st.lists(_text, max_size=2))),
        incorrect_answers=tuple(draw(st.lists(_text, max_size=2))),
        checks=tuple({"kind": "words", **one} for one in draw(st.lists(_checks, max_size=2))),
        never_score=tuple(draw(st.lists(_text, max_size=2))),
    )
