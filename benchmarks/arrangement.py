"""Test-centric arrangement beside the released way and beside one bare matrix product over the same vectors.

    OMP_NUM_THREADS=1 python benchmarks/arrangement.py                 # the small cases
    OMP_NUM_THREADS=1 python benchmarks/arrangement.py large clustered  # 1.2 million rows; 1.9 GB on disk each

Each measurement is a process of its own that maps the same file: CPU seconds (user and system) of the work alone, and the peak of
resident memory of the whole process. The released way holds an N × M matrix and is left out where that takes over 4 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

WIDTH, BLOCK = 384, 1024
CASES: dict[str, tuple[str, int, int, int]] = {
    "small": ("random", 1_000, 100, 1_000),
    "ten": ("random", 10_000, 1_000, 3_000),
    "ten-all": ("random", 10_000, 1_000, 10_000),
    "mild-hub": ("hub .03", 10_000, 1_000, 3_000),
    "hub": ("hub .003", 10_000, 1_000, 3_000),
    "duplicates": ("duplicates", 10_000, 1_000, 3_000),
    "hundred": ("random", 100_000, 1_000, 30_000),
    "hundred-clusters": ("clusters", 100_000, 1_000, 30_000),
    "hundred-hub": ("hub .003", 100_000, 1_000, 30_000),
    "hundred-duplicates": ("duplicates", 100_000, 1_000, 30_000),
    "large": ("random", 1_200_000, 1_125, 30_000),
    "clustered": ("clusters", 1_200_000, 1_125, 30_000),
}
"""Kind, N, M, budget."""


def make(kind: str, n: int, m: int, folder: Path) -> None:
    """Writes train.npy [n, d] and target.npy [m, d], float32, of length 1; 8,192 rows in memory at a time."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((50, WIDTH), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)

    def some(count: int, target: bool) -> np.ndarray[Any, np.dtype[np.float32]]:
        found = rng.standard_normal((count, WIDTH), dtype=np.float32)
        if kind == "clusters":
            found = centres[rng.integers(0, len(centres), count)] + np.float32(0.03) * found
        elif kind.startswith("hub") and target:
            found = centres[:1] + np.float32(kind.split()[1]) * found
        elif kind == "duplicates" and not target:
            found = found[rng.integers(0, max(1, count // 20), count)]
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    np.save(folder / "target.npy", some(m, True))
    train = np.lib.format.open_memmap(folder / "train.npy", "w+", np.float32, (n, WIDTH))
    for start in range(0, n, 8192):
        train[start : start + 8192] = some(min(8192, n - start), False)
    train.flush()


def ours(train: np.ndarray[Any, Any], target: np.ndarray[Any, Any], budget: int) -> list[list[int]]:
    """`test_centric`."""
    from windward.arrangement import test_centric

    plan = test_centric(train, target, budget)
    return [rows.tolist() for rows in np.split(plan.order, np.cumsum(plan.turns)[:-1])]


def product(train: np.ndarray[Any, Any], target: np.ndarray[Any, Any], budget: int) -> list[list[int]]:
    """One blocked product, and nothing kept of it."""
    room = np.empty(len(target) * BLOCK, dtype=np.float32)
    for start in range(0, len(train), BLOCK):
        rows = np.asarray(train[start : start + BLOCK])
        np.matmul(target, rows.T, out=room[: len(target) * len(rows)].reshape(len(target), len(rows)))
    return []


def released(train: np.ndarray[Any, Any], target: np.ndarray[Any, Any], budget: int) -> list[list[int]]:
    """The released way of choosing, on a matrix from one product instead of its loop over rows."""
    distances = -(np.asarray(train) @ target.T)
    beyond, turns, chosen = distances.max() + 1, [], 0
    while chosen < min(budget, len(train)):
        named = np.unique(distances.argmin(axis=0))
        distances[named] = beyond
        turns.append(named.tolist())
        chosen += len(named)
    return turns


WAYS = {"ours": ours, "product": product, "released": released}


def measured(way: str, folder: Path, budget: int) -> dict[str, Any]:
    """What one way takes, measured in this process."""
    import windward.arrangement

    assert windward.arrangement
    train, target = np.load(folder / "train.npy", mmap_mode="r"), np.load(folder / "target.npy")
    start = process_time()
    turns = WAYS[way](train, target, budget)
    seconds = process_time() - start
    status = Path(
        "/proc/self/status"
    ).read_text()  # getrusage would count what the parent held before this process began
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    (folder / f"{way}.json").write_text(json.dumps(turns))
    return {"seconds": seconds, "peak": peak, "turns": len(turns), "picked": sum(map(len, turns))}


def main() -> None:
    """Prints one line a case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help=", ".join(CASES))
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FOLDER", "BUDGET"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one[0], Path(asked.one[1]), int(asked.one[2]))))
        return
    if unknown := set(asked.cases) - set(CASES):
        parser.error(f"unknown cases {sorted(unknown)}; there are {', '.join(CASES)}")
    for name in asked.cases or ["small", "ten", "ten-all", "mild-hub", "hub", "duplicates", "hundred"]:
        kind, n, m, budget = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            make(kind, n, m, Path(folder))
            ways = [way for way in WAYS if way != "released" or 3 * 4 * n * m < 4 << 30]
            got = {way: _in_a_process(way, folder, budget) for way in ways}
            same = "released" in got and _read(folder, "ours") == _read(folder, "released")
        mine, bare, old = got["ours"], got["product"], got.get("released")
        line = f"{name}: {kind}, {n:,} × {m:,}, {budget:,} → {mine['picked']:,} in {mine['turns']} turns: "
        line += f"{mine['seconds']:.2f} CPU s, {mine['peak']:.0f} MB; product {bare['seconds']:.2f} s "
        line += f"(ratio {mine['seconds'] / bare['seconds']:.2f}), {bare['peak']:.0f} MB"
        if old:
            line += f"; released {old['seconds']:.2f} s ({old['seconds'] / mine['seconds']:.1f} × ours), {old['peak']:.0f} MB, "
            line += "same plan" if same else "other plan (float32 decides otherwise between close rows)"
        print(line, flush=True)


def _in_a_process(way: str, folder: str, budget: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", way, folder, str(budget)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _read(folder: str, way: str) -> Any:
    return json.loads((Path(folder) / f"{way}.json").read_text())


if __name__ == "__main__":
    main()
