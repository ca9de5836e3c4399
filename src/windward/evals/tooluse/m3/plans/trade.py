"""Trade: offers read from the numbers of an instruction, each valued by four calls, then compared as it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from windward.evals.tooluse.m3.plans.steps import Steps, use


class Offer(NamedTuple):
    """What is traded: an amount in galactic credits as an expression, a conversion rate, a tariff in percent."""

    amount: str
    rate: float
    tariff: float


Read = Callable[..., list[Offer]]
"""Makes offers of the numbers in an instruction, in the order in which they stand there."""

_READ: Mapping[str, Read] = {
    "exchanging 100 units": lambda units, price, rate, tariff: [Offer(f"{units} * {price}", rate, tariff)],
    "exporting": lambda units, price, rate, tariff: [Offer(f"{units} * {price}", rate, tariff)],
    "multiple trade routes": lambda cargo, *routes: [
        Offer(f"{cargo}", rate, tariff) for _, rate, tariff in _threes(routes)
    ],
    "different currency markets": lambda units, a, b, c, price, tariff: [
        Offer(f"{units} * {price}", rate, tariff) for rate in (a, b, c)
    ],
    "offering a bulk discount": lambda least, price, _, off, rate, tariff, units: [
        Offer(
            f"{units} * {price} * (1 - {off} / 100)" if units >= least else f"{units} * {price}", rate, tariff
        )
    ],
    "profit margins": lambda p, r, t, u, p2, r2, t2, u2: [
        Offer(f"{u} * {p}", r, t),
        Offer(f"{u2} * {p2}", r2, t2),
    ],
    "how fluctuating conversion rates": lambda price, tariff, *rest: [
        Offer(f"{units} * {price}", rate, tariff) for units, rate in zip(rest[:3], rest[3:], strict=True)
    ],
    "three different commodities": lambda *numbers: [
        Offer(f"{units} * {price}", rate, tariff) for _, units, price, rate, tariff in _fives(numbers)
    ],
    "seasonal price fluctuations": lambda a, b, c, units, rate, tariff: [
        Offer(f"{units} * {price}", rate, tariff) for price in (a, b, c)
    ],
    "multiple trade offers": lambda *numbers: [
        Offer(f"{units} * {price}", rate, tariff) for _, units, price, rate, tariff in _fives(numbers[:10])
    ],
    "dynamic pricing": lambda price, up, down, high, normal, low, rate, tariff: [
        Offer(f"{high} * {price} * (1 + {up} / 100)", rate, tariff),
        Offer(f"{normal} * {price}", rate, tariff),
        Offer(f"{low} * {price} * (1 - {down} / 100)", rate, tariff),
    ],
    "trade-off between": lambda _, u, t, __, u2, t2, price, rate: [
        Offer(f"{u} * {price}", rate, t),
        Offer(f"{u2} * {price}", rate, t2),
    ],
    "bulk purchase discounts": lambda off, least, a, b, few, many, rate, tariff: [
        Offer(
            f"{units} * {price} * (1 - {off} / 100)" if units >= least else f"{units} * {price}", rate, tariff
        )
        for price in (a, b)
        for units in (few, many)
    ],
    "currency fluctuations": lambda units, price, a, b, c, tariff: [
        Offer(f"{units} * {price}", rate, tariff) for rate in (a, b, c)
    ],
    "variable tariff rates": lambda price, u, t, u2, t2, u3, t3, rate: [
        Offer(f"{units} * {price}", rate, tariff) for units, tariff in ((u, t), (u2, t2), (u3, t3))
    ],
    "long-term versus short-term": lambda units, price, rate, tariff, up, more, less: [
        Offer(f"{units} * {price}", rate, tariff),
        Offer(f"{units} * {price} * (1 + {up} / 100)", round(rate - less, 6), tariff + more),
    ],
}
"""By words that only this instruction has."""

_LARGEST = re.compile(r"most profitable|more profitable|maximum final|highest value")
_LEAST = re.compile(r"least final|minimum final")


def trade(instruction: str) -> Steps:
    """A tariff of `units` is taken as percent, as the published answer takes it."""
    question = instruction.split("Example:")[0]
    numbers = [_number(text) for text in re.findall(r"\d+(?:\.\d+)?", question)]
    if question.startswith("Estimate the final trade value for a price"):
        price, tariff = numbers
        return (
            yield from use("estimate_final_value", price, (yield from use("calculate_tariff", price, tariff)))
        )
    values = []
    for offer in _offers(question, numbers):
        amount = yield from use("calculator", offer.amount)
        local = yield from use("convert_currency", amount, offer.rate)
        due = yield from use("calculate_tariff", local, offer.tariff)
        values.append((yield from use("estimate_final_value", local, due)))
    if "list" in question:
        return values
    if "subtracting" in question:
        return (yield from use("calculator", f"{values[0]} - {values[1]}"))
    if _LEAST.search(question):
        return (yield from use("find_minimum", *values))
    if _LARGEST.search(question):
        return (yield from use("find_maximum", *values))
    (value,) = values
    return value


def _offers(question: str, numbers: list[float]) -> list[Offer]:
    for words, read in _READ.items():
        if words in question:
            return read(*numbers)
    raise ValueError(f"no plan fits the instruction: {question[:200]!r}")


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _threes(numbers: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [numbers[at : at + 3] for at in range(0, len(numbers), 3)]


def _fives(numbers: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [numbers[at : at + 5] for at in range(0, len(numbers), 5)]
