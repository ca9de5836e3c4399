"""Tools for money: the bank, shares, hotel rooms, sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.tools.sums import value_of
from windward.evals.tooluse.apibank.world import ToolError, World, day


@dataclass(frozen=True)
class Money:
    """Bank accounts, share prices and hotel orders."""

    world: World

    def open_bank_account(self, account: str, password: str, name: str) -> str:
        """Open a bank account.

        Args:
            account: Number or name of the new account.
            password: Password of the new account.
            name: Name of its holder.

        Returns:
            success.
        """
        # Apart from the balances, which are kept by username: an account may be opened under such a name.
        opened = self.world.table("OpenedAccounts")
        if account in opened:
            raise ToolError("there is an account of that number or name")
        opened[account] = {"password": password, "name": name}
        return "success"

    def query_balance(self, token: str) -> float:
        """Look up how much money a user has in the bank.

        Args:
            token: Token of the user.

        Returns:
            The balance.
        """
        balances = self.world.table("Bank")
        username = self.world.user(token)
        if username not in balances:
            raise ToolError("the user has no money in the bank")
        balance: float = balances[username]["balance"]
        return balance

    def query_stock(self, stock_code: str, date: str) -> float:
        """Look up the price of a share on a day.

        Args:
            stock_code: Code of the share.
            date: The day, as 2023-03-16.

        Returns:
            The price.
        """
        prices = self.world.shelf("Stock").get(stock_code.upper())
        if prices is None:
            raise ToolError("there is no share of that code")
        if day(date) not in prices:
            raise ToolError("the price of that day is not known")
        price: float = prices[day(date)]
        return price

    def book_hotel(
        self,
        hotel_name: str,
        check_in_time: str,
        check_out_time: str,
        room_count: int,
        adult_count: int,
        child_count: int,
    ) -> str:
        """Order rooms in a hotel; more than two adults need two rooms.

        Args:
            hotel_name: Name of the hotel.
            check_in_time: The first day, as 2023-03-16.
            check_out_time: The last day, in the same form.
            room_count: How many rooms.
            adult_count: How many adults.
            child_count: How many children.

        Returns:
            The number of the order.
        """
        arrival, departure = day(check_in_time), day(check_out_time)
        if departure <= arrival:
            raise ToolError("the last day is not after the first")
        return self.world.add(
            "Hotel",
            {
                "hotel_name": hotel_name,
                "check_in_time": arrival,
                "check_out_time": departure,
                "room_count": room_count,
                "adult_count": adult_count,
                "child_count": child_count,
            },
        )

    def calculator(self, formula: str) -> float:
        """Work out a sum.

        Args:
            formula: Whole numbers with +, -, *, / and parentheses, such as (1 + 2) * 3.

        Returns:
            Its value.
        """
        return value_of(formula)


def money_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    of = Money(world)
    return {
        "OpenBankAccount": of.open_bank_account,
        "QueryBalance": of.query_balance,
        "QueryStock": of.query_stock,
        "BookHotel": of.book_hotel,
        "Calculator": of.calculator,
    }
