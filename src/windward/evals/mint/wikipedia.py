r"""The Wikipedia search that MINT's reasoning tasks may call: over any function, an offline index, or refused.

```json
{"query": "Ed Wood", "response": "Page: Ed Wood\nSummary: …"}
```
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from windward.evals.data import DataError

Search = Callable[[str], str]

NEAR = 0.5
"""Share of tokens (Jaccard) that a recorded query must have in common with one that is asked for."""
REFUSED = "Wikipedia cannot be searched in this run. Go on without it."
NOTHING_NEAR = (
    "The offline index holds nothing near {query!r}. Try the plain name of one page, or go on without it."
)

_TOKEN = re.compile(r"\w+")


class OfflineIndex:
    """Recorded searches: a query is answered as it was, or as the nearest one was.

    Args:
        pairs: queries and responses; of two equal queries the first counts.
        near: the least share of tokens in common.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], *, near: float = NEAR) -> None:
        self._near = near
        self._exact: dict[str, str] = {}
        self._normal: dict[str, str] = {}
        self._tokens: list[tuple[frozenset[str], str]] = []
        self._holding: dict[str, list[int]] = {}
        for query, response in pairs:
            if query not in self._exact:
                self._add(query, response)

    def __call__(self, query: str) -> str:
        """The response: of the same query, the same but for case and punctuation, or the nearest; else a refusal."""
        found = self._exact.get(query)
        if found is None:
            found = self._normal.get(_normal(query))
        if found is None:
            found = self._nearest(query)
        return found if found is not None else NOTHING_NEAR.format(query=query)

    def _add(self, query: str, response: str) -> None:
        self._exact[query] = response
        normal = _normal(query)
        if normal and normal not in self._normal:
            self._normal[normal] = response
            tokens = frozenset(normal.split())
            for token in tokens:
                self._holding.setdefault(token, []).append(len(self._tokens))
            self._tokens.append((tokens, response))

    def _nearest(self, query: str) -> str | None:
        asked = frozenset(_normal(query).split())
        common = Counter(at for token in asked for at in self._holding.get(token, ()))
        scores = [(count / len(asked | self._tokens[at][0]), -at) for at, count in common.items()]
        score, at = max(scores, default=(0.0, 0))
        return self._tokens[-at][1] if score >= self._near else None


def read_index(path: str | Path, *, near: float = NEAR) -> OfflineIndex:
    """An index from a file with one JSON object (`query`, `response`) a line.

    Raises:
        DataError: there is no such file, or a line is malformed; the message names it.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError(f"{file} is not there: name a file of recorded searches (JSONL of query, response)")
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            pairs.append((str(row["query"]), str(row["response"])))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{file}, line {number}: no recorded search ({error!r})") from error
    return OfflineIndex(pairs, near=near)


def wikipedia_tool(search: Search | None = None) -> Search:
    """The tool as policies call it, over `search`; it refuses clearly where there is none."""

    def wikipedia_search(query: str) -> str:
        """Looks a topic up in Wikipedia; gives titles and summaries of the pages found.

        Ask for one name or subject at a time, such as "Marie Curie".
        """
        return search(query) if search is not None else REFUSED

    return wikipedia_search


def _normal(query: str) -> str:
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", query).casefold()))
