"""Maps an async function over rows, once: what is stored is not done again, and one bad row stops no other."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from windward.journal.errors import BudgetError, JournalError
from windward.journal.keys import row_digest, storable
from windward.journal.progress import Progress
from windward.journal.store import Journal, RowOutcome, current_row
from windward.models.protocol import ModelError

T = TypeVar("T")

HOPELESS_ROWS = 50
"""So many rows in a row that end in a ModelError mean that the endpoint is at fault, not the rows."""


@dataclass(frozen=True)
class Outcome:
    """What became of one row.

    Attributes:
        key: the row's key.
        value: what the function returned (as read back from JSON: tuples are lists); None if it failed.
        error: why it failed; None if it did not.
        stored: whether it was there from an earlier run.
    """

    key: str
    value: Any
    error: str | None = None
    stored: bool = False

    @property
    def ok(self) -> bool:
        """Whether the row has a value."""
        return self.error is None


class RowsFailedError(RuntimeError):
    """Rows of a stage failed, so that what rests on all of them cannot be made; the message says what to do."""


def values(outcomes: Sequence[Outcome], what: str = "rows") -> list[Any]:
    """The value of every row.

    Args:
        outcomes: of `run_rows`.
        what: the rows, as a user calls them.

    Raises:
        RowsFailedError: some failed; names how many, the first, and its reason.
    """
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if failed:
        raise RowsFailedError(
            f"{len(failed)} of {len(outcomes)} {what} failed, the first ({failed[0].key}) with: {failed[0].error}. "
            "What is done is stored: put this right and run the same command again."
        )
    return [outcome.value for outcome in outcomes]


class RunStoppedError(Exception):
    """The run stopped before its end because nothing worked any more; what was stored is kept."""


@dataclass
class _Stage(Generic[T]):
    """One pass over the rows that have no outcome yet."""

    fn: Callable[[T], Awaitable[Any]]
    journal: Journal
    name: str
    version: str
    progress: Progress | None
    todo: Iterator[tuple[str, str, T]]
    outcomes: dict[str, Outcome]
    failures_in_a_row: int = 0
    stop: Exception | None = None

    async def work(self) -> None:
        """Takes rows until there are none left, or the run has to stop."""
        for key, digest, row in self.todo:
            current_row.set((self.name, key))
            try:
                await self._row(key, digest, row)
            except (BudgetError, JournalError, RunStoppedError) as error:
                self.stop = self.stop or error
            if self.stop is not None:
                return

    async def _row(self, key: str, digest: str, row: T) -> None:
        started = time.monotonic()
        error: Exception | None = None
        try:
            value = json.dumps(await self.fn(row))
            outcome = RowOutcome("done", value, seconds=time.monotonic() - started)
        except (BudgetError, JournalError):
            raise
        except Exception as caught:
            error = caught
            text = str(caught) if isinstance(caught, ModelError) else f"{type(caught).__name__}: {caught}"
            detail = "".join(traceback.format_exception(caught))
            outcome = RowOutcome("failed", error=text, detail=detail, seconds=time.monotonic() - started)
        await self.journal.save_outcome(self.name, key, self.version, digest, outcome)
        self.outcomes[key] = _outcome(key, outcome, stored=False)
        if self.progress is not None:
            self.progress.row(error is None)
        self._judge(key, error)

    def _judge(self, key: str, error: Exception | None) -> None:
        self.failures_in_a_row = self.failures_in_a_row + 1 if isinstance(error, ModelError) else 0
        if self.failures_in_a_row >= HOPELESS_ROWS:
            raise RunStoppedError(
                f"{self.name}: {HOPELESS_ROWS} rows in a row failed, the last ({key}) with: {error}. What was stored "
                "is kept: put this right and run the same command again."
            )


async def run_rows(
    fn: Callable[[T], Awaitable[Any]],
    rows: Sequence[T],
    *,
    journal: Journal,
    stage: str,
    key: str | Callable[[T], str],
    version: str = "1",
    concurrency: int = 64,
    progress: bool | Progress = True,
    grace: float = 10.0,
) -> list[Outcome]:
    """Maps `fn` over `rows` and stores each outcome; rows that have a value already are not run again.

    A stored value counts for the same stage, row key, version and row content. A row that failed is tried
    again by the next run; its replies are in the journal, so only what is missing is bought. Any exception
    of `fn` is that row's outcome.

    Args:
        fn: takes a row, returns what JSON can hold.
        rows: plain data (JSON types, or dataclasses of them).
        journal: where outcomes are stored; calls of a JournaledModel over it are marked with stage and row.
        stage: name of the step.
        key: name of the field, or function, that gives each row its own key.
        version: to be changed when `fn` changes what it returns.
        concurrency: rows at once; calls at once are limited by each model's `Limits`.
        progress: show progress on standard error; or a `Progress` of the caller, who counts in its total and closes it.
        grace: seconds that calls in flight get to be stored after Ctrl-C.

    Returns:
        One outcome a row, in the order of `rows`.

    Raises:
        ValueError: two rows have one key.
        BudgetError: a budget is used up.
        JournalError: the journal cannot be written.
        RunStoppedError: 50 rows in a row ended in a ModelError.
    """
    keyed = _keyed(rows, key)
    outcomes = _stored(journal, stage, version, keyed)
    todo = [item for item in keyed if item[0] not in outcomes]
    bar = _bar(progress, stage, len(rows), len(outcomes), journal)
    state = _Stage(fn, journal, stage, version, bar, iter(todo), outcomes)
    workers = [asyncio.create_task(state.work()) for _ in range(min(concurrency, len(todo)))]
    try:
        await asyncio.gather(*workers)
    except asyncio.CancelledError:
        await _leave(state, workers, grace)
        raise
    finally:
        if bar is not None and bar is not progress:
            bar.close()
            if (left := len(rows) - len(outcomes)) > 0:
                bar.note(
                    f"{stage}: {left} of {len(rows)} rows are left; run the same command again to go on."
                )
    if state.stop is not None:
        raise state.stop
    return [outcomes[item[0]] for item in keyed]


async def _leave(state: _Stage[Any], workers: list[asyncio.Task[None]], grace: float) -> None:
    """Ctrl-C: no new calls; those in flight may still be stored."""
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    in_flight = sum(flight.sent for flight in state.journal.flights.values())
    if in_flight and state.progress is not None:
        state.progress.note(
            f"stopping: up to {grace:g} s for {in_flight} calls in flight to be stored (Ctrl-C again: leave at once)"
        )
    lost = await state.journal.drain(grace)
    if lost and state.progress is not None:
        state.progress.note(f"{lost} calls had no reply yet; they are listed as uncertain.")


def _keyed(rows: Sequence[T], key: str | Callable[[T], str]) -> list[tuple[str, str, T]]:
    keyed: list[tuple[str, str, T]] = []
    seen: dict[str, int] = {}
    for index, row in enumerate(rows):
        name = storable(str(_field(row, key) if isinstance(key, str) else key(row)))
        if name in seen:
            raise ValueError(
                f"rows {seen[name]} and {index} have the same key {name!r}: each row needs its own"
            )
        seen[name] = index
        keyed.append((name, row_digest(row), row))
    return keyed


def _field(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _stored(
    journal: Journal, stage: str, version: str, keyed: list[tuple[str, str, T]]
) -> dict[str, Outcome]:
    stored = journal.outcomes(stage, version, [key for key, _, _ in keyed])
    found: dict[str, Outcome] = {}
    for key, digest, _ in keyed:
        then, outcome = stored.get(key, ("", RowOutcome("failed")))
        if then == digest and outcome.state == "done":
            found[key] = _outcome(key, outcome, stored=True)
    return found


def _outcome(key: str, outcome: RowOutcome, stored: bool) -> Outcome:
    value = None if outcome.value is None else json.loads(outcome.value)
    return Outcome(key, value, outcome.error, stored)


def _bar(progress: bool | Progress, stage: str, total: int, stored: int, journal: Journal) -> Progress | None:
    """The caller's bar, which hears how many rows were there already; or one of this stage; or none."""
    if isinstance(progress, Progress):
        progress.stored += stored
        return progress
    return Progress(stage, total, stored, lambda: spent(journal)) if progress else None


def spent(journal: Journal) -> str:
    """What the run has spent, in words."""
    used = journal.ledger.spent
    money = f", ${used.dollars:.2f}" if used.dollars else ""
    return f"{used.calls} calls, {used.tokens} tokens{money}"
