"""A reward model from pairs: L_BT on all of them, L_DR besides on those that are right and wrong (Eurus §3).

A pair may say how far its answers lie apart: L_BT then asks for that lead (UltraFeedback's margin m).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.training.config import RewardConfig
from windward.training.losses import reward_loss
from windward.training.order import row_order
from windward.training.pairs import Sources, examples_of, grouped, read_pairs
from windward.training.run import Trained, finish, prepare
from windward.training.scores import said_of

if TYPE_CHECKING:
    from torch import Tensor

    from windward.training.trainer import LossFunction, Progress


def train_reward(
    model_path: str | Path,
    rows_path: str | Path,
    out: str | Path,
    config: RewardConfig | None = None,
    *,
    on_step: Callable[[Progress], None] | None = None,
) -> Trained:
    """Trains a reward model: a checkpoint's backbone and a bias-free linear head.

    The loss of a pair is L_BT = −log σ(r_c − r_r − m), and where its provenance says that one answer is right and the
    other wrong also L_DR = −log σ(r_c) − log σ(−r_r). Its margin is m = `config.margin` + `config.margin_weight` × its
    row's `margin`, where the row has one. The result is read by `load_reward`; resuming and errors are as in
    `train_sft`. `training.json` also holds the mean rewards of chosen and rejected answers at every step, how many rows
    carried L_DR, and how many a margin of their own.

    Args:
        model_path: a causal checkpoint, an encoder (BERT's kind), or a reward model; a folder or a name on the hub.
        rows_path: Parquet as in `train_preference`, perhaps with `margin` (at least 0), and with `absolute` (true
            and false) or a column of sources.
        out: folder of the result.
        config: settings, the sources whose rows carry L_DR among them.
        on_step: hears of every step.

    Raises:
        RowError: a row is malformed; the message names file, row and field.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint, or it has no place for a head.
    """
    config = config or RewardConfig()
    run = prepare("reward", model_path, rows_path, out, config)
    if (done := run.finished()) is not None:
        return done
    from windward.training.reward_net import load_net
    from windward.training.trainer import Task, fit

    def collate(groups: Sequence[tuple[int, ...]]) -> dict[str, Any]:
        some = [pairs[number] for number in chain.from_iterable(groups)]
        examples = [pair.chosen for pair in some] + [pair.rejected for pair in some]
        return net.collate(examples) | said_of(some)

    def rewards(model: Any, batch: dict[str, Any]) -> Tensor:
        found: Tensor = model(batch)
        return found

    run.open()
    net, tokenizer, reader = load_net(run.model, config)
    names = None if config.absolute_sources is None else frozenset(config.absolute_sources)
    sources = Sources(names, config.source_column)
    pairs = read_pairs(
        run.rows,
        reader,
        config.max_length,
        sources=sources,
        trees=config.group == "tree",
        margins=config.margin_weight > 0,
    )
    groups = grouped(pairs, config.group)
    rows = [groups[place] for place in row_order(run.rows, len(groups), config)]
    fitted = fit(run, net, Task(rows, collate, _loss_function(config), rewards), on_step)
    record = {
        "absolute_rows": sum(pair.absolute for pair in pairs),
        "margin_rows": sum(pair.margin is not None for pair in pairs),
    }
    return finish(run, fitted, examples_of(pairs), lambda folder: net.save(tokenizer, folder), record)


def _loss_function(config: RewardConfig) -> LossFunction:
    from windward.training.trainer import Losses

    def losses(rewards: Tensor, batch: dict[str, Any]) -> Losses:
        chosen, rejected = rewards.chunk(2)
        margin = config.margin + config.margin_weight * batch["margins"]
        values = reward_loss(chosen, rejected, absolute=batch["absolute"], margin=margin)
        seen = {
            "chosen_reward": chosen,
            "rejected_reward": rejected,
            "accuracy": (chosen > rejected).float(),
        }
        return Losses(batch["weights"] * values, seen)

    return losses
