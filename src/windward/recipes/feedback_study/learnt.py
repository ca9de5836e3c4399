"""Reward models of the study: one an arm and seed, and what each says of answers to instructions held out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from windward.evals.reward.book import Book
from windward.feedback.pair_files import PairWriter
from windward.feedback.pairs import FeedbackPair, build_pairs
from windward.feedback.records import Record
from windward.models.protocol import Message
from windward.recipes.errors import RecipeError
from windward.recipes.feedback_study.config import StudyConfig

if TYPE_CHECKING:
    from windward.training import RewardConfig

Labels = Literal["verified", "model", "coin"]


@dataclass(frozen=True)
class Arm:
    """How a reward model is taught.

    Attributes:
        labels: who says which answer is better: the checks, the model as a judge, or a coin.
        margin: whether the gap of the scores is asked for as a margin.
    """

    labels: Labels
    margin: bool = True


ARMS: Mapping[str, Arm] = {
    "verified": Arm("verified"),
    "random": Arm("coin", margin=False),
    "model": Arm("model"),
    "verified, no margin": Arm("verified", margin=False),
}
LEAST_PAIRS = 10
"""Fewer teach nothing that a table should show."""
MAX_LENGTH = 256
BATCH = 16


@dataclass(frozen=True)
class Scored:
    """What one reward model says.

    Attributes:
        arm: a name in `ARMS`.
        seed: of weights, order and coin.
        train_pairs: that it learnt from.
        train_accuracy: in the last epoch, before each step.
        pool: by record, the reward of each completion.
        many: by record, the reward of each of the answers to choose from.
    """

    arm: str
    seed: int
    train_pairs: int
    train_accuracy: float
    pool: Mapping[str, Sequence[float]]
    many: Mapping[str, Sequence[float]]


def labelled(records: Sequence[Record], labels: Labels, seed: int = 0) -> list[FeedbackPair]:
    """All pairs of the records with unequal scores, as someone says which answer is better.

    Args:
        records: with ratings.
        labels: the checks' ratings; the model's; or a coin's, on the same pairs as the checks'.
        seed: of the coin; another seed, another set of labels.
    """
    if labels == "model":
        return [pair for one in records for pair in build_pairs(one, kind="model", min_aspects=1)]
    pairs = [pair for one in records for pair in build_pairs(one, kind="verifier", min_aspects=1)]
    if labels == "verified":
        return pairs
    lot = Random(f"coin/{seed}")
    return [pair if lot.random() < 0.5 else _turned(pair) for pair in pairs]


def _turned(pair: FeedbackPair) -> FeedbackPair:
    return replace(pair, chosen=pair.rejected, rejected=pair.chosen)


def learn(
    train: Sequence[Record],
    held_out: Sequence[Record],
    many: Sequence[Record],
    out: Path,
    config: StudyConfig,
    tell: Callable[[str], None] = print,
) -> list[Scored]:
    """Trains every arm for every seed and scores the held-out answers; what the folder's book holds is not done again.

    Weights are removed when their scores are stored, but for the first seed of `verified`.

    Args:
        train: records to learn from.
        held_out: records with the pool's answers.
        many: the same with the answers to choose from.
        out: the study's folder.
        config: backbone, epochs, seeds.
        tell: shows a line of progress.

    Raises:
        RecipeError: the checks left no pair to learn from.
        ModelError: the backbone is not there.
    """
    from windward.training import train_reward

    book, found = Book(out / "rewards.jsonl"), []
    for name, arm in ARMS.items():
        for seed in range(config.seeds):
            key = f"{name}/{seed}"
            pairs = labelled(train, arm.labels, seed)
            if len(pairs) < LEAST_PAIRS and arm.labels != "model":
                raise RecipeError(f"only {len(pairs)} pairs have unequal scores: ask for more instructions")
            if len(pairs) < LEAST_PAIRS:
                tell(f"  {name}: the model's ratings leave {len(pairs)} pairs, too few to learn from")
                break
            if key not in book:
                folder = out / "reward" / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}"
                rows = _written(
                    pairs, out / f"pairs-{arm.labels}{seed if arm.labels == 'coin' else ''}.parquet"
                )
                made = train_reward(_backbone(config), rows, folder, _settings(config, arm, seed))
                told = {"train_pairs": len(pairs), "train_accuracy": _accuracy(made.path, len(pairs))}
                book.put(key, told | _scores(made.path, held_out, many))
                tell(f"  {name}, seed {seed}: {len(pairs)} pairs, {made.seconds:.0f} s")
                if key != "verified/0":
                    shutil.rmtree(folder)
            found.append(Scored(arm=name, seed=seed, **book[key]))
    return found


def _written(pairs: Sequence[FeedbackPair], path: Path) -> Path:
    """Written once: a training run that goes on must find the same file."""
    if not path.is_file():
        with PairWriter(path) as writer:
            for pair in pairs:
                writer.write(pair)
    return path


def _backbone(config: StudyConfig) -> Path | str:
    if config.backbone == "sentence":
        from windward.models.sentence_model import embedded_encoder_path

        return embedded_encoder_path()
    if config.backbone == "embedded":
        from windward.models import embedded_path

        return embedded_path()
    return config.backbone


def _settings(config: StudyConfig, arm: Arm, seed: int) -> RewardConfig:
    from windward.training import RewardConfig

    sentence = config.backbone == "sentence"
    return RewardConfig(
        learning_rate=1e-4 if sentence else 2e-4,
        lora_rank=0 if sentence else 16,
        epochs=config.epochs,
        batch_size=BATCH,
        max_length=MAX_LENGTH,
        margin_weight=float(arm.margin),
        seed=seed,
    )


def _accuracy(folder: Path, pairs: int) -> float:
    """Mean of the last epoch's steps, as the training record holds them."""
    record: dict[str, Any] = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return fmean(record["curves"]["accuracy"][-max(1, pairs // BATCH) :])


def _scores(folder: Path, held_out: Sequence[Record], many: Sequence[Record]) -> dict[str, Any]:
    from windward.training import load_reward

    model = load_reward(folder)

    def score(records: Sequence[Record]) -> dict[str, list[float]]:
        flat: list[list[Message]] = [
            [{"role": "user", "content": one.instruction}, {"role": "assistant", "content": answer.text}]
            for one in records
            for answer in one.completions
        ]
        rewards = iter(model.score(flat).tolist())
        return {one.id: [next(rewards) for _ in one.completions] for one in records}

    return {"pool": score(held_out), "many": score(many)}
