"""The tools of the travel planner, and the flights and hotels that they look up."""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from windward.evals.tooluse.m3.calculator import maximum, minimum, total

_QUOTES = "\"' "


class Travel:
    """Flights and hotels.

    Args:
        flights: `from_location`, `to_location`, `date` (YYYY-MM-DD) and `price` each.
        hotels: `location`, `preferences`, `price_per_night` and `rating` each.

    Raises:
        KeyError: a row lacks one of these.
    """

    def __init__(self, flights: Sequence[Mapping[str, Any]], hotels: Sequence[Mapping[str, Any]]) -> None:
        self._flights = [
            {
                "from_location": _bare(row["from_location"]),
                "to_location": _bare(row["to_location"]),
                "date": row["date"],
                "price": row["price"],
            }
            for row in flights
        ]
        self._hotels = [
            {
                "location": _bare(row["location"]),
                "preferences": list(row["preferences"]),
                "price_per_night": row["price_per_night"],
                "rating": row["rating"],
            }
            for row in hotels
        ]
        self.places = sorted(
            {row[end] for row in self._flights for end in ("from_location", "to_location")}
            | {row["location"] for row in self._hotels}
        )

    def find_flights(self, from_location: str, to_location: str, date: str) -> list[dict[str, Any]]:
        """Lists the flights between two places on a day.

        Each has from_location, to_location, date and price.

        Args:
            from_location: where you start.
            to_location: where you go.
            date: YYYY-MM-DD.
        """
        start, goal, day = self._place(from_location), self._place(to_location), _bare(date)
        return [
            dict(row)
            for row in self._flights
            if (row["from_location"], row["to_location"], row["date"]) == (start, goal, day)
        ]

    def book_hotel(self, location: str, *preferences: str | list[str]) -> list[dict[str, Any]]:
        """Lists the hotels of a place that offer all of what you prefer; without preferences, all of its hotels.

        Each has location, preferences, price_per_night and rating.

        Args:
            location: the place.
            preferences: any of "wifi", "gym" and "pool", one after the other.
        """
        place = self._place(location)
        wanted = {
            _bare(name) for item in preferences for name in (item if isinstance(item, list) else [item])
        }
        return [
            row | {"preferences": list(row["preferences"])}
            for row in self._hotels
            if row["location"] == place and wanted <= set(row["preferences"])
        ]

    def _place(self, name: str) -> str:
        if (bare := _bare(name)) not in self.places:
            raise ValueError(f"no place {bare[:80]!r}; there are {', '.join(self.places)}")
        return bare


def budget_calculator(
    flight_price: int | float, hotel_price_per_night: int | float, num_nights: int
) -> int | float:
    """Works out what a trip costs: the flight, and the hotel for so many nights."""
    return flight_price + hotel_price_per_night * num_nights


def travel_tools(travel: Travel) -> Mapping[str, Callable[..., Any]]:
    """The six tools, under their published names: within code, three of them hide Python's own."""
    return {
        "find_flights": travel.find_flights,
        "book_hotel": travel.book_hotel,
        "budget_calculator": budget_calculator,
        "max": maximum,
        "min": minimum,
        "sum": total,
    }


def _bare(name: str) -> str:
    return name.strip(_QUOTES)
