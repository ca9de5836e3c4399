"""`windward trees grow`: problems in; trees grown with models, rows, counts and a page out. Every call is journaled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from windward.evals.folder import claim, write_json
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.recipes.errors import RecipeError
from windward.recipes.trees.decontaminate import decontaminate
from windward.recipes.trees.made import write_made
from windward.reports.trees import write_trees_report
from windward.rows import Problem, Result, read_problems, write_results
from windward.trees import Cast, Gold, GrowConfig, Tree, grow_tree, tree_from_dict

RECORD = "growing.json"
TREES = 48
"""Trees under way at once."""
_GOLDS: tuple[Literal["program", "rationale"], ...] = ("program", "rationale")
"""Of a problem that has both, the programs are shown."""


@dataclass(frozen=True)
class GrowTreesConfig:
    """What trees are grown on, and how.

    Attributes:
        problems: JSONL with `prompt`, `reference`, `kind`; beside them `program` or `rationale` (how it is solved, for the
            last resort; a list where there are several ways) and `never_score` (names of benchmarks), where they are known.
        limit: problems at most, the first ones; None is all.
        against: evaluation sets to compare with; see `MineTreesConfig`.
        data: the data folder; likewise.
        grow: how trees are grown.
    """

    problems: Path
    limit: int | None = None
    against: tuple[str, ...] = ()
    data: Path | None = None
    grow: GrowConfig = field(default_factory=GrowConfig)


@dataclass(frozen=True)
class _Asked:
    """A problem with what stands beside it."""

    problem: Problem
    golds: tuple[Gold, ...]
    never_score: tuple[str, ...]

    @property
    def id(self) -> str:
        """Of the problem."""
        return self.problem.id


def grow_trees(
    config: GrowTreesConfig,
    cast: Cast,
    out: Path,
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Grows a tree on each problem; a killed run goes on where it was and buys no reply twice.

    Args:
        config: see `GrowTreesConfig`.
        cast: who does what.
        out: new, empty, or a folder of the same configuration and cast.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The page.

    Raises:
        RecipeError: the problems are not there, or what stands beside one cannot be used.
        ProblemError: a problem is malformed.
        FolderError: the folder holds something else.
        RowsFailedError: problems failed for a reason that another try may overcome.
    """
    asked = read_asked(config.problems)[: config.limit]
    names = {
        "actor": cast.actor.name,
        "stronger": [model.name for model in cast.stronger],
        "opponents": [model.name for model in cast.opponents],
        "critic": cast.critic.name if cast.critic is not None else None,
    }
    Interpreter().close()  # what is missing on this machine is said at once, and not by each tree
    claim("trees", out, _settings(config, asked) | names, command)
    tell(f"{len(asked):,} problems")
    with Journal(out / FILE_NAME) as journal:
        trees = _grown(asked, _journaled(cast, journal), journal, config.grow, version=json.dumps(names))
    clean = decontaminate(trees, config.against, config.data)
    tell(f"{len(trees):,} trees, {len(clean.dropped):,} dropped as they overlap with an evaluation set")
    made = write_made(out, clean.trees, model=cast.actor.name, seed=config.grow.seed, tell=tell)
    write_results(out / "results.parquet", [*_results(trees, cast.actor.name), *made])
    write_json(out / RECORD, clean.told())
    return write_trees_report(out)


def read_asked(path: Path) -> list[_Asked]:
    """Problems, and what stands beside them in the same lines.

    Raises:
        RecipeError: there is no such file, or a `program`, `rationale` or `never_score` is malformed.
        ProblemError: a problem is malformed.
    """
    if not path.is_file():
        raise RecipeError(f"{path}: there is no such file; name a JSONL file of problems")
    problems = read_problems(path)
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    asked = []
    for problem, line in zip(problems, lines, strict=True):
        row: dict[str, Any] = json.loads(line)
        named = row.get("never_score", [])
        kind = next((kind for kind in _GOLDS if row.get(kind)), _GOLDS[0])
        golds = [Gold(text, kind) for text in _texts(row.get(kind))]
        if any(not isinstance(gold.text, str) for gold in golds) or not isinstance(named, list):
            raise RecipeError(
                f"{path}, problem {problem.id}: program and rationale must be a text or a list of texts, never_score a list "
                "of names"
            )
        asked.append(_Asked(problem, tuple(golds), tuple(map(str, named))))
    return asked


def _texts(value: Any) -> list[Any]:
    return [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]


def _grown(
    asked: Sequence[_Asked], cast: Cast, journal: Journal, config: GrowConfig, *, version: str
) -> list[Tree]:
    async def grow(one: _Asked) -> dict[str, Any]:
        tree = await grow_tree(
            one.problem, cast, config, gold=one.golds[0] if one.golds else None, other_golds=one.golds[1:]
        )
        return replace(tree, never_score=one.never_score).as_dict()

    outcomes = run(
        run_rows(
            grow, asked, journal=journal, stage="grow trees", key="id", version=f"{config} by {version}", concurrency=TREES
        )
    )  # fmt: skip
    return [tree_from_dict(value) for value in values(outcomes, "problems")]


def _journaled(cast: Cast, journal: Journal) -> Cast:
    """The cast with every call through the journal."""
    return Cast(
        JournaledModel(cast.actor, journal),
        tuple(JournaledModel(model, journal) for model in cast.stronger),
        tuple(JournaledModel(model, journal) for model in cast.opponents),
        JournaledModel(cast.critic, journal) if cast.critic is not None else None,
    )


def _results(trees: Sequence[Tree], model: str) -> list[Result]:
    """Which share of the trees found a correct action in any turn, and by which way."""
    rows = []
    for family in sorted({tree.problem.family for tree in trees}):
        of_family = [tree for tree in trees if tree.problem.family == family]
        ways = [{node.way for node in tree.nodes if node.kept and node.result.correct} for tree in of_family]
        for way in ("", "stronger", "given_reference"):
            count = sum(way in found for found in ways)
            condition = {"way": way or "actor"}
            rows.append(Result("trees", model, family, "train", "trees_with_correct", float(count), len(of_family), condition))  # fmt: skip
    return rows


def _settings(config: GrowTreesConfig, asked: Sequence[_Asked]) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    growing: dict[str, Any] = settings.pop("grow")
    text = json.dumps([asdict(one) for one in asked], sort_keys=True)
    return settings | growing | {"problems_sha256": hashlib.sha256(text.encode()).hexdigest()[:16]}
