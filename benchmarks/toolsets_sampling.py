"""Toolsets: the released epochs beside the min–max plan of the paper, and coverage after each released epoch.

python benchmarks/toolsets_sampling.py DATA [--seed 0]

DATA is the data folder (craft/, math/, tabmwp/). Two questions, by the embedded sentence encoder (the release used another, whose vectors
are not in it):

* Did the release take what resembles least what it had? Of the 1,744 training problems of algebra, each later epoch's 100 chosen against
  those not yet chosen: the area under the ROC curve of a low largest cosine as a predictor of being chosen (0.5 is chance), with a
  bootstrap interval over problems, and how many of its 100 our own pick from the same chosen set has in common with it (expected by chance:
  100 × 100 / those left).
* What do more epochs reach? The tools that each epoch's own de-duplication left, one epoch after the other, then the final library:
  the share of test questions whose largest cosine with an originating question is at least a threshold. Questions alone, no tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from windward.evals.unknown.metrics.ranking import auroc
from windward.models import sentence_encoder
from windward.reports.intervals import wilson
from windward.toolsets.problems import read_tool_problems
from windward.toolsets.released import DOMAINS, read_released
from windward.toolsets.similarity import largest_cosines, unit

Encode = Callable[[list[str]], NDArray[np.float32]]
DRAWS = 1_000
TESTS = {"tables": "tabmwp/tabmwp_1000.jsonl", "math": "math/algebra.jsonl"}
POOL = "math/train/algebra.jsonl"
THRESHOLDS = (0.5, 0.6, 0.7, 0.8)


def sampling(data: Path, encode: Encode, seed: int) -> None:
    """Released epochs of MATH against the min–max rule."""
    pool = read_tool_problems(data / POOL)
    places = {problem.question: at for at, problem in enumerate(pool)}
    vectors = unit(encode([problem.question for problem in pool]))
    print(f"min–max, {len(pool):,} problems of {POOL}")
    chosen: list[int] = []
    for number, epoch in enumerate(read_released(data / "craft" / DOMAINS["math"]).epochs):
        drawn = [places[tool.question] for tool in epoch.raw if tool.question in places]
        told = f"{len(drawn)} of {len(epoch.raw)} released problems are in the pool"
        print(f"  epoch {number}: {told}{'; ' + compared(vectors, chosen, drawn, seed) if number else ''}")
        chosen += drawn


def compared(vectors: NDArray[np.float32], chosen: list[int], drawn: list[int], seed: int) -> str:
    """One epoch's choice against the rule, given what was chosen before."""
    left = np.setdiff1d(np.arange(len(vectors)), chosen)
    largest = largest_cosines(vectors[left], vectors[chosen])
    taken = np.isin(left, drawn)
    random = np.random.default_rng(seed)
    draws = (random.integers(0, len(left), len(left)) for _ in range(DRAWS))
    values = [area for some in draws if (area := auroc(-largest[some], taken[some])) is not None]
    whole = auroc(-largest, taken)
    low, high = np.percentile(values, [2.5, 97.5])
    ours = left[np.argsort(largest, kind="stable")[: len(drawn)]]
    common, expected = len(set(ours.tolist()) & set(drawn)), len(drawn) ** 2 / len(left)
    return f"AUC {whole:.3f} ({low:.3f} to {high:.3f}), {common} of {len(drawn)} in common (chance {expected:.1f} of {len(left)} left)"


def coverage(data: Path, encode: Encode, domain: str) -> None:
    """Test questions that resemble an originating one, after each released epoch."""
    released = read_released(data / "craft" / DOMAINS[domain])
    questions = [problem.question for problem in read_tool_problems(data / TESTS[domain])]
    asked = unit(encode(questions))
    texts = list(dict.fromkeys(tool.question for epoch in released.epochs for tool in epoch.kept))
    places = {text: at for at, text in enumerate(texts)}
    known = unit(encode(texts))
    print(f"{domain}: {len(questions):,} questions of {TESTS[domain]}")
    kept: list[str] = []
    steps: list[tuple[str, list[str]]] = []
    for number, epoch in enumerate(released.epochs):
        kept = [*kept, *(tool.question for tool in epoch.kept)]
        steps.append((f"after epoch {number}", kept))
    for name, own in [*steps, ("final library", [tool.question for tool in released.library])]:
        best = largest_cosines(asked, known[[places[text] for text in own]])
        shares = []
        for threshold in THRESHOLDS:
            share = float((best >= threshold).mean())
            low, high = wilson(share, len(best))
            shares.append(f"≥ {threshold}: {100 * share:.1f} % ({100 * low:.1f}–{100 * high:.1f})")
        print(f"  {name}, {len(own)} tools: {', '.join(shares)}; mean best cosine {best.mean():.3f}")


def main() -> None:
    """Both questions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    options = parser.parse_args()
    encode = sentence_encoder().encode
    sampling(options.data, encode, options.seed)
    for domain in TESTS:
        coverage(options.data, encode, domain)


if __name__ == "__main__":
    main()
