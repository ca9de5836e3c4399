"""How replies are drawn: one table, each row a benchmark and a mode; stated with every figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, get_args

from windward.evals.reasoning.items import BENCHMARKS, Kind, Mode
from windward.models import Sampling

Preset = Literal["greedy", "paper"]
PRESETS: tuple[Preset, ...] = get_args(Preset)

TOKENS: Mapping[tuple[Kind, Mode], int] = {
    ("humaneval", "code"): 1024,
    ("mbpp", "code"): 512,
    ("leetcode", "code"): 1024,
    ("maths", "cot"): 1024,
    ("maths", "pot"): 2048,
    ("theorem", "cot"): 1024,
    ("theorem", "pot"): 2048,
    ("bbh", "cot"): 2048,
    ("instructions", "chat"): 1024,
}
"""New tokens at most, as in the release's scripts."""

TEMPERATURES: Mapping[str, float] = {"humaneval": 0.2, "ifeval": 0.7}
"""What the release's scripts sample at, where they do not decode greedily (the paper's text says greedy throughout)."""


def decoding(
    benchmark: str, mode: Mode, preset: Preset = "greedy", *, max_tokens: int | None = None, seed: int = 0
) -> Sampling:
    """How replies to a benchmark are drawn.

    Args:
        benchmark: its name.
        mode: how it is asked.
        preset: `greedy` everywhere, or the temperatures of the release's scripts.
        max_tokens: instead of the table's.
        seed: of a draw.
    """
    length = max_tokens or TOKENS[BENCHMARKS[benchmark].kind, mode]
    greedy = Sampling(temperature=0.0, max_tokens=length)
    if preset == "greedy" or benchmark not in TEMPERATURES:
        return greedy
    return replace(greedy, temperature=TEMPERATURES[benchmark], seed=seed)
