"""Vectors that come in pieces, as one file that is read without being held: Parquet shards, or any series of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BATCH = 4096


def stored(
    pieces: Iterable[ArrayLike], path: str | Path
) -> np.memmap[tuple[int, int], np.dtype[np.floating]]:
    """Writes pieces [n_i, d] one after the other to a .npy file and maps it; memory for one piece.

    Args:
        pieces: vectors in the order of the rows, of one d and one precision (float16, float32 or float64).
        path: the file, ending in .npy; an older one is replaced once all is written.

    Raises:
        ValueError: there is no piece, or one does not fit the first.
    """
    path = Path(path)
    beside = path.with_suffix(".new")
    kind: np.dtype[np.generic] | None = None
    width = count = 0
    with beside.open("wb") as file:
        for number, piece in enumerate(pieces):
            array = np.ascontiguousarray(piece)
            if array.ndim != 2 or array.dtype.kind != "f":
                raise ValueError(
                    f"piece {number} is {array.dtype} {array.shape}; give float vectors as [n, d]"
                )
            if kind is None:
                kind, width = array.dtype, array.shape[1]
                _head(file, kind, 0, width)
            if (array.dtype, array.shape[1]) != (kind, width):
                raise ValueError(
                    f"piece {number} holds {array.dtype} vectors of {array.shape[1]} numbers, the first {kind} of {width}; "
                    "use one encoder and one precision for all"
                )
            file.write(array.data)
            count += len(array)
        if kind is None:
            raise ValueError("there are no pieces, so no vectors to store; check where they are read from")
        file.seek(0)
        _head(file, kind, count, width)
    beside.replace(path)
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def parquet_vectors(paths: Sequence[str | Path], column: str = "embedding") -> Iterator[NDArray[np.floating]]:
    """The vectors of Parquet shards, 4,096 rows at a time, in the order of the paths and of their rows.

    Args:
        paths: the shards.
        column: lists of floats, all of one length.

    Raises:
        ValueError: a shard has no such column, or a row holds no vector of that length.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in paths:
        with pq.ParquetFile(path) as shard:
            if column not in shard.schema_arrow.names:
                raise ValueError(
                    f"{path} has no column {column!r}, only {', '.join(shard.schema_arrow.names)}"
                )
            for batch in shard.iter_batches(_BATCH, columns=[column]):
                lists = batch.column(0)
                if not lists.null_count and pa.types.is_fixed_size_list(lists.type):
                    flat = lists.flatten()
                elif lists.null_count or len(set(lists.value_lengths().to_pylist())) > 1:
                    raise ValueError(
                        f"{path}: column {column!r} has rows without a vector, or of several lengths"
                    )
                else:
                    flat = lists.flatten()
                if flat.null_count or not pa.types.is_floating(flat.type):
                    raise ValueError(
                        f"{path}: column {column!r} must hold floats without gaps, not {flat.type}"
                    )
                yield flat.to_numpy(zero_copy_only=False).reshape(len(lists), -1)


def _head(file: BinaryIO, kind: np.dtype[np.generic], count: int, width: int) -> None:
    """The head of a .npy file. NumPy pads it so that a larger count fits the same room."""
    head = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": (count, width)}
    np.lib.format.write_array_header_1_0(file, head)
