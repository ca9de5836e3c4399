"""Toolsets: cosines, sampling and retrieval, beside the released way of computing a cosine.

python benchmarks/toolsets_similarity.py [--tools 100000] [--times 20] [--without-released]

The released way multiplies 400 × 1,500 × 1,024 numbers and holds them all before it sums them (torch's cosine similarity over two new
axes). Both run in this process, ours first, each once; peak memory is what the process's peak grew by. Then the min–max plan of
the paper (200 + 3 × 100 of 1,744), and retrieval over 100,000 tools in four views of 384 numbers: one query with a docstring and three
names at a time, and 64 together. CPU time of the process (threads together) and wall time; set OMP_NUM_THREADS=1 for one core.
"""

from __future__ import annotations

import argparse
import resource
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from windward.toolsets import Library, Query, retrieve_all, sample
from windward.toolsets.similarity import cosines
from windward.toolsets.views import VIEWS

WIDTH = 384
FALLS = (1.2, 1.0, 0.0)
"""Exponents of the variances. With all-MiniLM-L6-v2 the first 96 directions hold 88 % of them on algebra questions of MATH (as 1.2 does), and
81 % on a mixture of MATH, SVAMP, ASDiv, TheoremQA and MBPP (as 1.05 does); at 0 no direction holds more than another."""
TOGETHER = 64


def released_way(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every product of two numbers is held before any is summed."""
    import torch

    return torch.nn.functional.cosine_similarity(
        torch.from_numpy(left)[:, None], torch.from_numpy(right)[None], dim=-1
    ).numpy()


def measured(work: Callable[[], object]) -> tuple[object, float, float, float]:
    """What the work returns, its CPU and wall seconds, and the MB by which the process's peak grew."""
    peak, cpu, wall = memory(), time.process_time(), time.perf_counter()
    found = work()
    return found, time.process_time() - cpu, time.perf_counter() - wall, memory() - peak


def memory() -> float:
    """The peak of the process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drawn(seed: int, *shape: int) -> NDArray[np.float32]:
    """Normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def compare_cosines() -> None:
    """400 × 1,500 × 1,024, ours and the released way."""
    import torch  # loaded before anything is measured

    torch.set_num_threads(1)
    left, right = drawn(0, 400, 1_024), drawn(1, 1_500, 1_024)
    cosines(left[:2], right[:2])
    ours, cpu, wall, grown = measured(lambda: cosines(left, right))
    theirs, their_cpu, their_wall, their_grown = measured(lambda: released_way(left, right))
    off = float(np.abs(np.asarray(ours) - np.asarray(theirs)).max())
    print("400 × 1,500 × 1,024 cosines")
    tracemalloc.start()
    cosines(left, right)
    allocated = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(
        f"  ours:         {cpu:.3f} s CPU, {wall:.3f} s wall, peak + {grown:.0f} MB ({allocated:.0f} MB allocated at once)"
    )
    print(f"  released way: {their_cpu:.3f} s CPU, {their_wall:.3f} s wall, peak + {their_grown:,.0f} MB")
    print(f"  ratio {their_cpu / cpu:.0f} in CPU time; largest difference {off:.1e}")


def plan_once() -> None:
    """The paper's plan from vectors."""
    vectors = drawn(2, 1_744, WIDTH)
    _, cpu, wall, grown = measured(lambda: sample([str(at) for at in range(1_744)], vectors))
    print(
        f"min–max plan, 200 + 3 × 100 of 1,744 × {WIDTH}: {cpu:.3f} s CPU, {wall:.3f} s wall, peak + {grown:.0f} MB"
    )


def look(tools: int, times: int, fall: float) -> None:
    """One query at a time, and many together."""
    ids = [str(at) for at in range(tools)]
    spread = np.arange(1, WIDTH + 1, dtype=np.float32) ** (-fall / 2)
    library = Library.of_vectors(
        ids, {view: drawn(at, tools, WIDTH) * spread for at, view in enumerate(VIEWS)}
    )
    places = np.random.default_rng(9).integers(0, tools, (TOGETHER, 5))
    queries = [
        Query(
            noisy(library.vectors["problem"][[problem]], spread)[0],
            noisy(library.vectors["name"][names], spread),
            noisy(library.vectors["explanation"][[doc]], spread)[0],
        )
        for problem, doc, *names in places.tolist()
    ]
    _, made, _, _ = measured(lambda: retrieve_all(library, queries[:1]))  # the first builds the screens
    runs = [measured(lambda one=one: retrieve_all(library, [one])) for one in queries[:times]]  # type: ignore[misc]
    cpu, wall = sorted(run[1] for run in runs), sorted(run[2] for run in runs)
    print(
        f"retrieval over {tools:,} tools, {WIDTH} numbers a view, variances falling as i^-{fall:g}; screens made in {made:.1f} s CPU"
    )
    print(
        f"  one at a time: CPU {1e3 * cpu[0]:.1f} ms best, {1e3 * cpu[len(cpu) // 2]:.1f} median of {len(cpu)}; "
        f"wall {1e3 * wall[0]:.1f} best, {1e3 * wall[len(wall) // 2]:.1f} median"
    )
    found, cpu_all, wall_all, _ = min(
        (measured(lambda: retrieve_all(library, queries)) for _ in range(3)), key=_cpu
    )
    same = found == [retrieve_all(library, [one])[0] for one in queries]
    print(
        f"  {TOGETHER} together: {1e3 * cpu_all / TOGETHER:.1f} ms CPU a query, {1e3 * wall_all / TOGETHER:.1f} wall; "
        f"the same tools: {same}"
    )


def noisy(vectors: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors at a cosine of about 0.7 to these."""
    noise = drawn(3, *vectors.shape) * spread
    return np.asarray(vectors + noise / np.linalg.norm(noise, axis=-1, keepdims=True), dtype=np.float32)


def _cpu(run: tuple[object, float, float, float]) -> float:
    return run[1]


def main() -> None:
    """Runs all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--without-released", action="store_true", help="leave out what needs 7 GB")
    options = parser.parse_args()
    if not options.without_released:
        compare_cosines()
    plan_once()
    for fall in FALLS:
        look(options.tools, options.times, fall)


if __name__ == "__main__":
    main()
