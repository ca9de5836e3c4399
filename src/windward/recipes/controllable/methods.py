"""The policies that are compared: what each starts from and which rows of the same rated answers it learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.recipes.controllable.config import ControlStudyConfig
from windward.recipes.controllable.released import released_pairs
from windward.recipes.controllable.worlds import World
from windward.training.controllable import Quota, RatedPrompt, balanced_quotas, cdpo_pairs, cpsft_rows

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """A way to train.

    Attributes:
        name: as in the result table.
        shown: as a reader knows it.
        parent: the method whose policy it starts from, and is held to; None is the world's policy.
        conditioned: whether its prompts say what is asked for.
        rows: from prompts, the world and the settings.
    """

    name: str
    shown: str
    parent: str | None
    conditioned: bool
    rows: Callable[[Sequence[RatedPrompt], World, ControlStudyConfig, int], Rows]


def methods(world: World) -> dict[str, Method]:
    """SFT, CPSFT, DPO on each objective alone, CDPO, perhaps with λ = 1, and by the released formula; parents come first."""
    alone = [
        Method(f"dpo-{name}", f"DPO on {name} alone", "sft", False, _dpo_rows(name)) for name in world.scales
    ]
    every = [
        Method("sft", "SFT", None, False, _sft_rows),
        Method("cpsft", "CPSFT", None, True, _cpsft_rows),
        *alone,
        Method("cdpo", "CDPO", "cpsft", True, _cdpo_rows),
        *([Method("cdpo-even", "CDPO, λ = 1", "cpsft", True, _even_rows)] if world.even else []),
        Method("cdpo-released", "CDPO, released formula", "cpsft", True, _released_rows),
    ]
    return {one.name: one for one in every}


def train(
    method: Method, start: Path, rows: Rows, out: Path, config: ControlStudyConfig, world: World, seed: int
) -> Path:
    """Trains one policy; a run that was cut off goes on, a finished one is not done again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from windward.training import PreferenceConfig, SFTConfig, train_preference, train_sft

    if method.parent is not None:
        # Pairs of one prompt and condition share their answers: packed together, each is computed once.
        rows = [row | {"tree_id": f"{row['prompt_id']} {row['condition']}"} for row in rows]
    file = out.with_suffix(".parquet")
    out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), file)
    shared: dict[str, Any] = {
        "max_length": world.max_length,
        "lora_rank": world.lora_rank,
        "max_steps": config.max_steps,
        "seed": seed,
    }
    if method.parent is None:
        supervised = SFTConfig(
            learning_rate=config.sft_rate, epochs=config.sft_epochs, batch_size=config.sft_batch, **shared
        )
        return train_sft(start, file, out, supervised).path
    preference = PreferenceConfig(
        learning_rate=config.dpo_rate,
        # Without a condition a prompt has its pairs once, not once for each condition: as many steps for all.
        epochs=config.dpo_epochs * (1 if method.conditioned else config.conditions),
        batch_size=config.dpo_batch,
        group="tree",
        beta=config.beta,
        sft_weight=config.sft_weight,
        **shared,
    )
    return train_preference(start, file, out, preference).path


def _sft_rows(prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int) -> Rows:
    return cpsft_rows(prompts, world.scales, conditioned=False, seed=seed)


def _cpsft_rows(prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int) -> Rows:
    return cpsft_rows(prompts, world.scales, seed=seed)


def _cdpo_rows(prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int) -> Rows:
    return _controlled(prompts, world, config, seed, config.strength)


def _even_rows(prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int) -> Rows:
    """As `cdpo`, where a level off what was asked for weighs no more than a level of what was not."""
    return _controlled(prompts, world, config, seed, 1.0)


def _controlled(
    prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int, strength: float
) -> Rows:
    quotas = balanced_quotas(world.scales)
    strengths = dict.fromkeys(world.scales, strength)
    return cdpo_pairs(
        prompts, world.scales, quotas, per_prompt=config.conditions, strengths=strengths, seed=seed
    )[0]


def _released_rows(
    prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int
) -> Rows:
    return released_pairs(prompts, _cdpo_rows(prompts, world, config, seed), world.scales)


def _dpo_rows(kept: str) -> Callable[[Sequence[RatedPrompt], World, ControlStudyConfig, int], Rows]:
    """Pairs without a condition in which one objective alone decides."""

    def rows(prompts: Sequence[RatedPrompt], world: World, config: ControlStudyConfig, seed: int) -> Rows:
        weights = {name: float(name == kept) for name in world.scales}
        return cdpo_pairs(prompts, world.scales, [Quota(1)], weights=weights, seed=seed)[0]

    return rows
