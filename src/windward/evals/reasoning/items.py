"""One problem of any of the tests, and the tests themselves: what each asks, how it may be asked, how many it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from windward.evals.data import DataError

Kind = Literal["maths", "theorem", "humaneval", "mbpp", "leetcode", "bbh", "instructions"]
Mode = Literal["cot", "pot", "code", "chat"]
"""`cot`: reasoning in words. `pot`: a program whose output is the answer. `code`: code. `chat`: the prompt as it is."""


@dataclass(frozen=True)
class Item:
    """One problem.

    Attributes:
        id: unique within the benchmark.
        benchmark: name of the benchmark.
        prompt: what is asked, without instructions of ours.
        reference: the right answer: text or a number for maths, `Answer` of TheoremQA, a solution for code (None where
            there is none), None for instructions.
        kind: how it is asked and graded.
        meta: what else asking or grading needs (tests, answer type, instructions); `group` splits figures.
    """

    id: str
    benchmark: str
    prompt: str
    reference: Any
    kind: Kind
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The part of its benchmark that it belongs to; empty where there are none."""
        return str(self.meta.get("group", ""))


@dataclass(frozen=True)
class Benchmark:
    """One test.

    Attributes:
        name: as on the command line.
        title: as on a page.
        kind: of its items.
        size: items in the whole benchmark (paper, appendix; eurus release).
        modes: how it is asked; all are run and reported.
        files: names under which its problems are looked for in the data folder; the first that is there counts.
        hub: data set on the Hugging Face hub with its problems, for those that a data folder lacks; empty without one.
        twelve: whether it is one of the twelve.
    """

    name: str
    title: str
    kind: Kind
    size: int
    modes: tuple[Mode, ...]
    files: tuple[str, ...]
    hub: str = ""
    twelve: bool = True


_MATHS: tuple[Mode, ...] = ("cot", "pot")
_ALL = (
    Benchmark("humaneval", "HumanEval", "humaneval", 164, ("code",), ("HumanEval.jsonl.gz", "humaneval.jsonl")),
    Benchmark("mbpp", "MBPP", "mbpp", 399, ("code",), ("mbpp.json", "mbpp.jsonl")),
    Benchmark("leetcode", "LeetCode", "leetcode", 180, ("code",), ("leetcode.json", "leetcode.jsonl")),
    Benchmark("gsmplus", "GSM-Plus", "maths", 10_552, _MATHS, ("gsmplus.jsonl", "gsmplus.parquet"), "qintongli/GSM-Plus"),
    Benchmark("math", "MATH", "maths", 5_000, _MATHS, ("math.jsonl", "math.parquet", "math"), "EleutherAI/hendrycks_math"),
    Benchmark("theoremqa", "TheoremQA", "theorem", 800, _MATHS, ("theoremqa.json", "theoremqa.jsonl")),
    Benchmark("svamp", "SVAMP", "maths", 1_000, _MATHS, ("svamp.json", "svamp.jsonl")),
    Benchmark("asdiv", "ASDiv", "maths", 618, _MATHS, ("asdiv.json",)),
    Benchmark("bbh", "BBH", "bbh", 6_511, ("cot",), ("bbh", "bbh.jsonl", "bbh.parquet"), "lukaemon/bbh"),
    Benchmark("ifeval", "IFEval", "instructions", 541, ("chat",), ("ifeval.jsonl",)),
    Benchmark("math-numeric", "MATH, answers that are numbers", "maths", 3_201, _MATHS, ("../math",), twelve=False),
)  # fmt: skip
BENCHMARKS: Mapping[str, Benchmark] = {benchmark.name: benchmark for benchmark in _ALL}

MINT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mint-code": ("humaneval", "mbpp"),
    "mint-math": ("math", "theoremqa", "mmlu"),
}
"""The two tests that `windward eval mint` runs, and the tasks of MINT that each is made of."""

SHARES: Mapping[str, tuple[str, ...]] = {
    "humaneval": ("mint",),
    "mbpp": ("mint",),
    "math": ("mint",),
    "theoremqa": ("mint",),
    "gsmplus": ("gsm8k",),
    "math-numeric": ("math", "mint"),
    "mint-code": ("mint", "humaneval", "mbpp"),
    "mint-math": ("mint", "math", "theoremqa", "mmlu"),
}
"""Other benchmarks whose problems stand in a test too: who has seen those must not be scored on it."""

TWELVE = tuple(benchmark.name for benchmark in _ALL if benchmark.twelve) + tuple(MINT_COLUMNS)


def benchmark_of(name: str) -> Benchmark:
    """The benchmark of that name.

    Raises:
        DataError: there is none; says which there are, and where MINT is run.
    """
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    if name in MINT_COLUMNS:
        raise DataError(
            f"{name} is played over several turns with tools: run `windward eval mint --task "
            f"{' --task '.join(MINT_COLUMNS[name])} --out DIR`, then name that folder with --mint"
        )
    raise DataError(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
