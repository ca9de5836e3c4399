"""What a model may do in a household: each tool is one command of the game, in the words of the recorded runs."""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from collections.abc import Callable, Mapping


def household_tools(step: Callable[[str], str]) -> Mapping[str, Callable[..., str]]:
    """The eleven tools of MINT's household, under their recorded names.

    Args:
        step: gives the game a command and returns what is then observed.
    """

    def put(object: str, receptacle: str) -> str:
        """Puts down what you carry.

        Example: `put("plate 2", "cabinet 4")`.
        """
        return step(f"put {object} in/on {receptacle}")

    def goto(receptacle: str) -> str:
        """Walks to a place and tells what is there.

        Example: `goto("sofa 1")`.
        """
        return step(f"go to {receptacle}")

    def take_from(object: str, receptacle: str) -> str:
        """Picks something up where you stand.

        Example: `take_from("plate 2", "cabinet 4")`.
        """
        return step(f"take {object} from {receptacle}")

    def open_receptacle(receptacle: str) -> str:
        """Opens a closed place and tells what is inside.

        Example: `open_receptacle("drawer 3")`.
        """
        return step(f"open {receptacle}")

    def toggle(object_or_receptacle: str) -> str:
        """Flips the state of a thing or a place.

        Example: `toggle("television 1")`.
        """
        return step(f"toggle {object_or_receptacle}")

    def close_receptacle(receptacle: str) -> str:
        """Closes an open place.

        Example: `close_receptacle("drawer 3")`.
        """
        return step(f"close {receptacle}")

    def clean(object: str, receptacle: str) -> str:
        """Washes what you carry at a place with water.

        Example: `clean("fork 1", "sinkbasin 2")`.
        """
        return step(f"clean {object} with {receptacle}")

    def heat(object: str, receptacle: str) -> str:
        """Warms what you carry with an appliance.

        Example: `heat("potato 1", "microwave 1")`.
        """
        return step(f"heat {object} with {receptacle}")

    def cool(object: str, receptacle: str) -> str:
        """Chills what you carry with an appliance.

        Example: `cool("tomato 2", "fridge 1")`.
        """
        return step(f"cool {object} with {receptacle}")

    def use(receptacle: str) -> str:
        """Switches something on or off where you stand, as a lamp.

        Example: `use("floorlamp 1")`.
        """
        return step(f"use {receptacle}")

    def look() -> str:
        """Tells where you are and what is next to you.

        Example: `look()`.
        """
        return step("look")

    tools = (put, goto, take_from, open_receptacle, toggle, close_receptacle, clean, heat, cool, use, look)
    return {tool.__name__: tool for tool in tools}
