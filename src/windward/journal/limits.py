"""How hard an endpoint may be driven: concurrency, rates, retries, budget."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from windward.journal.ledger import Budget


@dataclass(frozen=True)
class Limits:
    """Limits of one model in one run.

    Attributes:
        concurrency: calls in flight at most; also the most calls that a kill can leave uncertain.
        requests_per_minute: None is unlimited.
        tokens_per_minute: prompt and completion tokens; None is unlimited.
        max_attempts: times one call is sent at most in one run.
        backoff: seconds before the second attempt; doubled for each further one, with jitter.
        max_backoff: seconds at most, unless the endpoint's `Retry-After` asks for more.
        seed: of the jitter.
        budget: what the whole run may use, over all its models and processes.
    """

    concurrency: int = 64
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    max_attempts: int = 6
    backoff: float = 0.5
    max_backoff: float = 60.0
    seed: int = 0
    budget: Budget = field(default_factory=Budget)

    def __post_init__(self) -> None:
        for name in ("concurrency", "max_attempts"):
            if getattr(self, name) < 1:
                raise ValueError(f"Limits.{name} must be at least 1, not {getattr(self, name)}")
        for name in ("requests_per_minute", "tokens_per_minute"):
            rate = getattr(self, name)
            if rate is not None and rate <= 0:
                raise ValueError(f"Limits.{name} must be above 0, or None for no limit, not {rate}")


def backoff_seconds(limits: Limits, attempt: int, retry_after: float | None, rng: random.Random) -> float:
    """Seconds to wait after the failed attempt number `attempt` (from 1).

    Exponential with jitter in [0.5, 1) of the step, so that failures that came together do not return
    together; never less than the endpoint asked for.
    """
    step = min(limits.max_backoff, limits.backoff * 2.0 ** (attempt - 1))
    return max(step * rng.uniform(0.5, 1.0), retry_after or 0.0)


class TokenBucket:
    """Lets `per_minute` units a minute through, in bursts of up to one second's worth (at least one unit).

    A unit is taken at once and may leave the bucket in debt; the taker is told how long to wait. Takers are
    thus served in their order, and none larger than the bucket waits for ever.
    """

    def __init__(self, per_minute: float, now: float) -> None:
        self._rate = per_minute / 60.0
        self._burst = max(1.0, self._rate)
        self._level = self._burst
        self._at = now

    def take(self, amount: float, now: float) -> float:
        """Takes `amount` (negative gives back); seconds until the bucket is out of debt."""
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        self._level -= amount
        return max(0.0, -self._level / self._rate)


class Gate:
    """Where calls to one endpoint wait: for its rates, and while it has asked us to stay away."""

    def __init__(self, limits: Limits) -> None:
        now = time.monotonic()
        rpm, tpm = limits.requests_per_minute, limits.tokens_per_minute
        self._requests = TokenBucket(rpm, now) if rpm else None
        self._tokens = TokenBucket(tpm, now) if tpm else None
        self._closed_until = 0.0

    async def admit(self, tokens: int) -> None:
        """Returns when a call of about `tokens` tokens may be sent."""
        now = time.monotonic()
        if self._requests is None and self._tokens is None and now >= self._closed_until:
            return
        waits = [self._closed_until - now]
        if self._requests is not None:
            waits.append(self._requests.take(1, now))
        if self._tokens is not None:
            waits.append(self._tokens.take(tokens, now))
        if (wait := max(waits)) > 0:
            await asyncio.sleep(wait)
        while (wait := self._closed_until - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    def correct(self, tokens: int) -> None:
        """Takes `tokens` more (or gives them back) once the real number is known."""
        if self._tokens is not None:
            self._tokens.take(tokens, time.monotonic())

    def close_for(self, seconds: float) -> None:
        """Lets nothing through for so long: the endpoint sent `Retry-After`."""
        self._closed_until = max(self._closed_until, time.monotonic() + seconds)
