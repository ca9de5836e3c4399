"""Concurrency, rates, retries and budgets hold, whatever the load."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_fakes import Echo, says

from windward.journal import Budget, BudgetError, Journal, JournaledModel, Limits
from windward.journal.limits import Gate, TokenBucket, backoff_seconds
from windward.models import ModelError, Reply, Sampling, Usage


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path) as opened:
        yield opened


def fails(times: int, **how: object) -> object:
    def trouble(call: int) -> None:
        if call <= times:
            raise ModelError("no", **how)  # type: ignore[arg-type]

    return trouble


async def ask_many(model: JournaledModel, count: int, start: int = 0) -> list[Reply | BaseException]:
    calls = (model.generate(says(f"{i}"), Sampling(max_tokens=5)) for i in range(start, start + count))
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_no_more_calls_are_in_flight_than_allowed(journal: Journal) -> None:
    echo = Echo(seconds=0.005)
    await ask_many(JournaledModel(echo, journal, Limits(concurrency=7)), 50)
    assert (echo.calls, echo.most_at_once) == (50, 7)


async def test_concurrent_calls_reach_a_local_model_together(journal: Journal) -> None:
    echo = Echo(seconds=0.2)
    await ask_many(JournaledModel(echo, journal), 32)
    assert echo.most_at_once == 32


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 5)), min_size=1, max_size=40))
def test_a_bucket_never_lets_more_through_than_its_rate_and_one_burst(
    takes: list[tuple[float, float]],
) -> None:
    bucket = TokenBucket(120, now=0.0)  # two a second
    now, through = 0.0, []
    for pause, amount in takes:
        now += pause
        through.append((now + bucket.take(amount, now), amount))
    for sent, amount in through:
        before = sum(other for at, other in through if at <= sent) - amount
        assert before <= 2.0 + 2.0 * sent + 1e-6


async def test_requests_a_minute_are_held(journal: Journal) -> None:
    limits = Limits(requests_per_minute=60 * 50)
    started = time.monotonic()
    await ask_many(JournaledModel(Echo(), journal, limits), 75)
    assert time.monotonic() - started >= 0.49  # 50 at once, then 25 at 50 a second


async def test_tokens_a_minute_are_held_by_what_was_really_used(journal: Journal) -> None:
    gate = Gate(Limits(tokens_per_minute=60 * 1000))
    await gate.admit(1000)
    gate.correct(-1000)  # it used none
    started = time.monotonic()
    await gate.admit(1000)
    assert time.monotonic() - started < 0.05
    await gate.admit(100)
    assert time.monotonic() - started >= 0.09


async def test_retryable_errors_are_tried_again_up_to_the_limit(journal: Journal) -> None:
    echo = Echo(trouble=fails(99, retryable=True, status=500))
    model = JournaledModel(echo, journal, Limits(max_attempts=3, backoff=0.001))
    with pytest.raises(ModelError, match="gave up after 3 attempts"):
        await model.generate(says("a"))
    assert echo.calls == 3


async def test_errors_that_stay_are_not_tried_again(journal: Journal) -> None:
    echo = Echo(trouble=fails(99, status=401))
    with pytest.raises(ModelError):
        await JournaledModel(echo, journal).generate(says("a"))
    assert echo.calls == 1


async def test_retry_after_is_honoured_by_every_call_to_the_endpoint(journal: Journal) -> None:
    echo = Echo(trouble=fails(1, retryable=True, status=429, retry_after=0.3))
    model = JournaledModel(echo, journal, Limits(backoff=0.001))
    started = time.monotonic()
    first = asyncio.create_task(model.generate(says("a")))
    await asyncio.sleep(0.1)
    await model.generate(says("b"))
    await first
    assert time.monotonic() - started >= 0.3
    assert echo.calls == 3


def test_backoff_doubles_with_jitter_is_repeatable_and_never_below_retry_after() -> None:
    limits = Limits(backoff=1.0, max_backoff=8.0)

    def waits(seed: int) -> list[float]:
        rng = random.Random(seed)
        return [backoff_seconds(limits, attempt, None, rng) for attempt in range(1, 7)]

    assert waits(1) == waits(1) != waits(2)
    for wait, step in zip(waits(1), [1, 2, 4, 8, 8, 8], strict=True):
        assert step / 2 <= wait <= step
    assert backoff_seconds(limits, 1, 30.0, random.Random(0)) == 30.0


async def test_a_budget_of_calls_is_never_exceeded_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    echo = Echo(seconds=0.002)
    for budget, bought in ((10, 10), (10, 10), (25, 25)):
        with Journal(tmp_path) as journal:
            model = JournaledModel(echo, journal, Limits(budget=Budget(calls=budget)))
            replies = await ask_many(model, 30)
        assert echo.calls == bought
        assert sum(isinstance(reply, Reply) for reply in replies) == bought
        refused = [reply for reply in replies if not isinstance(reply, Reply)]
        assert all(isinstance(error, BudgetError) for error in refused)
        assert f"budget of {budget} calls is used up" in str(refused[0])
        assert "higher budget" in str(refused[0])


async def test_a_budget_of_money_is_never_exceeded(journal: Journal) -> None:
    echo = Echo(
        seconds=0.001, usage=Usage(8, 5, 18e-6)
    )  # reserved: 8 prompt and 5 new tokens at $1 and $2 a million
    model = JournaledModel(echo, journal, Limits(budget=Budget(dollars=18e-6 * 12.5)))
    await ask_many(model, 40)
    assert echo.calls == 12
    assert journal.ledger.spent.dollars == pytest.approx(18e-6 * 12)


async def test_a_budget_of_tokens_waits_for_calls_in_flight_to_settle_for_less(journal: Journal) -> None:
    echo = Echo(seconds=0.001, usage=Usage(1, 1))  # reserved: 13
    model = JournaledModel(echo, journal, Limits(budget=Budget(tokens=40)))
    await ask_many(model, 40)
    assert echo.calls == 14  # 14 calls at 2 tokens leave 12, too little to reserve 13
    assert journal.ledger.reserved.tokens == 0


async def test_what_an_earlier_process_spent_counts_and_uncertain_calls_at_their_reservation(
    tmp_path: Path,
) -> None:
    with Journal(tmp_path) as journal:
        await ask_many(JournaledModel(Echo(usage=Usage(10, 5, 0.25)), journal), 2)
        _, durable = journal.intend("a" * 64, 1, "m", "{}", journal.ledger.spent)
        await durable
    with Journal(tmp_path) as journal:
        spent = journal.ledger.spent
        assert (spent.calls, spent.tokens, spent.dollars) == (3, 30 + 30, 0.5 + 0.5)


async def test_a_paid_reply_that_was_no_use_counts_at_its_reservation(journal: Journal) -> None:
    echo = Echo(trouble=fails(1, retryable=True, status=200, raw="{"))
    await JournaledModel(echo, journal, Limits(backoff=0.001)).generate(says("a"), Sampling(max_tokens=100))
    assert journal.ledger.spent.tokens == 108 + 15


def test_a_call_cut_off_with_its_event_loop_does_not_hold_its_reservation(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        model = JournaledModel(Echo(seconds=0.05), journal, Limits(budget=Budget(calls=2)))

        async def leave() -> None:
            asyncio.create_task(model.generate(says("a")))  # noqa: RUF006
            await asyncio.sleep(0.03)

        asyncio.run(leave())
        assert (journal.ledger.reserved.calls, journal.ledger.spent.calls) == (0, 1)
        assert len(asyncio.run(ask_many(model, 1))) == 1
        assert isinstance(asyncio.run(ask_many(model, 1, start=5))[0], BudgetError)


@pytest.mark.parametrize("bad", [{"concurrency": 0}, {"max_attempts": 0}, {"requests_per_minute": 0.0}])
def test_limits_that_let_nothing_through_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Limits(**bad)  # type: ignore[arg-type]
