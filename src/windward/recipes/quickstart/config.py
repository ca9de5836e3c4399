"""What a quickstart run is told, and what its three sizes come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from windward.training import PreferenceConfig, SFTConfig

SizeName = Literal["tiny", "small", "full"]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything a run does.

    Attributes:
        train: problems that trees are grown on.
        test: held-out problems of the same families.
        test_families: problems of families that training never sees.
        samples: actions sampled at each turn of a tree.
        temperature: of these draws. At 0.5 the embedded model's actions are right more often than at 0.7, and the
            right ones no less varied.
        turns: turns of an evaluated episode at most.
        measure_sft: whether the checkpoint between SFT and preference learning is measured too.
        sft_per_tree: correct leaves of one tree that SFT learns from, at most.
        per_family: rows and pairs of one family that are learnt from, at most: easy families give most correct
            actions, and a model that learns mainly from them loses what it knew of others. A user's own
            problems are all taken.
        sft: settings of SFT.
        preference: settings of preference learning.
    """

    train: int
    test: int
    test_families: int
    samples: tuple[int, ...]
    temperature: float = 0.5
    turns: int = 2
    measure_sft: bool = True
    sft_per_tree: int = 4
    per_family: int = 5
    sft: SFTConfig
    preference: PreferenceConfig


_SFT = SFTConfig(learning_rate=4e-5, epochs=2, batch_size=4, precision="auto")
_PREFERENCE = PreferenceConfig(objective="dpo", learning_rate=5e-6, batch_size=4, precision="auto")

SIZES: Mapping[SizeName, Size] = {
    "tiny": Size(
        train=90,
        test=54,
        test_families=48,
        samples=(3, 1),
        measure_sft=False,
        sft_per_tree=2,
        sft=_SFT,
        preference=_PREFERENCE,
    ),
    "small": Size(
        train=180,
        test=144,
        test_families=120,
        samples=(4, 2),
        sft_per_tree=2,
        sft=_SFT,
        preference=_PREFERENCE,
    ),
    "full": Size(
        train=720,
        test=270,
        test_families=240,
        samples=(8, 4, 4),
        per_family=25,
        turns=3,
        sft=_SFT,
        preference=_PREFERENCE,
    ),
}


@dataclass(frozen=True, kw_only=True)
class QuickstartConfig:
    """One run of the main job.

    Attributes:
        size: how much of everything (see `SIZES`).
        model: `embedded`, a checkpoint folder, or a model on the hub: it is measured and trained.
        problems: a JSONL file of problems in place of the generated ones.
        seed: of the problems, the draws and the training.
        actor: name of an endpoint's model that grows the trees; None lets the model itself do it.
        base_url: the endpoint of `actor`.
    """

    size: SizeName = "tiny"
    model: str = "embedded"
    problems: str | None = None
    seed: int = 0
    actor: str | None = None
    base_url: str | None = None
