"""Which documents fit a query best: Okapi BM25 (Robertson and Zaragoza 2009, section 3)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

_K1, _B, _FLOOR = 1.5, 0.75, 0.25


def best_documents(query: Sequence[str], documents: Sequence[Sequence[str]], at_most: int) -> list[int]:
    r"""Places of the documents that score above nothing, best first; of equal ones the earlier first.

    score(d) = \sum_w idf(w) tf(w, d) (k1 + 1) / (tf(w, d) + k1 (1 - b + b |d| / mean |d|)), with k1 = 1.5 and
    b = 0.75. idf(w) = log((N - n + 0.5) / (n + 0.5)); a word in more than half of the documents, whose idf is
    negative, gets a quarter of the mean idf of all words instead.

    Args:
        query: words, written as in the documents.
        documents: words of each.
        at_most: how many places are given.
    """
    counts = [Counter(document) for document in documents]
    containing = Counter(word for count in counts for word in count)
    idf = {word: math.log((len(counts) - n + 0.5) / (n + 0.5)) for word, n in containing.items()}
    floor = _FLOOR * sum(idf.values()) / max(len(idf), 1)
    mean_length = sum(map(len, documents)) / max(len(documents), 1)

    def score(at: int) -> float:
        length = 1 - _B + _B * len(documents[at]) / mean_length
        total = 0.0
        for word in query:
            if times := counts[at][word]:
                weight = idf[word] if idf[word] >= 0 else floor
                total += weight * times * (_K1 + 1) / (times + _K1 * length)
        return total

    scores = {at: score(at) for at in range(len(documents))}
    return [at for at in sorted(scores, key=lambda at: -scores[at]) if scores[at] > 0][:at_most]
