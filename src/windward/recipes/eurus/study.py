"""`windward eurus study`: mined pairs in; heads, policies, figures and a page out. What is done is never done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from windward.evals.folder import claim, write_json
from windward.evals.reward.book import Book
from windward.recipes.eurus.features import (
    MAX_TOKENS,
    Features,
    features_folder,
    model_features,
    sentence_features,
)
from windward.recipes.eurus.figures import head_results, policy_results, shorter_results
from windward.recipes.eurus.heads import OBJECTIVES, HeadConfig, train_heads
from windward.recipes.eurus.pairs import problem_of, study_pairs
from windward.recipes.eurus.policies import PolicyConfig, short_pairs, train_policies
from windward.reports.eurus import write_eurus_report
from windward.rows import PairRow, Result, write_results

RECORD = "study.json"
STAGES = ("sentence", "model", "policies")


@dataclass(frozen=True)
class StudyConfig:
    """What is compared, and on what.

    Attributes:
        pairs: `pairs.parquet` of `windward trees`.
        model: the language model: its features, and what policies start from.
        folds: parts that a seed draws the problems into; each is held out once.
        head: how heads are trained.
        policy: how policies are trained.
    """

    pairs: Path
    model: str | Path
    folds: int = 4
    head: HeadConfig = field(default_factory=HeadConfig)
    policy: PolicyConfig = field(default_factory=PolicyConfig)


def run_study(
    config: StudyConfig,
    out: Path,
    *,
    seeds: int = 5,
    policy_seeds: int = 3,
    stages: Sequence[str] = STAGES,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Compares objectives on pairs whose problems were not learnt from; no benchmark is scored.

    Writes `heads.jsonl`, `policies/`, `held-out.jsonl`, `results.parquet`, `study.json`, `report.html` and
    `run.json`. Killed at any point, the same command goes on where it was; with more seeds or stages it does what is new.

    Args:
        config: see `StudyConfig`.
        out: new, empty, or a folder of the same configuration.
        seeds: splits and heads of each objective.
        policy_seeds: runs of each objective on the language model.
        stages: names in `STAGES` to do; results of the others that lie in the folder are not shown.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The page.

    Raises:
        RecipeError: the pairs cannot be read, or are too few for the folds.
        FolderError: the folder holds something else.
        ModelError: a model is not there.
    """
    rows = study_pairs(config.pairs)
    claim("eurus", out, _settings(config), command)
    problems = [problem_of(row) for row in rows]
    tell(f"{len(rows):,} pairs of {len(set(problems)):,} problems, {config.folds} folds")
    results = shorter_results(rows)
    for stage in ("sentence", "model"):
        if stage in stages:
            features = _features(stage, rows, config, tell)
            results += _heads(features, rows, config, out, seeds, tell)
    told: dict[str, object] = {"seeds": seeds, "policy_seeds": policy_seeds, "pairs": len(rows), "problems": len(set(problems))}  # fmt: skip
    if "policies" in stages:
        short = short_pairs(rows, config.model, config.policy.most_tokens)
        tell(f"{len(short):,} pairs of at most {config.policy.most_tokens} tokens: DPO, KTO, NCA")
        runs = train_policies(
            short,
            config.model,
            out / "policies",
            Book(out / "held-out.jsonl"),
            seeds=range(policy_seeds),
            count=config.folds,
            config=config.policy,
            tell=tell,
        )
        results += policy_results(runs, Path(config.model).name)
        told |= {
            "short_pairs": len(short),
            "short_problems": len({problem_of(row) for row in short}),
            "policy_runs": [
                {"objective": run.objective, "seed": run.seed, "train_pairs": run.train_pairs, "seconds": run.seconds}
                for run in runs
            ],
        }  # fmt: skip
    told["never_score"] = sorted({name for row in rows for name in row.never_score})
    told["stages"] = [stage for stage in STAGES if stage in stages]
    write_json(out / RECORD, told)
    write_results(out / "results.parquet", results)
    return write_eurus_report(out)


def _features(
    stage: str, rows: Sequence[PairRow], config: StudyConfig, tell: Callable[[str], None]
) -> Features:
    if stage == "sentence":
        return sentence_features(rows, features_folder())
    return model_features(rows, features_folder(), config.model, tell=tell)


def _heads(
    features: Features,
    rows: Sequence[PairRow],
    config: StudyConfig,
    out: Path,
    seeds: int,
    tell: Callable[[str], None],
) -> list[Result]:
    tell(f"{', '.join(OBJECTIVES.values())}: {config.head.hidden} units on {features.name}")
    heads = train_heads(
        features,
        [problem_of(row) for row in rows],
        Book(out / "heads.jsonl"),
        seeds=range(seeds),
        count=config.folds,
        config=config.head,
        tell=tell,
    )
    return head_results(heads, rows, features.name)


def _settings(config: StudyConfig) -> dict[str, object]:
    """What decides the figures; seeds and stages only add to them."""
    with config.pairs.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "pairs": str(config.pairs),
        "sha256": digest,
        "model": str(config.model),
        "folds": config.folds,
        "feature_tokens": MAX_TOKENS,
        **{f"head_{name}": value for name, value in asdict(config.head).items()},
        **{f"policy_{name}": value for name, value in asdict(config.policy).items()},
    }
