"""A library's vectors in memory: four views of each tool, searched by plain multiplication.

One query over 100,000 tools has to read three matrices from memory, and that is what it takes its time for. Queries that come
together read them once; a query alone reads a third of each, and what that cannot rule out (`Screen`). Results are exact in any case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.toolsets.records import Tool
from windward.toolsets.similarity import blocks, id_ranks, nearest, rounding, unit
from windward.toolsets.views import VIEWS, View, Views, views

Ties = Literal["similarity", "insertion"]

_TOGETHER = 128
"""Queries multiplied at a time: 51 MB of scores at 100,000 tools."""
_FEW, _LARGE, _DIRECTIONS = 16, 10_000, 128


class Encoder(Protocol):
    """What turns texts into vectors (`windward.models.sentence_encoder`)."""

    name: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [n, d], in the order of the texts."""
        ...


@dataclass(frozen=True, eq=False)
class Library:
    """Tools by their ids, and the vectors under which they are found. Make one with `of_tools`, `of_texts` or `of_vectors`.

    Attributes:
        ids: of the tools, in the order in which they were kept.
        vectors: of each view, float32 [n, d], of length 1.
        encoder: the name of what made them; "" where unknown.
    """

    ids: tuple[str, ...]
    vectors: Mapping[View, NDArray[np.float32]]
    encoder: str = ""
    _ranks: NDArray[np.intp] = field(init=False, repr=False)
    _screens: dict[View, Screen] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for view, matrix in self.vectors.items():
            if len(matrix) != len(self.ids):
                raise ValueError(
                    f"view {view!r} holds {len(matrix)} vectors for {len(self.ids)} tools; give one a tool"
                )
        object.__setattr__(self, "_ranks", id_ranks(self.ids))

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of_vectors(cls, ids: Sequence[str], vectors: Mapping[View, ArrayLike], encoder: str = "") -> Library:
        """A library from vectors of any length and precision, one matrix [n, d] a view.

        Raises:
            ValueError: a view is unknown, a matrix does not fit, or an id comes twice.
        """
        if unknown := sorted(set(vectors) - set(VIEWS)):
            raise ValueError(f"unknown views {unknown}; there are {', '.join(VIEWS)}")
        return cls(tuple(ids), {view: unit(matrix) for view, matrix in vectors.items()}, encoder)

    @classmethod
    def of_texts(cls, texts: Mapping[str, Views], encoder: Encoder) -> Library:
        """A library from each tool's four texts, by id; a text that is empty is like no query."""
        vectors: dict[View, ArrayLike] = {}
        for view in VIEWS:
            column = [one.text(view) for one in texts.values()]
            said = np.array([[bool(text.strip())] for text in column], dtype=np.float32).reshape(-1, 1)
            vectors[view] = encoder.encode(column) * said
        return cls.of_vectors(list(texts), vectors, encoder.name)

    @classmethod
    def of_tools(cls, tools: Sequence[Tool], encoder: Encoder) -> Library:
        """A library from tools: their problems, names and docstrings.

        Raises:
            ValueError: an id comes twice.
        """
        id_ranks([tool.id for tool in tools])  # before a mapping hides it
        return cls.of_texts({tool.id: views(tool) for tool in tools}, encoder)

    @classmethod
    def load(cls, path: Path) -> Library:
        """Reads what `save` wrote; nothing in the file is ever executed.

        Raises:
            ValueError: the file is none of a library.
        """
        with np.load(path, allow_pickle=False) as arrays:
            if "about" not in arrays:
                raise ValueError(f"{path} holds no library of tools; write one with Library.save")
            about = json.loads(bytes(arrays["about"]))
            vectors: dict[View, ArrayLike] = {view: arrays[view] for view in VIEWS if view in arrays}
        return cls.of_vectors(about["ids"], vectors, about["encoder"])

    def save(self, path: Path) -> None:
        """Writes ids and vectors to one .npz file."""
        about = json.dumps({"ids": list(self.ids), "encoder": self.encoder}).encode()
        arrays: dict[str, Any] = dict(self.vectors.items())
        np.savez(path, about=np.frombuffer(about, dtype=np.uint8), **arrays)

    def search(
        self, view: View, queries: NDArray[np.float32], k: int, ties: Ties = "similarity"
    ) -> list[list[tuple[int, float]]]:
        """For each query [d] of length 1 the k tools with the largest cosine in a view: place and cosine, best first.

        Args:
            view: where to look.
            queries: [q, d].
            k: how many, at most.
            ties: `similarity`: equal cosines by id. `insertion`: as the released code's `topk` leaves them.

        Raises:
            ValueError: the library has no such view, or the queries' vectors are of another length.
        """
        if view not in self.vectors:
            raise ValueError(
                f"this library has no view {view!r}, only {', '.join(self.vectors)}; build it with its texts"
            )
        matrix = self.vectors[view]
        if queries.ndim != 2 or queries.shape[1] != matrix.shape[1]:
            raise ValueError(
                f"queries of shape {queries.shape} do not fit the library's vectors of {matrix.shape[1]} numbers "
                f"({self.encoder or 'encoder unknown'}); use the encoder that made the library"
            )
        if ties == "similarity" and len(matrix) >= _LARGE and 0 < len(queries) <= _FEW:
            if view not in self._screens:
                self._screens[view] = Screen.of(matrix)
            return self._screens[view].search(queries, matrix, k, self._ranks)
        found: list[list[tuple[int, float]]] = []
        for start, stop in blocks(len(queries), _TOGETHER):
            some = queries[start:stop]
            for query, scores in zip(some, _scores(some, matrix), strict=True):
                if ties == "insertion":
                    found.append(_as_released(scores, k))
                else:
                    found.append(nearest(query, matrix, scores, k, self._ranks))
        return found


@dataclass(frozen=True, eq=False)
class Screen:
    """The directions in which a library's vectors differ most, to rule out most tools by a third of the reading (at 384 numbers a vector).

    With h the part of a vector in these directions and r the length of the rest, q · x ≤ h(q) · h(x) + r(q) r(x) (Cauchy and Schwarz).
    A tool whose bound stays under the k-th best cosine found so far is not among the k. So the result is the one of a full pass,
    and only the time depends on the vectors: where they have no such directions, the full pass follows.

    Attributes:
        axes: orthonormal, [d, 128], or [d, d] where d is smaller.
        heads: of each vector, [n, 128].
        rests: an upper bound of each r(x), [n].
    """

    axes: NDArray[np.float32]
    heads: NDArray[np.float32]
    rests: NDArray[np.float32]

    @classmethod
    def of(cls, matrix: NDArray[np.float32]) -> Screen:
        """The screen of vectors of length 1 [n, d]; its directions are the principal ones of at most 20,000 of them."""
        some = matrix[:: 1 + len(matrix) // 20_000].astype(np.float64)
        _, vectors = np.linalg.eigh(some.T @ some)
        axes = np.ascontiguousarray(vectors[:, ::-1][:, :_DIRECTIONS], dtype=np.float32)
        heads = np.ascontiguousarray(matrix @ axes)
        return cls(axes, heads, _rest(heads, matrix.shape[1]))

    def search(
        self, queries: NDArray[np.float32], matrix: NDArray[np.float32], k: int, ranks: NDArray[np.intp]
    ) -> list[list[tuple[int, float]]]:
        """See `Library.search`."""
        heads = np.ascontiguousarray(queries @ self.axes)
        bounds = _scores(heads, self.heads) + _rest(heads, matrix.shape[1])[:, None] * self.rests
        candidates = [
            self._candidates(query, bound, matrix, k) for query, bound in zip(queries, bounds, strict=True)
        ]
        found: dict[int, list[tuple[int, float]]] = {}
        wide = [at for at, places in enumerate(candidates) if len(places) * 8 > len(matrix)]
        for at, scores in zip(wide, _scores(queries[wide], matrix), strict=True) if wide else ():
            found[at] = nearest(queries[at], matrix, scores, k, ranks)
        for at, places in enumerate(candidates):
            if at not in found:
                rows = matrix[places]
                best = nearest(queries[at], rows, rows @ queries[at], k, ranks[places])
                found[at] = [(int(places[place]), cosine) for place, cosine in best]
        return [found[at] for at in range(len(queries))]

    def _candidates(
        self, query: NDArray[np.float32], bound: NDArray[np.float32], matrix: NDArray[np.float32], k: int
    ) -> NDArray[np.intp]:
        """Places of all tools that can be among the k nearest."""
        if k < 1:
            return np.empty(0, dtype=np.intp)
        likely = min(4 * k, len(bound))
        first = np.argpartition(bound, len(bound) - likely)[len(bound) - likely :]
        least = np.partition(matrix[first] @ query, likely - k)[likely - k] if k < likely else -1.0
        return np.flatnonzero(bound >= least - 4 * rounding(matrix.shape[1]))


def _rest(heads: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """An upper bound of the length of what is not in the heads, for vectors of length 1 at most; rounding only lengthens it."""
    squares = 1.0 - np.square(heads.astype(np.float64)).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares, 0) + 4 * rounding(width)), dtype=np.float32)


def _scores(queries: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Float32 products [q, n], by what reads the matrix fewest times: numpy's takes twice as long for a few rows as torch's."""
    if len(queries) == 1:
        return np.asarray((matrix @ queries[0])[None])
    if len(queries) > _FEW or len(matrix) < _LARGE:
        return np.asarray(queries @ matrix.T)
    import torch

    few = torch.from_numpy(queries).T  # a view: in rows of its own it would take four times as long
    return np.ascontiguousarray((torch.from_numpy(matrix) @ few).numpy().T)


def _as_released(scores: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    import torch

    best = torch.from_numpy(scores).topk(min(k, len(scores)))
    return list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
