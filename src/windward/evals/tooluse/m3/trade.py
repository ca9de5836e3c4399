"""The tools of the trade calculator: price, rate and tariff."""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from collections.abc import Callable, Mapping
from typing import Any

from windward.evals.tooluse.m3.calculator import calculator, maximum, minimum


def convert_currency(base_price: int | float, conversion_rate: int | float) -> int | float:
    """Converts a price to local currency: price times rate."""
    return base_price * conversion_rate


def calculate_tariff(price: int | float, tariff_rate: int | float) -> int | float:
    """Works out the tariff on a converted price.

    Args:
        price: in local currency.
        tariff_rate: in percent: 8 for 8 %.
    """
    return price * tariff_rate / 100


def estimate_final_value(price: int | float, tariff: int | float) -> int | float:
    """Adds the tariff, an amount and no rate, to a price."""
    return price + tariff


def trade_tools() -> Mapping[str, Callable[..., Any]]:
    """The six tools, under their published names."""
    return {
        "convert_currency": convert_currency,
        "calculate_tariff": calculate_tariff,
        "estimate_final_value": estimate_final_value,
        "calculator": calculator,
        "find_minimum": minimum,
        "find_maximum": maximum,
    }
