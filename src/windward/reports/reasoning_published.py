"""What the paper reports (arXiv 2404.02078, table 3): shown beside measured figures, in columns that say so."""

from __future__ import annotations

from collections.abc import Mapping

TESTS: Mapping[str, str] = {
    "humaneval": "HumanEval",
    "mbpp": "MBPP",
    "leetcode": "LeetCode",
    "gsmplus": "GSM-Plus",
    "math": "MATH",
    "theoremqa": "TheoremQA",
    "svamp": "SVAMP",
    "asdiv": "ASDiv",
    "bbh": "BBH",
    "ifeval": "IFEval",
    "mint-code": "MINT, code",
    "mint-math": "MINT, maths",
}
"""The twelve, in the paper's order, as the page calls them."""

PUBLISHED: Mapping[str, tuple[float, ...]] = {
    "Eurus-7B-SFT": (55.5, 59.1, 20.0, 52.1, 32.6, 20.0, 82.2, 84.1, 64.6, 44.0, 15.4, 28.4),
    "Eurus-7B-KTO": (56.1, 58.6, 18.9, 55.0, 33.2, 20.6, 84.4, 85.0, 67.6, 43.1, 19.1, 43.6),
    "Eurus-7B-NCA": (55.5, 60.2, 14.4, 54.9, 34.2, 20.9, 84.6, 85.4, 64.3, 42.7, 21.3, 38.7),
}
"""Percent right of each test, in the order of `TESTS`; maths is the better of words and programs."""


def average(model: str) -> float:
    """The mean over the twelve, in percent."""
    figures = PUBLISHED[model]
    return sum(figures) / len(figures)


def published(model: str, test: str) -> float:
    """One figure of the paper, in percent."""
    return PUBLISHED[model][list(TESTS).index(test)]
