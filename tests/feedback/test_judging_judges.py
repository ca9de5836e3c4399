"""Judges: whatever the order shown and the order answered, a rating goes to the completion it was given for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import permutations
from statistics import fmean

import pytest
from judged import reader, record_of, sections, shown_texts

from windward.feedback import (
    ASPECTS,
    NOT_APPLICABLE,
    Completion,
    Judge,
    ModelJudge,
    Rating,
    Record,
    VerifierJudge,
    annotate,
)
from windward.feedback.judges import shown_order
from windward.models import ContextOverflowError, Message, ModelError, Reply, Sampling, scripted

ANY = Sampling()
BY_TEXT = {"alpha": 1.0, "beta": 2.0, "gamma": 3.0, "delta": 4.5}


def values(ratings: Sequence[Rating]) -> list[float | None]:
    return [rating.value for rating in ratings]


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_shuffling_and_putting_back_is_the_identity_for_all_orders_shown_and_answered(
    order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windward.feedback.judges.shown_order", lambda *_: list(order))
    for answered in permutations(range(1, 5)):

        def judge(messages: Sequence[Message], answered: tuple[int, ...] = answered) -> str:
            shown = shown_texts(messages)
            return sections({label: BY_TEXT[shown[label]] for label in answered})

        ratings = await ModelJudge(scripted(judge)).rate(record_of(*BY_TEXT), "honesty")
        assert values(ratings) == list(BY_TEXT.values())
        assert [order[rating.place - 1] for rating in ratings if rating.place] == [0, 1, 2, 3]


def test_an_order_is_a_pure_function_and_all_orders_come_up_equally_often() -> None:
    assert shown_order("r", "honesty", [0, 1, 2, 3]) == shown_order("r", "honesty", [0, 1, 2, 3])
    counts = dict.fromkeys(permutations(range(4)), 0)
    for number in range(4800):
        counts[tuple(shown_order(f"record {number}", "honesty", range(4), seed=3))] += 1
    assert (
        sum((count - 200) ** 2 / 200 for count in counts.values()) < 49.7
    )  # χ², 23 degrees of freedom, p = 0.001


def test_shuffles_of_one_record_differ_until_all_orders_have_been_had() -> None:
    orders = [tuple(shown_order("r", "honesty", range(4), shuffle=shuffle)) for shuffle in range(24)]
    assert set(orders) == set(permutations(range(4)))
    assert shown_order("r", "honesty", range(4), shuffle=24) == list(orders[0])
    assert shown_order("r", "honesty", [2], shuffle=5) == [2] and shown_order("r", "honesty", []) == []
    by_seed = {tuple(shown_order("r", "honesty", range(4), seed=seed)) for seed in range(30)}
    by_aspect = {tuple(shown_order(f"r{n}", aspect, range(4))) for n in range(3) for aspect in ASPECTS}
    assert len(by_seed) > 10 and len(by_aspect) > 4


async def means(shuffled: bool, records: int = 400) -> list[float]:
    """Mean rating by completion of a judge that gives one more to whatever stands first; all deserve 3 on average."""
    model = scripted(reader(lambda label, text: int(text) + (label == 1)))
    judge = ModelJudge(model, seed=1, shuffled=shuffled)
    rated = []
    for number in range(records):
        # The deserved ratings go round, so that each completion deserves the same mean exactly.
        deserved = [2 + (number + place) % 3 for place in range(4)]
        record = record_of(*map(str, deserved), id=str(number))
        rated.append(
            [
                value - due
                for value, due in zip(values(await judge.rate(record, "honesty")), deserved, strict=True)
            ]
        )
    return [fmean(row[place] for row in rated) for place in range(4)]


async def test_a_judge_that_favours_the_first_text_is_unbiased_after_shuffling() -> None:
    found = await means(shuffled=True)
    # Each completion stands first by chance 1/4: a mean of 400 such draws has a standard error of 0.0217.
    assert fmean(found) == pytest.approx(0.25)
    assert all(abs(mean - 0.25) < 3 * 0.0217 for mean in found)


async def test_without_shuffling_the_same_judge_is_biased() -> None:
    assert await means(shuffled=False, records=30) == [1, 0, 0, 0]


async def test_several_shuffles_give_a_rating_each_and_take_the_bias_out_of_one_record() -> None:
    model = scripted(reader(lambda label, text: 2 + (label == 1)))
    record = await annotate(record_of(*BY_TEXT), [ModelJudge(model, shuffles=24)], ["honesty"])
    assert len(model.calls) == 24
    assert [len(one.ratings) for one in record.completions] == [24] * 4
    assert [one.rating("honesty") for one in record.completions] == [2.25] * 4


async def test_a_reply_that_cannot_be_read_is_asked_for_again_and_counted() -> None:
    model = scripted(["I would rather not.", sections({1: 4, 2: 4})])
    ratings = await ModelJudge(model).rate(record_of("alpha", "beta"), "honesty")
    assert values(ratings) == [4, 4] and [one.asked for one in ratings] == [2, 2]


async def test_a_half_read_reply_is_asked_for_again_and_the_best_is_kept() -> None:
    whole = [sections({1: 4}), sections({1: 3, 2: 9}), "nothing"]
    ratings = await ModelJudge(scripted(whole), shuffled=False).rate(record_of("alpha", "beta"), "honesty")
    assert values(ratings) == [4, None] and [one.asked for one in ratings] == [3, 3]
    assert ratings[1].absent == "unread: Text 2 is not in the reply"


async def test_a_judge_that_is_never_read_leaves_ratings_that_say_so() -> None:
    ratings = await ModelJudge(scripted(lambda _: "Lovely texts!"), tries=2).rate(
        record_of("alpha"), "honesty"
    )
    assert (ratings[0].value, ratings[0].asked) == (None, 2) and ratings[0].absent.startswith("unread: ")


class Recorder:
    """A model that keeps how it was asked."""

    name = "recorder"

    def __init__(self) -> None:
        self.asked: list[tuple[float, int]] = []

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = ANY, *, sample: int = 0
    ) -> Reply:
        self.asked.append((sampling.temperature, sample))
        return Reply("?")


async def test_a_greedy_judge_is_asked_again_with_some_warmth_and_another_sample_each_time() -> None:
    model = Recorder()
    await ModelJudge(model, tries=3, shuffles=2).rate(record_of("alpha", "beta"), "honesty")
    assert [temperature for temperature, _ in model.asked] == [0, 0.7, 0.7] * 2
    assert len({sample for _, sample in model.asked}) == 6


async def test_a_rating_cut_off_within_a_number_is_not_believed() -> None:
    cut = Reply("#### Text 1\nRating: 4\n\n#### Text 2\nRating: 1", finish="length")
    model = scripted([cut, sections({1: 4, 2: 1.5})])
    ratings = await ModelJudge(model, shuffled=False).rate(record_of("alpha", "beta"), "honesty")
    assert values(ratings) == [4, 1.5] and len(model.calls) == 2


async def test_a_judge_that_labels_by_place_or_leaves_one_out_misassigns_nothing() -> None:
    model = scripted(reader(lambda label, text: BY_TEXT[text] if text != "beta" else "?"))
    ratings = await ModelJudge(model, tries=1).rate(record_of(*BY_TEXT), "helpfulness")
    assert values(ratings) == [1, None, 3, 4.5]


async def test_completions_without_a_text_are_not_judged_and_say_so() -> None:
    record = record_of("alpha", "", "gamma")
    model = scripted(reader(lambda _, text: BY_TEXT[text]))
    ratings = await ModelJudge(model).rate(record, "honesty")
    assert values(ratings) == [1, None, 3] and ratings[1].absent == "no such text" and ratings[1].asked == 0
    nothing = scripted([])
    assert values(await ModelJudge(nothing).rate(record_of("", ""), "honesty")) == [None, None]
    assert nothing.calls == []


class Failing:
    """A model whose calls end in an error, from the n-th on."""

    name = "failing"

    def __init__(self, error: ModelError, replies: Sequence[str] = ()) -> None:
        self.error, self.replies, self.calls = error, list(replies), 0

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = ANY, *, sample: int = 0
    ) -> Reply:
        self.calls += 1
        if self.calls <= len(self.replies):
            return Reply(self.replies[self.calls - 1])
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        ModelError("busy", retryable=True, status=503),
        ModelError("a wrong key", status=401),
        ModelError("no such model", status=404),
        ModelError("no such parameter", status=400),
    ],
)
async def test_a_failure_that_is_not_the_rows_own_is_never_a_missing_rating(error: ModelError) -> None:
    with pytest.raises(ModelError, match=str(error)):
        await ModelJudge(Failing(error)).rate(record_of("alpha"), "honesty")
    with pytest.raises(ModelError):
        await ModelJudge(Failing(error, ["?"])).rate(record_of("alpha"), "honesty")


@pytest.mark.parametrize(
    "error",
    [ContextOverflowError("too long"), ModelError("refused", status=400, raw='{"code": "content_filter"}')],
)
async def test_a_prompt_that_can_never_be_answered_is_a_missing_rating_with_the_reason(
    error: ModelError,
) -> None:
    ratings = await ModelJudge(Failing(error)).rate(record_of("alpha", "beta"), "honesty")
    assert [(one.value, one.absent, one.asked) for one in ratings] == [(None, f"no reply: {error}", 0)] * 2
    kept = await ModelJudge(Failing(error, [sections({2: 4})]), shuffled=False).rate(
        record_of("a", "b"), "honesty"
    )
    assert values(kept) == [None, 4]


def verifier(record: Record, completion: Completion, aspect: str) -> Rating | None:
    return None if "poem" in completion.text else Rating(aspect, 5.0 if "yes" in completion.text else 1.0)


async def test_model_and_verifier_ratings_stand_side_by_side_and_can_be_told_apart() -> None:
    judges = [
        ModelJudge(scripted(reader(lambda *_: 3), name="m")),
        VerifierJudge("v", verifier, aspects=["instruction_following"]),
    ]
    assert all(isinstance(judge, Judge) for judge in judges)
    record = await annotate(record_of("yes", "no", "poem"), judges)
    first, second, third = record.completions
    assert [(one.judge, one.kind, one.aspect) for one in first.ratings] == [
        *(("m", "model", aspect) for aspect in ASPECTS),
        ("v", "verifier", "instruction_following"),
    ]
    assert (first.rating("instruction_following"), first.rating("instruction_following", "verifier")) == (
        4,
        5,
    )
    assert second.fine_grained("verifier") == 1 and third.fine_grained("verifier") is None
    assert third.ratings[-1].absent == NOT_APPLICABLE and third.ratings[-1].asked == 0


async def test_a_verifier_that_rates_another_aspect_is_an_error() -> None:
    wrong = VerifierJudge("v", lambda *_: Rating("honesty", 1.0))
    with pytest.raises(ValueError, match="asked for helpfulness and rated honesty"):
        await wrong.rate(record_of("alpha"), "helpfulness")


class Slow:
    """Answers the call for the first aspect last."""

    name = "slow"

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = ANY, *, sample: int = 0
    ) -> Reply:
        for _ in range(20 if "condition" in messages[0]["content"] else 1):
            await asyncio.sleep(0)
        return Reply(reader(lambda _, text: BY_TEXT[text])(messages))


async def test_ratings_do_not_depend_on_which_call_is_answered_first() -> None:
    fast = scripted(reader(lambda _, text: BY_TEXT[text]), name="slow")
    record = record_of(*BY_TEXT)
    assert await annotate(record, [ModelJudge(Slow())]) == await annotate(record, [ModelJudge(fast)])


async def test_when_one_call_fails_the_others_are_waited_for() -> None:
    model = Failing(ModelError("busy", retryable=True), ["?"] * 3)
    with pytest.raises(ModelError, match="busy"):
        await annotate(record_of("alpha"), [ModelJudge(model, tries=1)])
    assert model.calls == 4


async def test_a_judge_that_returns_too_few_ratings_is_an_error() -> None:
    class Short:
        name, kind = "short", "model"

        async def rate(self, record: Record, aspect: str) -> list[Rating]:
            return [Rating(aspect, 3.0)]

    with pytest.raises(ValueError, match="judge 'short' returned 1 ratings"):
        await annotate(record_of("alpha", "beta"), [Short()], ["honesty"])
