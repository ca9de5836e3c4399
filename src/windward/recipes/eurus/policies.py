"""DPO, KTO and NCA on a language model: implicit rewards of chosen and rejected answers, step by step (Eurus §4, figure 5)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.evals.reward.book import Book
from windward.recipes.eurus.pairs import action, folds, halves, problem_of
from windward.rows import PairRow, write_pairs

if TYPE_CHECKING:
    from windward.training import PreferenceConfig

POLICY_OBJECTIVES = {"dpo": "DPO", "kto": "KTO", "nca_pair": "NCA"}
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class PolicyConfig:
    """How a language model is trained.

    Attributes:
        most_tokens: of a prompt and either answer; longer pairs are left out.
        most_pairs: that are learnt from, drawn by the seed; the pairs held out are all of their fold.
        lora_rank: of the adapters.
        learning_rate: peak of AdamW's.
        beta: strength of the pull to the starting checkpoint.
        epochs: passes over the pairs.
        batch_size: pairs a step.
    """

    most_tokens: int = 384
    most_pairs: int = 64
    lora_rank: int = 16
    learning_rate: float = 1e-4
    beta: float = 0.1
    epochs: int = 2
    batch_size: int = 4


@dataclass(frozen=True)
class PolicyRun:
    """A finished run.

    Attributes:
        objective: a name in `POLICY_OBJECTIVES`.
        seed: of the split, the adapters and the order.
        chosen: mean implicit reward β log(π/π_ref) of the chosen answers at each step, on the pairs of that step.
        rejected: likewise of the rejected ones.
        held_out_chosen: implicit rewards at the end, on pairs of problems that were not learnt from.
        held_out_rejected: likewise.
        train_pairs: pairs learnt from.
        batch_size: pairs a step.
        seconds: of training.
    """

    objective: str
    seed: int
    chosen: tuple[float, ...]
    rejected: tuple[float, ...]
    held_out_chosen: tuple[float, ...]
    held_out_rejected: tuple[float, ...]
    train_pairs: int
    batch_size: int
    seconds: float


def short_pairs(rows: Sequence[PairRow], model: str | Path, most: int) -> list[PairRow]:
    """The pairs whose prompt and longer answer have at most so many tokens.

    Args:
        rows: pairs.
        model: whose tokens are counted.
        most: tokens.
    """
    from transformers import AutoTokenizer

    from windward.models.chat import answer_ids, prompt_ids

    tokenizer = AutoTokenizer.from_pretrained(model)
    prompts = {}
    short = []
    for row in rows:
        key = json.dumps(row.prompt)
        if key not in prompts:
            prompts[key] = len(prompt_ids(tokenizer, row.prompt))  # type: ignore[arg-type]
        answers = (len(answer_ids(tokenizer, action(one))) for one in (row.chosen, row.rejected))
        if prompts[key] + max(answers) <= most:
            short.append(row)
    return short


def train_policies(
    rows: Sequence[PairRow],
    model: str | Path,
    folder: Path,
    book: Book,
    *,
    seeds: Sequence[int],
    count: int,
    config: PolicyConfig,
    tell: Callable[[str], None] = print,
) -> list[PolicyRun]:
    """A run for each seed and objective, on all folds of a seed but the first, which is held out.

    Weights are removed once the held-out pairs are scored; `training.json` stays.

    Args:
        rows: short pairs.
        model: the starting checkpoint.
        folder: of the runs.
        book: rewards on held-out pairs that are known; the others are added.
        seeds: of splits and adapters.
        count: folds.
        config: how it is trained.
        tell: shows a line of progress.
    """
    from windward.training import PreferenceConfig

    found = []
    for seed in seeds:
        split = halves(folds([problem_of(row) for row in rows], count, seed), 0)
        drawn = random.Random(f"pairs/{seed}").sample(split.train, min(config.most_pairs, len(split.train)))
        learnt, held_out = folder / f"train-{seed}.parquet", folder / f"held-out-{seed}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        for file, numbers in ((learnt, drawn), (held_out, split.held_out)):
            if not file.is_file():
                write_pairs(file, [rows[number] for number in numbers])
        for objective in POLICY_OBJECTIVES:
            settings = PreferenceConfig(
                objective=objective,
                beta=config.beta,
                learning_rate=config.learning_rate,
                epochs=config.epochs,
                batch_size=config.batch_size,
                max_length=config.most_tokens,
                lora_rank=config.lora_rank,
                precision="auto",
                seed=seed,
            )
            out = folder / f"{objective}-{seed}"
            run = _run(model, learnt, held_out, out, settings, book, len(drawn))
            found.append(run)
            tell(
                f"  {POLICY_OBJECTIVES[objective]}, seed {seed}: {len(run.chosen)} steps in {run.seconds:.0f} s, "
                f"chosen {run.chosen[-1]:+.3f}, rejected {run.rejected[-1]:+.3f}"
            )
    return found


def _run(
    model: str | Path,
    learnt: Path,
    held_out: Path,
    out: Path,
    settings: PreferenceConfig,
    book: Book,
    train_pairs: int,
) -> PolicyRun:
    from windward.training import train_preference

    train_preference(model, learnt, out, settings)
    if out.name not in book:
        after, before = (_log_probabilities(path, held_out, settings) for path in (out, model))
        rewards = [
            [settings.beta * (now[side] - then[side]) for now, then in zip(after, before, strict=True)]
            for side in (0, 1)
        ]
        book.put(out.name, rewards)
    (out / WEIGHTS).unlink(missing_ok=True)
    record: dict[str, Any] = json.loads((out / "training.json").read_text(encoding="utf-8"))
    chosen, rejected = book[out.name]
    return PolicyRun(
        settings.objective,
        settings.seed,
        tuple(record["curves"]["chosen_reward"]),
        tuple(record["curves"]["rejected_reward"]),
        tuple(chosen),
        tuple(rejected),
        train_pairs,
        settings.batch_size,
        float(record["seconds"]),
    )


def _log_probabilities(
    model: str | Path, rows: Path, settings: PreferenceConfig
) -> list[tuple[float, float]]:
    """Log-probabilities (nats) of both answers of each pair, by a checkpoint as it stands."""
    from dataclasses import replace

    import torch

    from windward.models.loading import checkpoint_folder
    from windward.training.pairs import chat_reader, read_pairs
    from windward.training.policy import load_policy
    from windward.training.scores import pack_pairs, pair_scores
    from windward.training.trainer import answer_log_probabilities

    policy, tokenizer = load_policy(checkpoint_folder(model), replace(settings, lora_rank=0))
    policy.eval()
    found: list[tuple[float, float]] = []
    for pair in read_pairs(rows, chat_reader(tokenizer), settings.max_length):
        packed = pack_pairs([pair], [(0.0, 0.0)])
        batch = {
            name: value.to(policy.device) if isinstance(value, torch.Tensor) else value
            for name, value in packed.items()
        }
        with torch.no_grad():
            scores = pair_scores(answer_log_probabilities(policy, batch), batch)
        found.append((float(scores.chosen), float(scores.rejected)))
    return found
