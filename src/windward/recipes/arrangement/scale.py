"""Embedding by Ray Data: the chunks that one process would encode, encoded by many.

A chunk is 2,048 rows of all shards, one after the other, less those that came before; it does not end where a shard ends. Every process
reads its chunks out of the shards and encodes them as one process would, with as many threads, so the vectors are the same to the
last bit on machines of one kind. What is chosen by them is chosen in one process, which reads them block by block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.arrangement.embedding import Spread
from windward.models.sentence_model import sentence_encoder
from windward.recipes.arrangement.texts import Rows
from windward.recipes.ray_start import ray_data


def on_ray(path: Path, encoder: str, workers: int) -> Spread:
    """What `embed` takes as `spread`, for the texts of rows.

    Args:
        path: of the rows; a cluster's machines must see it under the same path.
        encoder: of the texts, a path likewise.
        workers: processes, fewer where Ray has no room for so many. Each holds the encoder, on a GPU of its own where this process has
            one, and else takes as many cores as torch has threads here (`OMP_NUM_THREADS`).

    Raises:
        RecipeError: Ray is not installed; raised before any text is read.
    """
    data = ray_data("leave --ray out")
    encoder = str(Path(encoder).absolute()) if Path(encoder).exists() else encoder

    def spread(chunks: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.float32]]:
        import ray
        import torch

        rows = [{"number": number, "places": places.tobytes()} for number, places in enumerate(chunks)]
        if not rows:
            return
        threads = torch.get_num_threads()
        kind, each = ("GPU", 1) if torch.cuda.is_available() else ("CPU", threads)
        fitting = max(1, int(ray.cluster_resources().get(kind, 0) // each))
        encoded = data.from_items(rows, override_num_blocks=len(rows)).map(
            _Encoding,
            fn_constructor_args=(path.absolute(), encoder, threads),
            compute=data.ActorPoolStrategy(size=min(workers, fitting, len(rows))),
            **{f"num_{kind.lower()}s": each},
        )
        yield from _in_order(encoded.iter_rows())

    return spread


class _Encoding:
    """The encoder in a process, and what it does with a chunk."""

    def __init__(self, path: Path, encoder: str, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self._texts = Rows(path).texts()
        self._encoder = sentence_encoder(encoder)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        places = np.frombuffer(row["places"], dtype=np.int64)
        span = list(islice(self._texts.starting(int(places[0])), int(places[-1] - places[0]) + 1))
        vectors = self._encoder.encode([span[place] for place in places - places[0]])
        return {"number": row["number"], "rows": len(vectors), "vectors": vectors.tobytes()}


def _in_order(rows: Iterable[dict[str, Any]]) -> Iterator[NDArray[np.float32]]:
    """The vectors of chunk 0, 1, …; a chunk that is ready before its turn waits."""
    ready: dict[int, NDArray[np.float32]] = {}
    following = 0
    for row in rows:
        ready[row["number"]] = np.frombuffer(row["vectors"], dtype=np.float32).reshape(row["rows"], -1)
        while following in ready:
            yield ready.pop(following)
            following += 1
