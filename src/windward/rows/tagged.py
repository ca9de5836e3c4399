"""Words with their tags: what recognises named entities learns from and is tested on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tagged:
    """One sentence.

    Attributes:
        id: unique in its set.
        words: as the set splits them.
        tags: one a word, as BIO: `O`, `B-person`, `I-person`.
    """

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != len(self.tags):
            raise ValueError(
                f"sentence {self.id}: {len(self.words)} words with {len(self.tags)} tags; each word has one"
            )
