"""RobTest: samples a CPU second of every dimension and mode, beside what was recorded of the released code and of TextAttack.

python benchmarks/robtest_transforms.py [--only typo glyph …] [--n 10]

100 sentences of SST-2 (`random.Random(123).sample` of the dev set; sentences of our own without WINDWARD_DATA), degrees .05 to .6, 10
samples each; every dimension in a process of its own. Every sample here keeps its degree and what is protected; the released transforms
keep neither. A first text is perturbed before the clock starts, so that its resource is loaded (how long that took stands in the line);
what a dimension remembers of words and texts is made while it runs. Contextual words come from a language model, which takes minutes.

The peers' figures are recorded ones, taken elsewhere on these sentences in CPU seconds of a loaded machine with two cores; the released
code starts only with files that are not public, and TextAttack takes a quarter of an hour to install. Where TextAttack can be imported,
its QWERTY and WordNet swaps run here, after ours. Targets: as fast as the release, 20 times that for phonetic and distraction, and 10
times TextAttack.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from windward.evals.robtest.dimension import Dimension, perturb
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import DEGREES, Mode

RELEASED = {
    ("typo", "general"): 15_978.5,
    ("typo", "malicious"): 2_138.1,
    ("glyph", "general"): 8_139.4,
    ("glyph", "malicious"): 9_514.0,
    ("phonetic", "general"): 23.3,
    ("phonetic", "malicious"): 16.8,
    ("synonym", "general"): 1_343.3,
    ("inflection", "general"): 3_546.9,
    ("distraction", "malicious"): 0.71,
}
"""The released code, recorded elsewhere. Its inflection has no tagger in it, its distraction an encoder."""
TEXTATTACK = {("typo", "general"): 227.7, ("typo", "malicious"): 40.3, ("synonym", "general"): 28.1}
"""TextAttack 0.3.11 at 10 % of the words, recorded elsewhere: QWERTY, all character swaps, WordNet. At 30 % it is slower."""
FACTORS = {"phonetic": 20.0, "distraction": 20.0}
MADE = (
    "a gripping movie , played with performances that are all understated and touching .",
    "the story is not new , but it is told without one dull scene .",
    "nobody who loves films about cooking will want to miss this one !",
    "it never quite decides whether it is a comedy or a very sad family drama .",
    "the actors deserve better : their lines are tired , their jokes older than they are .",
)


def sentences() -> list[str]:
    """100 texts."""
    data = os.environ.get("WINDWARD_DATA")
    if not data:
        return [MADE[at % len(MADE)] + f" {'very ' * (at // len(MADE))}" for at in range(100)]
    with (Path(data) / "classification" / "sst2" / "dev.tsv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return random.Random(123).sample([row[0] for row in rows], 100)


def measured(dimension: Dimension, mode: Mode, texts: list[str], n: int) -> tuple[float, int, float]:
    """Samples a CPU second, how many there were, and the realised part of what their degrees asked for."""
    start = time.process_time()
    found = [perturb(dimension, text, degree, n=n, mode=mode) for degree in DEGREES[1:] for text in texts]
    spent = time.process_time() - start
    drawn = [(sample.degree, one.degree) for one in found for sample in one.samples if sample.edits]
    if any(realised > asked for realised, asked in drawn):
        raise SystemExit(f"{dimension.name}, {mode}: a sample exceeds its degree")
    part = sum(realised for realised, _ in drawn) / sum(asked for _, asked in drawn)
    return len(drawn) / spent, len(drawn), part


def rates(name: str, texts: list[str], n: int) -> dict[tuple[str, str], float]:
    """Samples a CPU second of a dimension in each of its modes; printed too."""
    start = time.process_time()
    dimension = DIMENSIONS[name]()
    perturb(dimension, MADE[0], 0.5, n=1)
    loaded = time.process_time() - start
    found = {}
    for mode in dimension.modes:
        rate, count, part = measured(dimension, mode, texts, n)
        found[name, str(mode)] = rate
        print(
            f"{name}, {mode}: {rate:,.0f} samples/s ({count:,} samples, {part:.0%} of their degrees realised, "
            f"resource loaded in {loaded:.2f} s)",
            flush=True,
        )
    return found


def textattack(texts: list[str], n: int) -> dict[tuple[str, str], float]:
    """TextAttack's samples a CPU second at 10 % of the words; empty where it cannot be imported."""
    try:
        from textattack.augmentation import Augmenter
        from textattack.constraints.pre_transformation import RepeatModification
        from textattack.transformations import WordSwapQWERTY, WordSwapWordNet
    except ImportError as error:
        print(f"TextAttack does not run here ({error}): its recorded figures stand instead")
        return {}
    swaps: dict[tuple[str, str], Callable[[], Any]] = {
        ("typo", "general"): WordSwapQWERTY,
        ("synonym", "general"): WordSwapWordNet,
    }
    found = {}
    for case, swap in swaps.items():
        augmenter = Augmenter(
            transformation=swap(),
            constraints=[RepeatModification()],
            pct_words_to_swap=0.1,
            transformations_per_example=n,
        )
        augmenter.augment(texts[0])
        start = time.process_time()
        count = sum(len(augmenter.augment(text)) for text in texts)
        found[case] = count / (time.process_time() - start)
    return found


def main() -> None:
    """Runs all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=DIMENSIONS, default=list(DIMENSIONS), metavar="NAME")
    parser.add_argument("--n", type=int, default=10, help="samples of a text at a degree")
    options = parser.parse_args()
    texts = sentences()
    ours = {}
    for name in options.only:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            ours.update(alone.submit(rates, name, texts, options.n).result())
    print("\nbeside the released code and TextAttack, recorded elsewhere:")
    here = textattack(texts, options.n)
    for (name, mode), rate in ours.items():
        parts = []
        if released := RELEASED.get((name, mode)):
            wanted = FACTORS.get(name, 1.0)
            parts.append(
                f"{rate / released:,.1f} × released {released:,.1f} ({_met(rate, wanted * released)})"
            )
        if peer := here.get((name, mode), TEXTATTACK.get((name, mode))):
            parts.append(f"{rate / peer:,.0f} × TextAttack {peer:,.1f} ({_met(rate, 10 * peer)})")
        print(f"{name}, {mode}: {'; '.join(parts) or 'nothing recorded'}")


def _met(rate: float, target: float) -> str:
    return "met" if rate >= target else f"not met: {target:,.0f}"


if __name__ == "__main__":
    main()
