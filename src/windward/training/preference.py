"""Preference learning on pairs of answers, against the starting checkpoint as reference policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.training.config import PreferenceConfig
from windward.training.losses import PREFERENCE_LOSSES
from windward.training.order import row_order
from windward.training.pairs import chat_reader, examples_of, grouped, read_pairs
from windward.training.policy import load_policy, save_policy
from windward.training.references import reference_log_probabilities
from windward.training.run import Trained, finish, prepare
from windward.training.scores import PairScores, pack_pairs, pair_scores

if TYPE_CHECKING:
    from torch import Tensor

    from windward.training.trainer import LossFunction, Progress


def train_preference(
    model_path: str | Path,
    rows_path: str | Path,
    out: str | Path,
    config: PreferenceConfig | None = None,
    *,
    on_step: Callable[[Progress], None] | None = None,
) -> Trained:
    """Trains a checkpoint on preference pairs.

    The reference policy is the starting checkpoint; its log-probabilities are computed once for these rows, before
    training, and kept in the user's cache. The result, resuming and errors are as in `train_sft`; `training.json`
    also holds the mean implicit rewards of chosen and rejected answers at every step.

    Args:
        model_path: the starting checkpoint, a folder or a name on the hub.
        rows_path: Parquet with `prompt` (messages), `chosen` and `rejected` (one assistant message each), perhaps
            `weight`, a factor of a row's loss, and `tree_id`.
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
    from windward.training.trainer import Task, answer_log_probabilities, fit

    def pack(groups: Sequence[tuple[int, ...]]) -> dict[str, Any]:
        numbers = list(chain.from_iterable(groups))
        return pack_pairs([pairs[number] for number in numbers], [known[number] for number in numbers])

    run.open()
    model, tokenizer = load_policy(run.model, config)
    pairs = read_pairs(run.rows, chat_reader(tokenizer), config.max_length, trees=config.group == "tree")
    known = reference_log_probabilities(run, model, pairs)
    groups = grouped(pairs, config.group)
    rows = [groups[place] for place in row_order(run.rows, len(groups), config)]
    fitted = fit(run, model, Task(rows, pack, _loss_function(config), answer_log_probabilities), on_step)
    return finish(run, fitted, examples_of(pairs), lambda folder: save_policy(model, tokenizer, folder))


def _loss_function(config: PreferenceConfig) -> LossFunction:
    from windward.training.trainer import Losses

    objective = PREFERENCE_LOSSES[config.objective]

    def losses(log_probabilities: Tensor, batch: dict[str, Any]) -> Losses:
        scores = pair_scores(log_probabilities, batch)
        chosen = scores.chosen - scores.reference_chosen
        rejected = scores.rejected - scores.reference_rejected
        values = objective(chosen, rejected, config.beta, **_options(config, scores))
        values = values - config.sft_weight * scores.chosen / scores.chosen_tokens
        seen = {
            "chosen_reward": config.beta * chosen,
            "rejected_reward": config.beta * rejected,
            "accuracy": (chosen > rejected).float(),
        }
        return Losses(batch["weights"] * values, seen)

    return losses


def _options(config: PreferenceConfig, scores: PairScores) -> dict[str, Any]:
    if config.objective == "ipo":
        return {"chosen_tokens": scores.chosen_tokens, "rejected_tokens": scores.rejected_tokens}
    if config.objective == "kto":
        return {"lambda_chosen": config.lambda_chosen, "lambda_rejected": config.lambda_rejected}
    return {}
