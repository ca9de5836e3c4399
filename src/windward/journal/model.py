"""A model whose every call goes through a journal."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Literal

from windward.journal.errors import UncertainCallError
from windward.journal.flight import Flight
from windward.journal.keys import call_key, digest, request_text
from windward.journal.ledger import Spend
from windward.journal.limits import Gate, Limits, backoff_seconds
from windward.journal.store import Failure, Journal
from windward.models.asking import Parser
from windward.models.protocol import Message, Model, ModelError, Reply, Sampling, Usage

_GREEDY = Sampling()
_Generate = Callable[[], Awaitable[Reply]]


class JournaledModel:
    """`model`, with every call looked up in `journal` first, and written there before it is sent.

    A stored reply is handed out and never bought again. Otherwise the intent is put on disk, the call is sent,
    the raw reply (or the failure) is put on disk, and only then handed on. Calls that are the same and under
    way at once are bought once. Concurrent calls go straight through to the model, up to `limits.concurrency`.

    Args:
        model: an endpoint or a local model; a `price` attribute (US dollars a million prompt and completion
            tokens) is used to reserve money.
        journal: shared by all models of the run.
        limits: concurrency, rates, retries, budget.
        uncertain: what to do with a call whose process died before the reply was stored: `retry` sends it
            again (it may be paid twice), `hold` raises UncertainCallError.
    """

    def __init__(
        self,
        model: Model,
        journal: Journal,
        limits: Limits | None = None,
        *,
        uncertain: Literal["retry", "hold"] = "retry",
    ) -> None:
        self.model = model
        self.journal = journal
        self.limits = limits or Limits()
        self._uncertain = uncertain
        self._name = model.name
        self._price: tuple[float, float] = getattr(model, "price", (0.0, 0.0))
        self._random = random.Random(self.limits.seed)
        self._gate = Gate(self.limits)
        self._slots = asyncio.Semaphore(self.limits.concurrency)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        """The wrapped model's name."""
        return self._name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = _GREEDY, *, sample: int = 0
    ) -> Reply:
        """The stored reply to this call, or a new one, which is stored first.

        Raises:
            ModelError: it failed for good, or `limits.max_attempts` times; each attempt is in the journal.
            UncertainCallError: the call is uncertain and the policy is `hold`.
            BudgetError: the budget is used up.
            JournalError: the journal cannot be written.
        """
        request = request_text(self._name, messages, sampling, sample)
        key = digest(request)
        flight = self.journal.flights.get(key)
        if flight is None:
            stored = self.journal.find(key)
            if stored is not None and stored.reply is not None:
                return stored.reply
            if stored is not None and stored.state != "failed" and self._uncertain == "hold":
                raise UncertainCallError(
                    f"call {key[:12]} to {self._name} was sent by a run that was killed before its reply was "
                    "stored; it may have been paid. Run with uncertain='retry' to send it again.",
                    retryable=True,
                )
            self._adopt_loop()
            call = partial(self.model.generate, list(messages), sampling, sample=sample)
            reserved = self._estimate(messages, sampling)
            number = stored.number if stored is not None else 0
            flight = self.journal.begin(key, partial(self._buy, key, number, request, reserved, call))
        return await flight.join()

    async def note_read(
        self, messages: Sequence[Message], sampling: Sampling, sample: int, parser: Parser[Any], *, ok: bool
    ) -> None:
        """Keeps in the journal whether `parser` could read the reply to this call."""
        key = call_key(self._name, messages, sampling, sample)
        await self.journal.save_parse(key, parser.name, parser.version, ok)

    def _adopt_loop(self) -> None:
        """One model may serve several `asyncio.run`s in turn; a semaphore belongs to one."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._slots = asyncio.Semaphore(self.limits.concurrency)

    def _estimate(self, messages: Sequence[Message], sampling: Sampling) -> Spend:
        """What a call may use: about three characters a prompt token, and all the new tokens asked for."""
        prompt = sum(len(message["content"]) // 3 + 8 for message in messages)
        dollars = (prompt * self._price[0] + sampling.max_tokens * self._price[1]) / 1e6
        return Spend(1, prompt + sampling.max_tokens, dollars)

    async def _buy(
        self, key: str, number: int, request: str, reserved: Spend, call: _Generate, flight: Flight
    ) -> Reply:
        """Tries until there is a reply, or no attempt left."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(key, number + attempt, request, reserved, call, flight)
            except ModelError as error:
                flight.sent = False
                if not error.retryable or not flight.wanted:
                    raise
                if attempt == self.limits.max_attempts:
                    raise _exhausted(error, attempt) from error
                wait = backoff_seconds(self.limits, attempt, error.retry_after, self._random)
                if error.retry_after is not None:
                    self._gate.close_for(error.retry_after)
            await asyncio.sleep(wait)

    async def _attempt(
        self, key: str, number: int, request: str, reserved: Spend, call: _Generate, flight: Flight
    ) -> Reply:
        """One attempt: slot, rates, budget, intent on disk, send, settle, reply on disk."""
        ledger = self.journal.ledger
        await self._slots.acquire()
        try:
            await self._gate.admit(reserved.tokens)
            await ledger.reserve(reserved, self.limits.budget)
            try:
                attempt, durable = self.journal.intend(key, number, self._name, request, reserved)
                flight.sent = True
                await durable
            except BaseException:
                ledger.settle(reserved, Spend())
                raise
            try:
                result, error = await _send(call)
            except BaseException:  # cancelled with its event loop: it may be paid
                ledger.settle(reserved, reserved)
                raise
            usage = _usage(result, reserved)
            used = usage.prompt_tokens + usage.completion_tokens
            ledger.settle(reserved, Spend(1, used, usage.cost))
            self._gate.correct(used - reserved.tokens)
            stored = self.journal.settle(attempt, result, usage)
        finally:
            # Before the reply is durable: the next call's intent is queued behind it, so it reaches the disk in
            # the same transaction or a later one, and never more intents than slots are open there.
            self._slots.release()
        await stored
        if error is not None:
            raise error
        assert isinstance(result, Reply)
        return result


async def _send(call: _Generate) -> tuple[Reply | Failure, Exception | None]:
    """Makes the call; a failure is a value here, because it is stored like a reply."""
    try:
        return await call(), None
    except ModelError as error:
        return Failure(str(error), error.status, error.raw), error
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}"), error


def _usage(result: Reply | Failure, reserved: Spend) -> Usage:
    """What an attempt used. A bad body under status 200 was paid, but for how much is unknown: its reservation."""
    if isinstance(result, Reply):
        return result.usage
    if result.status == 200:
        return Usage(reserved.tokens, 0, reserved.dollars)
    return Usage()


def _exhausted(error: ModelError, attempts: int) -> ModelError:
    return ModelError(
        f"{error} (gave up after {attempts} attempts)",
        retryable=True,
        retry_after=error.retry_after,
        status=error.status,
        raw=error.raw,
    )
