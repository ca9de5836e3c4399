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


@dataclass(frozen=True)
class Spend:
    """Calls, tokens and US dollars."""

    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: Spend) -> Spend:
        return Spend(self.calls + other.calls, self.tokens + other.tokens, self.dollars + other.dollars)

    def __sub__(self, other: Spend) -> Spend:
        return Spend(self.calls - other.calls, self.tokens - other.tokens, self.dollars - other.dollars)

    def over(self, budget: Budget) -> list[str]:
        """What of `budget` this exceeds, in words."""
        pairs = (
            ("calls", self.calls, budget.calls),
            ("tokens", self.tokens, budget.tokens),
            ("dollars", self.dollars, budget.dollars),
        )
        return [f"{limit:g} {word}" for word, used, limit in pairs if limit is not None and used > limit]


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
        while exceeded := (self.spent + self.reserved + amount).over(budget):
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
        self.reserved += amount

    def settle(self, reserved: Spend, spent: Spend) -> None:
        """Replaces a reservation by what the call really used, and lets those that wait try again."""
        self.reserved -= reserved
        self.spent += spent
        waiting, self._waiting = self._waiting, deque()
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)
