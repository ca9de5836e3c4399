"""UnknownBench: replies judged per second by the word lists, beside the released way.

python benchmarks/unknown.py [--rows 100000]

The released way searches a data frame row by row, with one regular expression a keyword. Prints rates and ratios, on one core.
With WINDWARD_DATA set, the replies are the recorded ones; else made ones of the same length.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import pandas as pd

from windward.evals.unknown.refusal.lexical import Lexical
from windward.evals.unknown.refusal.paper import WORDS, LexicalPaper

MADE = (
    "The typical lifespan of a grey heron in the wild is about five years, though some birds have lived for more than twenty.",
    "I'm sorry, but I couldn't find any information about a Tralvex. Could you tell me more about what you mean?",
    "Hens cannot give milk because they are birds, and only mammals have the glands that make it.",
    "Helsinki is the capital of Finland, and the largest city of the country by far.",
)


def replies(rows: int) -> list[str]:
    """As many replies as asked for; they come again where there are fewer."""
    data = os.environ.get("WINDWARD_DATA")
    texts = list(MADE)
    if data:
        paths = sorted((Path(data) / "unknownbench" / "recorded").glob("*_responses/*/*.json"))
        records = (json.loads(line) for path in paths for line in path.open(encoding="utf-8"))
        texts = [list(record.values())[-1] or "" for record in records] or texts
    return list(islice(cycle(texts), rows))


def released_way(texts: list[str]) -> list[bool]:
    """A frame, a function a row, a regular expression a keyword."""

    def refused(row: pd.Series) -> bool:
        return any(re.search(rf"\b{re.escape(word)}\b", row["response"].lower()) for word in WORDS)

    return list(pd.DataFrame({"response": texts}).apply(refused, axis=1))


def rate(work: Callable[[list[str]], object], texts: list[str], times: int) -> float:
    """Rows a second, the best of several runs (CPU time, so that other processes count less)."""
    best = 0.0
    for _ in range(times):
        start = time.process_time()
        work(texts)
        best = max(best, len(texts) / (time.process_time() - start))
    return best


def main() -> None:
    """Runs all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    texts = replies(parser.parse_args().rows)
    some = texts[:20_000]
    paper = LexicalPaper()
    theirs = rate(released_way, some, 1)
    agreed = [bool(one.refused) for one in paper.verdicts(some)] == released_way(some)
    print(f"{len(texts):,} replies, {sum(map(len, texts)) / len(texts):.0f} characters each on average")
    print(f"released way: {theirs:,.0f} rows/s; its verdicts and lexical-paper's are the same: {agreed}")
    for detector in (paper, Lexical()):
        detector.verdicts(texts[:100])
        ours = rate(detector.verdicts, texts, 3)
        print(f"{detector.name}: {ours:,.0f} rows/s, ratio {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
