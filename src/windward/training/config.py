"""What a training run is told; one frozen dataclass a method."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

ObjectiveName = Literal["dpo", "ipo", "hinge", "nca_pair", "apo_zero"]
Order = Literal["shuffled", "given"]
Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """What supervised and preference training share.

    Attributes:
        learning_rate: peak of AdamW's rate; linear warm-up, then a cosine to zero.
        warmup: share of the steps that warm up; from 1 on, how many of them.
        epochs: passes over the rows.
        max_steps: stop after as many steps; None runs all epochs.
        batch_size: rows (or pairs) a step, on each process.
        micro_batch_size: rows a forward, where a batch does not fit the memory; the gradient stays the same.
        max_length: tokens of a row at most. A longer prompt loses its beginning, a conversation with `learn` its
            oldest exchanges; an answer only what exceeds `max_length` by itself.
        lora_rank: rank of LoRA adapters on all linear layers, merged at the end; 0 trains all weights.
        lora_alpha: their scale is `lora_alpha / lora_rank`.
        weight_decay: AdamW's.
        order: `shuffled` by the seed anew each epoch, or `given`, as the rows lie in the file.
        precision: `float32`, or `bfloat16` for autocast (the weights stay in float32); `auto` is bfloat16 where it is
            native, on GPUs and some processors, and float32 elsewhere.
        gradient_checkpointing: computes activations twice to save memory.
        save_seconds: state is saved for resuming when as many seconds have passed since the last time.
        seed: of row order and adapter initialisation.
    """

    learning_rate: float
    warmup: float = 0.1
    epochs: int = 1
    max_steps: int | None = None
    batch_size: int = 8
    micro_batch_size: int | None = None
    max_length: int = 1024
    lora_rank: int = 0
    lora_alpha: int = 32
    weight_decay: float = 0.0
    order: Order = "shuffled"
    precision: Precision = "float32"
    gradient_checkpointing: bool = False
    save_seconds: float = 300.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        for name in ("epochs", "batch_size", "max_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        _check_choice("order", self.order, Order)
        _check_choice("precision", self.precision, Precision)
        if self.warmup < 0 or (self.warmup >= 1 and self.warmup != int(self.warmup)):
            raise ValueError(
                f"warmup is {self.warmup}; it must be a share below 1 or a whole number of steps"
            )
        if self.batch_size % (self.micro_batch_size or self.batch_size):
            raise ValueError(
                f"batch_size {self.batch_size} is not a multiple of micro_batch_size {self.micro_batch_size}"
            )

    def as_dict(self) -> dict[str, Any]:
        """All that changes the result, as plain JSON types."""
        return {name: value for name, value in asdict(self).items() if name != "save_seconds"}


@dataclass(frozen=True, kw_only=True)
class SFTConfig(TrainingConfig):
    """Supervised fine-tuning on answers: the last of each row, or those that it marks."""

    learning_rate: float = 2e-5


@dataclass(frozen=True, kw_only=True)
class PreferenceConfig(TrainingConfig):
    """Preference learning on pairs, against the starting checkpoint as reference policy.

    Attributes:
        objective: see `windward.training.objectives`.
        beta: strength of the pull to the reference policy (IPO's τ).
        sft_weight: weight of the chosen answers' mean negative log-likelihood beside the objective (RPO's mixing).
    """

    learning_rate: float = 5e-7
    objective: ObjectiveName = "dpo"
    beta: float = 0.1
    sft_weight: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        super().__post_init__()
        _check_choice("objective", self.objective, ObjectiveName)


def _check_choice(name: str, value: str, choices: Any) -> None:
    if value not in get_args(choices):
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(get_args(choices))}")
