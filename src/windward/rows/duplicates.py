"""Groups texts that are the same, the same but for case and layout, or nearly the same.

Nearly the same are two texts whose sets of word n-grams (shingles) have a Jaccard similarity of at least a threshold. MinHash
with locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998; `datasketch`) proposes pairs, and the exact similarity
decides. A text joins the first kept text that it resembles, so no chain of small steps makes one group of unlike texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from zlib import crc32

from windward.rows.contamination import words

DuplicateKind = Literal["exact", "normalised", "near"]

_SLACK, _MISSES_WEIGH_MORE = 0.75, (0.1, 0.9)
"""LSH proposes from this share of the threshold on and errs towards proposing: with 128 permutations and a threshold of 0.8
it misses fewer than one in 10,000 of the pairs that are just at the threshold."""

_Match = tuple[int, DuplicateKind, float]


@dataclass(frozen=True)
class Duplicate:
    """A text that repeats a kept one.

    Attributes:
        place: of the text, from 0.
        kind: letter for letter, word for word (without case, punctuation and layout), or nearly.
        similarity: Jaccard similarity of the shingles with the kept text's, 0 to 1.
    """

    place: int
    kind: DuplicateKind
    similarity: float


@dataclass(frozen=True)
class DuplicateGroup:
    """A kept text and those that repeat it.

    Attributes:
        kept: place of the first of them.
        repeats: the others, in order.
    """

    kept: int
    repeats: tuple[Duplicate, ...]


def duplicate_groups(
    texts: Sequence[str],
    *,
    threshold: float = 0.8,
    shingle: int = 5,
    permutations: int = 128,
    seed: int = 0,
) -> list[DuplicateGroup]:
    """The texts in groups; every place stands in exactly one, and the first in order is the one kept.

    Args:
        texts: what is compared; put the one that should be kept first.
        threshold: least similarity of near-duplicates, above 0; at 1 only texts with equal shingles are found.
        shingle: words of a shingle; a shorter text is one shingle.
        permutations: length of a MinHash signature.
        seed: of the permutations.

    Returns:
        One group a kept text, in the order of the texts. The same arguments give the same groups.

    Raises:
        ValueError: `threshold` or `shingle` is out of range.
    """
    from datasketch import MinHashLSH

    if not 0 < threshold <= 1 or shingle < 1:
        raise ValueError(
            f"threshold must be above 0 and at most 1, shingle at least 1: {threshold=}, {shingle=}"
        )
    lsh = MinHashLSH(threshold=_SLACK * threshold, num_perm=permutations, weights=_MISSES_WEIGH_MORE)
    # What is known of a text's letters and of its words: whom it repeats, in which way, how closely.
    seen: dict[str, _Match] = {}
    seen_words: dict[tuple[str, ...], _Match] = {}
    shingles: dict[int, frozenset[str]] = {}
    repeats: dict[int, list[Duplicate]] = {}
    for place, text in enumerate(texts):
        match = seen.get(text)
        if match is None:
            found = tuple(words(text))
            match = seen_words.get(found)
            if match is None:
                own = _shingles(found, shingle)
                signature = _signature(own, permutations, seed)
                match = _nearest(own, sorted(lsh.query(signature)), shingles, threshold)
                if match is None:
                    lsh.insert(place, signature, check_duplication=False)
                    shingles[place], repeats[place] = own, []
                    seen[text], seen_words[found] = (place, "exact", 1.0), (place, "normalised", 1.0)
                    continue
                seen_words[found] = match
            seen[text] = match
        repeats[match[0]].append(Duplicate(place, match[1], match[2]))
    return [DuplicateGroup(kept, tuple(others)) for kept, others in repeats.items()]


def _nearest(
    own: frozenset[str], proposed: Iterable[int], shingles: Mapping[int, frozenset[str]], threshold: float
) -> _Match | None:
    """The first kept text that is near enough, by the exact similarity."""
    for kept in proposed:
        similarity = len(own & shingles[kept]) / len(own | shingles[kept])
        if similarity >= threshold:
            return kept, "near", similarity
    return None


def _shingles(found: Sequence[str], length: int) -> frozenset[str]:
    return frozenset(
        " ".join(found[start : start + length]) for start in range(max(1, len(found) - length + 1))
    )


def _signature(shingles: Iterable[str], permutations: int, seed: int) -> Any:
    from datasketch import MinHash

    signature = MinHash(num_perm=permutations, seed=seed + 1, hashfunc=crc32)
    signature.update_batch([one.encode("utf-8", "surrogatepass") for one in shingles])
    return signature
