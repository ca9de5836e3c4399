"""Critiques, and the audit that finds scores which a reader made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import record_of

from windward.feedback import (
    ASPECTS,
    NOT_APPLICABLE,
    Completion,
    Critique,
    Rating,
    Record,
    audit,
    criticise,
    repair,
)
from windward.models import ContextOverflowError, Message, Reply, Sampling, scripted

ANY = Sampling()


def rated(
    score: float | None, ratings: Sequence[float | None], text: str = "Feedback.", **fields: object
) -> Completion:
    """A completion with an overall score, and one rating an aspect (None: not applicable)."""
    marks = [
        Rating(aspect, value, "" if value is not None else NOT_APPLICABLE)
        for aspect, value in zip(ASPECTS, ratings, strict=False)
    ]
    critique = Critique(text, score, "" if score is not None else "unread: no overall score is named")
    return Completion("m", "An answer.", ratings=tuple(marks), critique=replace(critique, **fields))


def audited(completion: Completion) -> tuple[float | None, str, float | None]:
    critique = audit(Record("r", "s", "i", (completion,))).completions[0].critique
    assert critique is not None
    return critique.score, critique.audit, critique.score_before


@pytest.mark.parametrize(
    ("ratings", "outcome"),
    [
        ([1, 1, 1, 1], (1, "repaired", 10)),
        ([2, 2, 2, 2], (1, "repaired", 10)),
        ([2, None, None, None], (1, "repaired", 10)),
        ([2, 2, 2, 2.5], (10, "doubtful", None)),
        ([3, 2, 3, 3], (10, "doubtful", None)),  # a mean of 2.75, as in the release's example on Cairo
        ([4, 4, 4, 4], (10, "doubtful", None)),
        ([4, 4, 4, 5], (10, "kept", None)),
        ([5, None, 5, 5], (10, "kept", None)),
        ([None, None, None, None], (10, "doubtful", None)),
        ([], (10, "doubtful", None)),
    ],
)
def test_a_ten_is_believed_only_where_the_ratings_bear_it_out(
    ratings: list[float | None], outcome: tuple[float, str, float | None]
) -> None:
    assert audited(rated(10.0, ratings)) == outcome


@pytest.mark.parametrize("score", [1, 2, 5.5, 9, 9.5])
def test_any_other_score_is_kept_whatever_the_ratings(score: float) -> None:
    for ratings in ([1, 1, 1, 1], [5, 5, 5, 5], [None] * 4):
        assert audited(rated(score, ratings)) == (score, "kept", None)


def test_a_score_without_feedback_is_doubtful_and_an_absent_one_unmarked() -> None:
    assert audited(rated(7, [4] * 4, text=" \n")) == (7, "doubtful", None)
    assert audited(rated(None, [4] * 4)) == (None, "", None)
    assert audit(record_of("alpha")) == record_of("alpha")


@given(
    st.lists(st.one_of(st.none(), st.sampled_from([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5])), max_size=4),
    st.one_of(st.none(), st.sampled_from([1, 1.5, 2, 5, 9.5, 10])),
    st.sampled_from(["", "Feedback."]),
)
def test_a_second_audit_changes_nothing(ratings: list[float | None], score: float | None, text: str) -> None:
    once = audit(Record("r", "s", "i", (rated(score, ratings, text),)))
    assert audit(once) == once
    critique = once.completions[0].critique
    assert critique is not None and (critique.audit == "") == (score is None)


async def test_doubtful_scores_are_asked_for_again_and_only_these() -> None:
    record = Record(
        "r", "s", "i", (rated(10, [3] * 4), rated(10, [1] * 4), rated(10, [5] * 4), rated(4, [3] * 4))
    )
    model = scripted(["Rather thin.\nOverall Score: 4"], name="critic")
    done = await repair(record, model)
    assert len(model.calls) == 1
    critiques = [one.critique for one in done.completions]
    assert critiques[0] == Critique(
        "Rather thin.", 4.0, judge="critic", asked=2, audit="repaired", score_before=10.0
    )
    assert [one.audit for one in critiques if one] == ["repaired", "repaired", "kept", "kept"]
    assert await repair(done, scripted([])) == done and audit(done) == done


async def test_a_ten_that_is_said_again_is_believed() -> None:
    done = await repair(
        Record("r", "s", "i", (rated(10, [3] * 4),)), scripted(["Superb.\nOverall Score: 10"])
    )
    assert audit(done) == done
    critique = done.completions[0].critique
    assert critique and (critique.score, critique.audit, critique.score_before) == (10, "repaired", None)


@pytest.mark.parametrize("reply", ["Superb.", "Overall Score: 10", "Hm.\nOverall Score: 11"])
async def test_what_cannot_be_read_again_stays_doubtful_with_all_replies_counted(reply: str) -> None:
    record = Record("r", "s", "i", (rated(10, [3] * 4, asked=2),))
    critique = (await repair(record, scripted(lambda _: reply), tries=3)).completions[0].critique
    assert critique == Critique("Feedback.", 10.0, asked=5, audit="doubtful")


class Counting:
    """A critic that keeps which samples it was asked for."""

    name = "counting"

    def __init__(self) -> None:
        self.samples: list[int] = []

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = ANY, *, sample: int = 0
    ) -> Reply:
        self.samples.append(sample)
        return Reply("Hm.")


async def test_no_repair_asks_for_a_sample_that_a_journal_has_answered_already() -> None:
    model = Counting()
    record = await criticise(record_of("alpha"), model, tries=2)
    record = record.with_completions([replace(rated(10, [3] * 4, asked=2), text="alpha")])
    for _ in range(2):
        record = await repair(record, model, tries=2)
    assert len(model.samples) == 6 == len(set(model.samples))


async def test_every_completion_with_a_text_is_criticised_in_a_call_of_its_own() -> None:
    def critic(messages: Sequence[Message]) -> str:
        score = 3 if "alpha" in messages[-1]["content"] else 8
        return f"Say more.\n\nOverall Score: {score}"

    model = scripted(critic, name="critic")
    record = await criticise(record_of("alpha", "", "gamma"), model)
    assert len(model.calls) == 2
    assert [one.critique and one.critique.score for one in record.completions] == [3, None, 8]
    assert record.completions[0].critique == Critique("Say more.", 3.0, judge="critic")
    assert record.completions[1].critique is None


async def test_a_critique_that_cannot_be_read_is_asked_for_again_and_the_best_is_kept() -> None:
    fine = await criticise(record_of("alpha"), scripted(["Nice.", "Nice.\nOverall Score: 7"], name="c"))
    assert fine.completions[0].critique == Critique("Nice.", 7.0, judge="c", asked=2)
    best = await criticise(record_of("alpha"), scripted(["?", "Overall Score: 7", "Nice."], name="c"))
    assert best.completions[0].critique == Critique("", 7.0, judge="c", asked=3)
    none = await criticise(record_of("alpha"), scripted(lambda _: "Nice.", name="c"), tries=2)
    assert none.completions[0].critique == Critique(
        "Nice.", None, "unread: no overall score is named", "c", 2
    )


async def test_a_score_cut_off_at_1_is_not_taken_for_a_1() -> None:
    cut = Reply("Superb.\nOverall Score: 1", finish="length")
    record = await criticise(record_of("alpha"), scripted([cut, "Superb.\nOverall Score: 10"]))
    assert record.completions[0].critique and record.completions[0].critique.score == 10


async def test_an_answer_too_long_for_the_critic_has_a_critique_that_says_so() -> None:
    class Full:
        name = "full"

        async def generate(
            self, messages: Sequence[Message], sampling: Sampling = ANY, *, sample: int = 0
        ) -> Reply:
            raise ContextOverflowError("too long")

    record = await criticise(record_of("alpha"), Full())
    assert record.completions[0].critique == Critique("", None, "no reply: too long", "full", asked=0)
