"""Pairs of several sources in one file, and pairs in parts that share no prompt.

UltraRM is trained on UltraFeedback and an equally large sample of other preference data (helpful dialogues, SHP,
summaries), with margins that are normalised for each source on its own. Which rows are drawn, and where they stand, is
decided by a hash of each row, so the order in which rows come makes no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TypeVar

from windward.feedback.pairs import FeedbackPair
from windward.feedback.records import Record

Row = TypeVar("Row", FeedbackPair, Record)


def mix(
    sources: Mapping[str, Sequence[FeedbackPair]],
    *,
    extra_ratio: float = 1.0,
    seed: int = 0,
    widest: Mapping[str, float] | None = None,
) -> list[FeedbackPair]:
    """All pairs of the first source, and a sample of the others beside them, in a seeded order.

    The sample has `extra_ratio` times as many pairs as the first source. The other sources share it equally; what one is
    too small for, the larger ones take over.

    Args:
        sources: pairs by source; the first is taken whole.
        extra_ratio: pairs of the others for each pair of the first, at least 0.
        seed: of the sample and the order.
        widest: by source, the widest gap that its scale allows, in units of its margins. Where none is given, margins
            are divided by the largest one among them if that exceeds 1, and left as they are otherwise.

    Returns:
        Pairs with margins in (0, 1]; 0 where only an order is known. `source` stays where a pair names one, and is
        the key of `sources` otherwise.

    Raises:
        ValueError: there is no source, the ratio is no ratio, the others have too few pairs, or a margin is wider than the
            scale that is said to hold it.
    """
    placed = {name: _placed(name, pairs, seed) for name, pairs in sources.items()}
    shares = shares_of({name: len(pairs) for name, pairs in placed.items()}, extra_ratio)
    taken = []
    for name, pairs in placed.items():
        scale = scale_of(name, max((pair.margin for _, pair in pairs), default=0.0), (widest or {}).get(name))
        taken += [(place, fitted(pair, name, scale)) for place, pair in pairs[: shares[name]]]
    return [pair for _, pair in sorted(taken, key=lambda one: one[0])]


def split_by_prompt(
    rows: Iterable[Row], fractions: Mapping[str, float], seed: int = 0
) -> dict[str, list[Row]]:
    """Rows in parts that share no prompt, by `part_of` each row's prompt; parts keep the order of the rows.

    Args:
        rows: pairs or records.
        fractions: of prompts, by name of the part; they add up to 1.
        seed: another seed is another split.

    Raises:
        ValueError: as `part_of`.
    """
    parts: dict[str, list[Row]] = {name: [] for name in fractions}
    for row in rows:
        parts[part_of(prompt_text(row), fractions, seed)].append(row)
    return parts


def part_of(prompt: str, fractions: Mapping[str, float], seed: int = 0) -> str:
    """The part that a prompt belongs to, by a hash of its words: case, punctuation and layout make no difference.

    A split of n prompts has each fraction of them only about, as n draws do; in exchange a prompt stays in its part
    whatever else is there, so files that are split apart may be joined later.

    Raises:
        ValueError: fractions are below 0 or do not add up to 1.
    """
    if any(share < 0 for share in fractions.values()) or abs(sum(fractions.values()) - 1) > 1e-9:
        raise ValueError(f"fractions must be at least 0 and add up to 1, found {dict(fractions)}")
    from windward.rows.contamination import normalised  # here, because the rows' room loads pyarrow

    said = normalised(prompt) or prompt.strip()
    place = int.from_bytes(_digest(f"split/{seed}", said)[:8]) / 2**64
    reached = 0.0
    for name, share in fractions.items():
        reached += share
        if place < reached:
            return name
    return [name for name, share in fractions.items() if share > 0][-1]  # rounding


def prompt_text(row: FeedbackPair | Record) -> str:
    """What a pair or record asks, as one text."""
    if isinstance(row, Record):
        return row.instruction
    return "\n".join(message["content"] for message in row.prompt)


def place_of(name: str, pair: FeedbackPair, seed: int) -> bytes:
    """Where a pair of a source stands in a mix, and how soon it is drawn: 16 bytes, the lowest first."""
    return _digest(f"mix/{seed}/{name}", json.dumps(vars(pair), sort_keys=True))


def shares_of(there: Mapping[str, int], extra_ratio: float) -> dict[str, int]:
    """How many pairs each source gives: the first all of its own, the others equal shares as far as each goes.

    Args:
        there: pairs that each source has; the first is the one that stays whole.
        extra_ratio: pairs of the others for each pair of the first.

    Raises:
        ValueError: there is no source, the ratio is below 0, or the others have too few pairs.
    """
    if not there or extra_ratio < 0:
        raise ValueError(
            f"a mix needs a first source and a ratio of at least 0, found {extra_ratio=}, {len(there)=}"
        )
    first, *others = there
    wanted = round(extra_ratio * there[first]) if others else 0
    if wanted > (most := sum(there[name] for name in others)):
        raise ValueError(
            f"{there[first]} pairs of {first} and a ratio of {extra_ratio:g} ask for {wanted} other pairs, and there are "
            f"{most}: lower the ratio to {most / there[first]:.3f}, or give more pairs"
        )
    taken = dict.fromkeys(others, 0)
    while (left := wanted - sum(taken.values())) > 0:
        unused = [name for name in others if taken[name] < there[name]]
        each, more = divmod(left, len(unused))
        for number, name in enumerate(unused):
            taken[name] += min(each + (number < more), there[name] - taken[name])
    return {first: there[first], **taken}


def scale_of(name: str, largest: float, widest: float | None) -> float:
    """What the margins of a source are divided by.

    Args:
        name: of the source.
        largest: of its margins.
        widest: the widest gap that its scale allows; None where nobody said.

    Raises:
        ValueError: a margin is wider than its scale.
    """
    if widest is None:
        return max(largest, 1.0)
    if widest <= 0 or largest > widest * (1 + 1e-9):
        raise ValueError(
            f"{name}: a margin of {largest:g} does not fit a scale whose widest gap is {widest:g}"
        )
    return widest


def fitted(pair: FeedbackPair, name: str, scale: float) -> FeedbackPair:
    """A pair of a source as it stands in a mix: its margin in [0, 1], and its source named."""
    return replace(pair, margin=min(pair.margin / scale, 1.0), source=pair.source or name)


def _placed(name: str, pairs: Sequence[FeedbackPair], seed: int) -> list[tuple[bytes, FeedbackPair]]:
    return sorted(((place_of(name, pair, seed), pair) for pair in pairs), key=lambda one: one[0])


def _digest(kind: str, text: str) -> bytes:
    return blake2b(f"{kind}\x1f{text}".encode("utf-8", "replace"), digest_size=16).digest()
