"""Preference learning on pairs of answers, against the starting checkpoint as reference policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.training.config import PreferenceConfig
from windward.training.examples import Pair, read_pairs
from windward.training.objectives import OBJECTIVES, PairScores
from windward.training.policy import load_policy, row_order
from windward.training.run import Run, Trained, finish, prepare

if TYPE_CHECKING:
    from torch import Tensor

    from windward.training.trainer import Progress

REFERENCE = "reference.json"


LogProbabilities = tuple[float, float]
"""Of the chosen and the rejected answer, nats summed over tokens."""


def train_preference(
    model_path: str | Path,
    rows_path: str | Path,
    out: str | Path,
    config: PreferenceConfig | None = None,
    *,
    on_step: Callable[[Progress], None] | None = None,
) -> Trained:
    """Trains a checkpoint on preference pairs.

    The reference policy is the starting checkpoint; its log-probabilities are computed once, before training. The
    result, resuming and errors are as in `train_sft`.

    Args:
        model_path: the starting checkpoint, a folder or a name on the hub.
        rows_path: Parquet with `prompt` (messages), `chosen` and `rejected` (one assistant message each).
        out: folder of the result.
        config: settings, the objective among them.
        on_step: hears of every step.

    Raises:
        RowError: a row is malformed; the message names file, row and field.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
    """
    config = config or PreferenceConfig()
    run = prepare("preference", model_path, rows_path, out, config)
    if (done := run.finished()) is not None:
        return done
    from windward.training.trainer import Task, fit

    run.open()
    model, tokenizer = load_policy(run.model, config)
    pairs = read_pairs(run.rows, tokenizer, config.max_length)
    reference = _reference(run, model, pairs)
    units = [(pairs[row], reference[row]) for row in row_order(len(pairs), config)]
    losses, seconds = fit(run, model, Task(units, _pack_units, _loss_function(config)), on_step)
    examples = [example for pair in pairs for example in (pair.chosen, pair.rejected)]
    return finish(run, model, tokenizer, losses, seconds, examples)


def pack_pairs(pairs: Sequence[Pair], reference: Sequence[LogProbabilities]) -> dict[str, Any]:
    """Packs pairs: chosen answers first, then the rejected ones in the same order; see `trainer.collate`."""
    import torch

    from windward.training.trainer import collate

    examples = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    known = [chosen for chosen, _ in reference] + [rejected for _, rejected in reference]
    return collate(examples) | {"reference": torch.tensor(known), "units": len(pairs)}


def _pack_units(units: Sequence[tuple[Pair, LogProbabilities]]) -> dict[str, Any]:
    return pack_pairs([pair for pair, _ in units], [known for _, known in units])


def pair_scores(log_probabilities: Tensor, batch: dict[str, Any]) -> PairScores:
    """Sums the answers' token log-probabilities (T,) of a batch of pairs."""
    pairs = batch["units"]
    zeros = log_probabilities.new_zeros(2 * pairs)
    sums = zeros.index_add(0, batch["owners"], log_probabilities)
    counts = zeros.index_add(0, batch["owners"], log_probabilities.detach().new_ones(len(log_probabilities)))
    return PairScores(
        sums[:pairs],
        sums[pairs:],
        batch["reference"][:pairs],
        batch["reference"][pairs:],
        counts[:pairs],
        counts[pairs:],
    )


def _loss_function(config: PreferenceConfig) -> Callable[[Tensor, dict[str, Any]], Tensor]:
    objective = OBJECTIVES[config.objective]

    def losses(log_probabilities: Tensor, batch: dict[str, Any]) -> Tensor:
        scores = pair_scores(log_probabilities, batch)
        return objective(scores, config.beta) - config.sft_weight * scores.chosen / scores.chosen_tokens

    return losses


def _reference(run: Run, model: Any, pairs: Sequence[Pair]) -> list[LogProbabilities]:
    """Asks the reference policy once; a resumed run finds its answers in the working folder."""
    import torch

    from windward.training.trainer import answer_log_probabilities

    stored = run.part / REFERENCE
    if stored.is_file():
        return [(chosen, rejected) for chosen, rejected in json.loads(stored.read_text())]
    known: list[LogProbabilities] = []
    size = run.config.micro_batch_size or run.config.batch_size
    model.eval()
    with torch.no_grad():
        for start in range(0, len(pairs), size):
            some = pairs[start : start + size]
            batch = {
                key: value.to(model.device) if isinstance(value, torch.Tensor) else value
                for key, value in pack_pairs(some, [(0.0, 0.0)] * len(some)).items()
            }
            scores = pair_scores(answer_log_probabilities(model, batch), batch)
            known.extend(zip(scores.chosen.tolist(), scores.rejected.tolist(), strict=True))
    part = stored.with_suffix(".tmp")
    part.write_text(json.dumps(known))
    part.replace(stored)
    return known
