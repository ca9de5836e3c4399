"""Budgets: what a call may use is reserved before it is sent and settled when its reply is stored."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from windward.journal.errors import BudgetError


@dataclass(frozen=True)
class Budget:
    """What a run may use in all, what earlier processes of the same run used included.

    Attributes:
        calls: requests sent, failed ones included.
        tokens: prompt and completion tokens.
        dollars: money in US dollars, for models that have a price.
    """

    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None


_NO_BUDGET = Budget()


@dataclass(slots=True)
class Spend:
    """Calls, tokens and US dollars; changed in place, because it is added to several times a call."""

    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def add(self, other: Spend) -> None:
        """Adds `other`."""
        self.calls += other.calls
        self.tokens += other.tokens
        self.dollars += other.dollars

    def subtract(self, other: Spend) -> None:
        """Takes `other` away."""
        self.calls -= other.calls
        self.tokens -= other.tokens
        self.dollars -= other.dollars


class Ledger:
    """What a run has spent, and what its calls in flight may yet spend."""

    def __init__(self, spent: Spend) -> None:
        self.spent = spent
        self.reserved = Spend()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def reserve(self, amount: Spend, budget: Budget) -> None:
        """Sets `amount` aside, waiting for calls in flight to settle where only their reservations are in the way.

        Raises:
            BudgetError: it does not fit, and nothing is in flight that could settle for less.
        """
        while exceeded := self._over(amount, budget):
            if self.reserved.calls == 0:
                raise BudgetError(
                    f"the budget of {' and '.join(exceeded)} is used up: spent {self.spent.calls} calls, "
                    f"{self.spent.tokens} tokens, ${self.spent.dollars:.4f}, and the next call may take "
                    f"{amount.tokens} tokens, ${amount.dollars:.4f}. Every reply is stored: run again with a "
                    "higher budget to go on."
                )
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self.reserved.add(amount)

    def settle(self, reserved: Spend, spent: Spend) -> None:
        """Replaces a reservation by what the call really used, and lets those that wait try again."""
        self.reserved.subtract(reserved)
        self.spent.add(spent)
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, deque()
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def _over(self, amount: Spend, budget: Budget) -> list[str]:
        """What of `budget` would be exceeded by `amount` more, in words."""
        if budget == _NO_BUDGET:
            return []
        pairs = (
            ("calls", budget.calls, self.spent.calls + self.reserved.calls + amount.calls),
            ("tokens", budget.tokens, self.spent.tokens + self.reserved.tokens + amount.tokens),
            ("dollars", budget.dollars, self.spent.dollars + self.reserved.dollars + amount.dollars),
        )
        return [f"{limit:g} {word}" for word, limit, used in pairs if limit is not None and used > limit]
