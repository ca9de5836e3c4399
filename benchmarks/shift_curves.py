"""How often `windward shift curve` finds the type that was planted, by the number of points and their noise.

    python benchmarks/shift_curves.py [--curves 200] [--seed 11]

Prints a table: in each cell the share of curves that were named as planted / left undetermined / named as another type. For noise, which has no
type, the first figure is the share that was left undetermined, as it must be.
"""

from __future__ import annotations

import argparse
import time

from windward.evals.shift.planted import PLANTED, recovery

POINTS = (20, 40, 60, 100)
NOISE = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)


def main() -> None:
    """Runs the grid and prints it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--curves", type=int, default=200, help="of each type in each cell")
    asked.add_argument("--seed", type=int, default=11)
    told = asked.parse_args()
    print("| points | noise | " + " | ".join(PLANTED) + " |")
    print("| ---: | ---: |" + " ---: |" * len(PLANTED))
    began, fits = time.process_time(), 0
    for n in POINTS:
        for noise in NOISE:
            cells = []
            for one in recovery(PLANTED, n, noise, curves=told.curves, seed=told.seed):
                fits += one.curves
                shares = (
                    [one.right, one.wrong]
                    if one.planted == "noise"
                    else [one.right, one.undetermined, one.wrong]
                )
                cells.append(" / ".join(f"{100 * count / one.curves:.0f}" for count in shares))
            print(f"| {n} | {noise:g} | " + " | ".join(cells) + " |", flush=True)
    print(f"\n{1000 * (time.process_time() - began) / fits:.1f} ms of CPU a curve, bootstrap included")


if __name__ == "__main__":
    main()
