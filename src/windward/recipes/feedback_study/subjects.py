"""What the study's instructions are about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """What an answer is to be about.

    Attributes:
        name: as it stands in an instruction.
        words: one of them occurs in an answer that is about it.
        word: a word that fits it and that no answer needs.
    """

    name: str
    words: tuple[str, ...]
    word: str


TASKS = (
    "Tell me something about {}.",
    "Describe {} to a child.",
    "Why do people care about {}?",
    "Write a short note about {}.",
)

SUBJECTS = (
    Subject("bread", ("bread", "dough", "loaf", "flour"), "warm"),
    Subject("bicycles", ("bicycle", "bicycles", "bike", "bikes", "cycling"), "bell"),
    Subject("the moon", ("moon", "lunar"), "silver"),
    Subject("rivers", ("river", "rivers"), "bridge"),
    Subject("chess", ("chess",), "patience"),
    Subject("winter", ("winter", "snow", "cold"), "candle"),
    Subject("libraries", ("library", "libraries", "books"), "silence"),
    Subject("tea", ("tea", "teas"), "kettle"),
    Subject("bees", ("bee", "bees", "honey"), "garden"),
    Subject("trains", ("train", "trains", "railway"), "window"),
    Subject("gardening", ("garden", "gardens", "gardening", "plants"), "rain"),
    Subject("dogs", ("dog", "dogs"), "leash"),
    Subject("the sea", ("sea", "ocean"), "harbour"),
    Subject("music", ("music", "song", "songs", "musical"), "drum"),
    Subject("sleep", ("sleep", "sleeping"), "pillow"),
    Subject("soup", ("soup", "soups", "broth"), "spoon"),
    Subject("mountains", ("mountain", "mountains"), "rope"),
    Subject("clocks", ("clock", "clocks"), "tower"),
    Subject("friendship", ("friend", "friends", "friendship"), "letter"),
    Subject("paper", ("paper",), "ink"),
    Subject("apples", ("apple", "apples"), "orchard"),
    Subject("walking", ("walk", "walking", "walks"), "shoes"),
    Subject("the desert", ("desert", "deserts"), "shade"),
    Subject("cats", ("cat", "cats"), "sofa"),
)
