"""What a training run is told; one frozen dataclass a method."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from windward.training.losses import PREFERENCE_LOSSES

Schedule = Literal["auto", "cosine", "constant"]
Precision = Literal["auto", "float32", "bfloat16"]
Group = Literal["row", "tree"]
ORDERS = ("shuffled", "given")
"""Orders that are no column's."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """What supervised and preference training share.

    Attributes:
        learning_rate: peak of AdamW's rate.
        schedule: `cosine`, a linear warm-up and then a cosine to zero, or `constant` from the first step to the last; `auto`
            is constant where `order` names a column, so that early rows do not weigh more than late ones, else cosine.
        warmup: share of the steps that warm up before a cosine; from 1 on, how many of them.
        epochs: passes over the rows.
        max_steps: stop after as many steps; None runs all epochs.
        batch_size: rows (or pairs) a step, on each process.
        micro_batch_size: rows a forward, where a batch does not fit the memory; the gradient stays the same.
        max_length: tokens of a row at most. A longer prompt loses its beginning, a conversation with `learn` its
            oldest exchanges; an answer only what exceeds `max_length` by itself. A row whose prompt begins with a
            `condition` is refused instead.
        lora_rank: rank of LoRA adapters on all linear layers, merged at the end; 0 trains all weights.
        lora_alpha: their scale is `lora_alpha / lora_rank`.
        weight_decay: AdamW's.
        order: `shuffled` by the seed anew each epoch, `given`, as the rows lie in the file, or the name of a column of
            numbers, from the lowest to the highest.
        precision: `float32`, or `bfloat16` for autocast (the weights stay in float32); `auto` is bfloat16 where it is
            native, on GPUs and some processors, and float32 elsewhere.
        gradient_checkpointing: computes activations twice to save memory.
        save_seconds: state is saved for resuming when as many seconds have passed since the last time.
        seed: of row order and adapter initialisation.
    """

    learning_rate: float
    schedule: Schedule = "auto"
    warmup: float = 0.1
    epochs: int = 1
    max_steps: int | None = None
    batch_size: int = 8
    micro_batch_size: int | None = None
    max_length: int = 1024
    lora_rank: int = 0
    lora_alpha: int = 32
    weight_decay: float = 0.0
    order: str = "shuffled"
    precision: Precision = "float32"
    gradient_checkpointing: bool = False
    save_seconds: float = 300.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        for name in ("epochs", "batch_size", "max_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        _check_choice("schedule", self.schedule, Schedule)
        _check_choice("precision", self.precision, Precision)
        if self.warmup < 0 or (self.warmup >= 1 and self.warmup != int(self.warmup)):
            raise ValueError(
                f"warmup is {self.warmup}; it must be a share below 1 or a whole number of steps"
            )
        if self.batch_size % (self.micro_batch_size or self.batch_size):
            raise ValueError(
                f"batch_size {self.batch_size} is not a multiple of micro_batch_size {self.micro_batch_size}"
            )

    @property
    def order_column(self) -> str | None:
        """The column whose numbers order the rows, where `order` names one."""
        return None if self.order in ORDERS else self.order

    @property
    def rate(self) -> str:
        """How the learning rate runs: `cosine` or `constant`."""
        if self.schedule != "auto":
            return self.schedule
        return "cosine" if self.order_column is None else "constant"

    def as_dict(self) -> dict[str, Any]:
        """All that changes the result, as plain JSON types.

        A cosine and unsaved steps are not named: runs from before there was a choice keep their identity.
        """
        left_out = {"save_seconds", "schedule"}
        deciding = {name: value for name, value in asdict(self).items() if name not in left_out}
        if self.rate != "cosine":
            deciding["schedule"] = self.rate
        if deciding.get("checkpoint_steps", 0) is None:
            del deciding["checkpoint_steps"]
        return cast(dict[str, Any], json.loads(json.dumps(deciding)))


@dataclass(frozen=True, kw_only=True)
class SFTConfig(TrainingConfig):
    """Supervised fine-tuning on answers: the last of each row, or those that it marks.

    Attributes:
        checkpoint_steps: keeps a checkpoint of every so many steps, from step 0 on (`training.checkpoints`); None keeps
            only the result.
    """

    learning_rate: float = 2e-5
    checkpoint_steps: int | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        super().__post_init__()
        if self.checkpoint_steps is not None and self.checkpoint_steps < 1:
            raise ValueError(f"checkpoint_steps is {self.checkpoint_steps}; it must be at least 1")


@dataclass(frozen=True, kw_only=True)
class PairConfig(TrainingConfig):
    """What all training on pairs shares.

    Attributes:
        group: what a batch counts: pairs (`row`), or whole trees (`tree`), the pairs of one `tree_id` together.
    """

    group: Group = "row"

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        super().__post_init__()
        _check_choice("group", self.group, Group)
        if self.group == "tree" and self.order_column is not None:
            raise ValueError(
                f"order is the column {self.order!r}, which orders rows; trees come shuffled or as given: set group to row"
            )


@dataclass(frozen=True, kw_only=True)
class PreferenceConfig(PairConfig):
    """Preference learning on pairs, against the starting checkpoint as reference policy.

    Attributes:
        objective: a name in `windward.training.losses.PREFERENCE_LOSSES`.
        beta: strength of the pull to the reference policy (IPO's τ).
        lambda_chosen: `kto`'s weight of chosen answers (λ₊; Eurus: 1.33).
        lambda_rejected: `kto`'s weight of rejected answers (λ₋).
        sft_weight: weight of the chosen answers' mean negative log-likelihood beside the objective (RPO's mixing).
    """

    learning_rate: float = 5e-7
    objective: str = "dpo"
    beta: float = 0.1
    lambda_chosen: float = 1.33
    lambda_rejected: float = 1.0
    sft_weight: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        super().__post_init__()
        if self.objective not in PREFERENCE_LOSSES:
            raise ValueError(
                f"objective is {self.objective!r}; it must be one of {', '.join(PREFERENCE_LOSSES)}"
            )


@dataclass(frozen=True, kw_only=True)
class RewardConfig(PairConfig):
    """A reward model on pairs (Eurus §3, UltraFeedback §3).

    Attributes:
        absolute_sources: sources whose rows carry L_DR besides L_BT: their answers are right and wrong, not only better
            and worse. None goes by the rows' column `absolute`, and without one no row carries it.
        source_column: the column that names a row's source.
        margin: by how much the chosen answer's reward should at least be ahead, in every pair.
        margin_weight: of the rows' own column `margin`, which is added to it (UltraFeedback: 1); 0 leaves the column
            unread. Without such a column, or where a row's is empty, nothing is added.
    """

    learning_rate: float = 1e-5
    absolute_sources: tuple[str, ...] | None = None
    source_column: str = "provenance"
    margin: float = 0.0
    margin_weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        super().__post_init__()
        if not 0 <= self.margin_weight < math.inf:
            raise ValueError(f"margin_weight is {self.margin_weight}; it must be a number of at least 0")


def _check_choice(name: str, value: str, choices: Any) -> None:
    if value not in get_args(choices):
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(get_args(choices))}")
