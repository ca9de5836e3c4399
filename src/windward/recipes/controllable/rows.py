"""`windward controllable rows`: rated answers in; rows for CPSFT and CDPO, and for the baselines on the same answers, out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from windward.evals.folder import claim
from windward.recipes.controllable.ratings import RatingCounts, read_rated
from windward.recipes.errors import RecipeError
from windward.rows import Result, write_results
from windward.rows.training import MESSAGES, write_rows
from windward.training.controllable import (
    PairCounts,
    Quota,
    RatedPrompt,
    Scale,
    Style,
    balanced_quotas,
    cdpo_pairs,
    cpsft_rows,
    paper_quotas,
)

if TYPE_CHECKING:
    import pyarrow as pa

SYSTEM = "controllable rows"
RESULTS = "results.parquet"
PROTOCOL = "1"
Quotas = Literal["balanced", "paper"]


@dataclass(frozen=True)
class RowsConfig:
    """Which rows are made.

    Attributes:
        objectives: and their scales, in the order in which a condition names them.
        quotas: of CDPO's conditions: an equal share for each set of objectives, or the released shares.
        style: how conditions are written.
        per_prompt: conditions of a prompt among the pairs.
        seed: of all draws.
    """

    objectives: Mapping[str, Scale]
    quotas: Quotas = "balanced"
    style: Style = "text"
    per_prompt: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be made.

        Raises:
            RecipeError: says what is missing.
        """
        if not self.objectives:
            raise RecipeError("there is no objective to control: name at least one")
        wanted = {name for quota in paper_quotas() for name in quota.controlled}
        if self.quotas == "paper" and (lacking := wanted - set(self.objectives)):
            raise RecipeError(
                f"the paper's quotas name {', '.join(sorted(lacking))}: add --objective {' --objective '.join(sorted(lacking))}, "
                "or take --quotas balanced"
            )
        if self.per_prompt < 1:
            raise RecipeError(f"per_prompt is {self.per_prompt}; it must be at least 1")

    def chosen_quotas(self) -> list[Quota]:
        """The quotas themselves."""
        return paper_quotas() if self.quotas == "paper" else balanced_quotas(self.objectives)


def make_rows(
    records: Path,
    out: Path,
    config: RowsConfig,
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes `cpsft`, `cdpo`, `sft`, `dpo_OBJECTIVE` and `results`, all Parquet, and `run.json` into `out`.

    All files are made of the same answers, so that what is trained on them differs by the method alone.

    Args:
        records: a file of records or rated rows, or the folder of a feedback step.
        out: new, empty, or of the same run.
        config: which rows.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The table of counts.

    Raises:
        FeedbackFileError: the file is malformed.
        FolderError: `out` holds something else.
        RecipeError: no answer is rated in any of the objectives, or no two of a prompt can be told apart.
    """
    source = records / "records.parquet" if records.is_dir() else records
    counts = RatingCounts()
    prompts = list(read_rated(source, config.objectives, counts))
    if not any(counts.rated.values()):
        raise RecipeError(
            f"no answer in {source} is rated in {', '.join(config.objectives)}: rate them (windward feedback annotate), or name "
            "objectives that the file holds"
        )
    claim(SYSTEM, out, _settings(source, config), command)
    tell(f"{len(prompts):,} prompts, {sum(len(one.answers) for one in prompts):,} answers")
    results = _rating_results(counts, source.stem)
    for name, rows, pairs in _files(prompts, config):
        results += _row_results(name, rows, pairs, config, source.stem)
        if not rows and name.startswith("dpo_"):
            tell(f"  {name}.parquet: not written: the answers to each prompt are rated alike")
            continue
        _write(out / f"{name}.parquet", rows, name)
        told = "" if pairs is None else f" ({pairs.ties:,} ties, {pairs.unrated:,} without a rating dropped)"
        tell(f"  {name}.parquet: {len(rows):,} rows{told}")
    write_results(out / RESULTS, results)
    return out / RESULTS


Rows = list[dict[str, Any]]


def _files(
    prompts: Sequence[RatedPrompt], config: RowsConfig
) -> Iterator[tuple[str, Rows, PairCounts | None]]:
    scales, seed, style = config.objectives, config.seed, config.style
    yield "cpsft", cpsft_rows(prompts, scales, style=style, seed=seed), None
    yield "sft", cpsft_rows(prompts, scales, conditioned=False, seed=seed), None
    quotas, per_prompt = config.chosen_quotas(), config.per_prompt
    yield ("cdpo", *cdpo_pairs(prompts, scales, quotas, per_prompt=per_prompt, style=style, seed=seed))
    for name, scale in scales.items():
        yield (f"dpo_{name}", *cdpo_pairs(prompts, {name: scale}, [Quota(1)], seed=seed))


def _write(path: Path, rows: Rows, name: str) -> None:
    if not rows:
        raise RecipeError(
            f"{name}.parquet would have no row: no prompt has two answers that differ in what is compared"
        )
    write_rows(path, rows, _schema(rows[0]))


def _schema(row: Mapping[str, Any]) -> pa.Schema:
    """The same columns whatever the rows hold: a list that is empty in all of them has a type, too."""
    import pyarrow as pa

    types = {"messages": MESSAGES, "prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES}
    types |= {"margin": pa.float64(), "never_score": pa.list_(pa.string())}
    return pa.schema([(name, types.get(name, pa.string())) for name in row])


def _settings(source: Path, config: RowsConfig) -> dict[str, Any]:
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    scales = {name: asdict(scale) for name, scale in config.objectives.items()}
    return {
        "records": source.name,
        "sha256": digest,
        "objectives": scales,
        "quotas": config.quotas,
        "style": config.style,
        "per_prompt": config.per_prompt,
        "seed": config.seed,
        "protocol": PROTOCOL,
    }


def _rating_results(counts: RatingCounts, dataset: str) -> list[Result]:
    rows = []
    for name in sorted({*counts.rated, *counts.missing, *counts.unread}):
        rated, unread = counts.rated[name], counts.unread[name]
        n = rated + counts.missing[name] + unread
        rows.append(_count("rated_answers", rated, n, dataset, unparsed=unread, objective=name))
    rows.append(_count("answers_without_text", counts.without_text, counts.without_text, dataset))
    rows.append(_count("prompts_twice", counts.twice, counts.twice, dataset))
    return rows


def _row_results(
    name: str, rows: Rows, pairs: PairCounts | None, config: RowsConfig, dataset: str
) -> list[Result]:
    told: dict[str, Any] = {"file": name, "seed": config.seed}
    found = [_count("rows", len(rows), len(rows), dataset, **told)]
    by_source = Counter(row["source"] for row in rows)
    found += [
        _count("rows", number, len(rows), dataset, **told, source=source)
        for source, number in sorted(by_source.items())
    ]
    if pairs is None:
        return found
    compared = pairs.made + pairs.ties + pairs.unrated + pairs.same
    found += [
        _count(f"pairs_{what}", getattr(pairs, what), compared, dataset, **told)
        for what in ("made", "ties", "unrated", "same")
    ]
    found.append(_count("prompts_unconditioned", pairs.unconditioned, len(rows), dataset, **told))
    quotas = config.chosen_quotas() if name == "cdpo" else [Quota(1)]
    found += [
        _count("pairs_made", pairs.by_quota[place], pairs.made, dataset, **told, quota=_quota(quota))
        for place, quota in enumerate(quotas)
    ]
    return found


def _quota(quota: Quota) -> str:
    named = (name if level is None else f"{name}={level:g}" for name, level in quota.controlled.items())
    return ", ".join(named) or "no condition"


def _count(metric: str, value: int, n: int, dataset: str, *, unparsed: int = 0, **condition: Any) -> Result:
    return Result(SYSTEM, "", dataset, "train", metric, float(value), n, condition, None, unparsed)
