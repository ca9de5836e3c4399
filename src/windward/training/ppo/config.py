"""What a PPO run is told."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class PPOConfig:
    """Proximal policy optimisation of answers against a reward, held to the starting checkpoint by its KL.

    `iterations`, `rollout`, `minibatch` and `learning_rate` are UltraFeedback's. The paper's KL coefficient, GAE and clip
    values could not be verified, so those defaults are ours, taken from the papers that introduced the terms, and every
    run's record states them.

    Attributes:
        iterations: rollouts, each followed by its updates (UltraFeedback: 80).
        rollout: answers an iteration, over all processes (UltraFeedback: 512).
        minibatch: answers an optimiser step, over all processes (UltraFeedback: 64).
        epochs: passes over each rollout. Ours: 1.
        learning_rate: AdamW's for the policy, the same throughout (UltraFeedback: 1e-6, fixed).
        value_learning_rate: AdamW's for the value head, which starts from nothing and reads the reference policy's hidden
            states. It shares no weight with the policy, so there is no weight of its loss to choose. Ours: 1e-3.
        kl_coef: β_KL, nats to reward; where `kl_target` is set, where it begins. Ours: 0.05.
        kl_target: KL to the reference, in nats an answer, that `kl_coef` is steered to (Ziegler et al. 2019, §2.2); None
            keeps `kl_coef` fixed.
        kl_horizon: answers over which the steering acts (the same: K_β = 0.1 a batch; TRL's former default 10,000).
        gamma: discount of later rewards. 1: an answer is one episode, and the KL of its tokens sums to its own.
        lam: GAE's λ (Schulman et al. 2016). 0.95, as PPO's paper has it.
        clip: ε of the clipped surrogate (Schulman et al. 2017, §3: 0.2).
        value_clip: a value moves at most so far from that of its rollout, in reward units; None does not clip. 0.2, as is
            usual.
        entropy_coef: weight of the policy's entropy, in nats a token. Ours: 0.
        whiten: advantages of a rollout are brought to mean 0 and variance 1. Usual; off, small advantages take small steps.
        max_new_tokens: of an answer at most (UltraFeedback's completions: 1,024; ours is less).
        max_prompt_tokens: rows with a longer prompt are left out and counted.
        temperature: of the policy that is sampled and learnt: log-probabilities are taken at it. The whole vocabulary is
            sampled (top-p 1): from a nucleus, they would not be those of what was drawn.
        max_grad_norm: of policy and value head, each for itself. Usual.
        reward_clip: rewards are cut to ± this before they are learnt from; None does not.
        end_penalty: taken off the reward of an answer that was cut off at `max_new_tokens`.
        lora_rank: rank of LoRA adapters on all linear layers, merged at the end; 0 trains all weights, beside a frozen copy.
        lora_alpha: their scale is `lora_alpha / lora_rank`.
        precision: `float32`, or `bfloat16` for autocast; `auto` is bfloat16 where it is native.
        forward_tokens: tokens of prompts and answers in a forward that is learnt from; less needs less memory.
        generation_batch: answers that are decoded together.
        held_out_every: iterations between measurements of the held-out rows; 0 measures before and after only.
        held_out_temperature: how their answers are drawn, one a row; 0 is greedy. None takes `temperature`.
        save_seconds: state is saved for resuming when as many seconds have passed since the last time.
        seed: of prompt order, draws, minibatches, adapters and value head.
    """

    iterations: int = 80
    rollout: int = 512
    minibatch: int = 64
    epochs: int = 1
    learning_rate: float = 1e-6
    value_learning_rate: float = 1e-3
    kl_coef: float = 0.05
    kl_target: float | None = None
    kl_horizon: int = 10_000
    gamma: float = 1.0
    lam: float = 0.95
    clip: float = 0.2
    value_clip: float | None = 0.2
    entropy_coef: float = 0.0
    whiten: bool = True
    max_new_tokens: int = 256
    max_prompt_tokens: int = 1024
    temperature: float = 1.0
    max_grad_norm: float = 1.0
    reward_clip: float | None = None
    end_penalty: float = 0.0
    lora_rank: int = 0
    lora_alpha: int = 32
    precision: Precision = "float32"
    forward_tokens: int = 4096
    generation_batch: int = 64
    held_out_every: int = 0
    held_out_temperature: float | None = None
    save_seconds: float = 300.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        whole = ("iterations", "rollout", "minibatch", "epochs", "max_new_tokens", "max_prompt_tokens")
        for name in (*whole, "forward_tokens", "generation_batch", "kl_horizon"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        positive = ("learning_rate", "value_learning_rate", "clip", "temperature", "max_grad_norm")
        for name in (*positive, "kl_target", "value_clip", "reward_clip"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}; it must be above 0")
        for name in ("kl_coef", "entropy_coef", "end_penalty", "lora_rank", "held_out_every"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be below 0")
        for name in ("gamma", "lam"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie between 0 and 1")
        if self.minibatch > self.rollout:
            raise ValueError(f"minibatch {self.minibatch} is more than the rollout's {self.rollout} answers")
        if self.kl_target is not None and self.kl_coef == 0:
            raise ValueError("kl_coef is 0, which no steering to kl_target changes; let it begin above 0")
        if self.precision not in get_args(Precision):
            raise ValueError(
                f"precision is {self.precision!r}; it must be one of {', '.join(get_args(Precision))}"
            )

    @property
    def held_out_warmth(self) -> float:
        """The temperature of held-out answers."""
        return self.temperature if self.held_out_temperature is None else self.held_out_temperature

    def as_dict(self) -> dict[str, Any]:
        """All that changes the result, as plain JSON types."""
        deciding = {name: value for name, value in asdict(self).items() if name != "save_seconds"}
        return cast(dict[str, Any], json.loads(json.dumps(deciding)))
