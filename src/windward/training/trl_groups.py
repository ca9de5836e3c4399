"""GRPO and RLOO by TRL, for the same rows, rewards and output folder as our PPO: the one file that imports TRL.

Both draw several answers to a prompt and compare each with its group, so that no value head is learnt.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from windward.models.loading import checkpoint_folder, without_progress_bars
from windward.models.protocol import ModelError
from windward.training.output import Output
from windward.training.policy import save_policy, versions
from windward.training.ppo.prompts import Prompt, never_score_of, read_prompts
from windward.training.ppo.run import identity
from windward.training.ppo.scoring import Scorer, scored
from windward.training.processes import first, here, wait
from windward.training.stamp import never_score

GroupMethod = Literal["grpo", "rloo"]
MARK = "complete"
"""A file in a saved state that is written last: a state without it was cut off."""


@dataclass(frozen=True, kw_only=True)
class GroupConfig:
    """What GRPO (Shao et al. 2024) and RLOO (Ahmadian et al. 2024) are told; what is not here is TRL's default.

    Attributes:
        method: `grpo` or `rloo`.
        steps: optimiser steps.
        prompts: a step, on each process.
        samples: answers a prompt, which are compared with each other.
        micro_batch_size: answers a forward; None takes all of a step.
        learning_rate: AdamW's, the same throughout. TRL's: 1e-6.
        kl_coef: weight of the KL to the starting checkpoint (TRL's `beta`).
        clip: ε of the clipped ratio.
        max_new_tokens: of an answer at most.
        max_prompt_tokens: rows with a longer prompt are left out and counted.
        temperature: of the draws.
        lora_rank: rank of LoRA adapters on all linear layers, merged at the end; 0 trains all weights.
        lora_alpha: their scale is `lora_alpha / lora_rank`.
        save_steps: state is saved for resuming after so many steps.
        seed: of row order, draws and adapters.
    """

    method: GroupMethod = "grpo"
    steps: int = 80
    prompts: int = 8
    samples: int = 8
    micro_batch_size: int | None = None
    learning_rate: float = 1e-6
    kl_coef: float = 0.05
    clip: float = 0.2
    max_new_tokens: int = 256
    max_prompt_tokens: int = 1024
    temperature: float = 1.0
    lora_rank: int = 0
    lora_alpha: int = 32
    save_steps: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        if self.method not in get_args(GroupMethod):
            raise ValueError(
                f"method is {self.method!r}; it must be one of {', '.join(get_args(GroupMethod))}"
            )
        for name in ("steps", "prompts", "max_new_tokens", "max_prompt_tokens", "save_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.samples < 2:
            raise ValueError(f"samples is {self.samples}; an answer is compared with at least one other")
        if (self.prompts * self.samples) % (self.micro_batch_size or self.samples):
            raise ValueError(
                f"{self.prompts} prompts of {self.samples} answers are not a multiple of micro_batch_size "
                f"{self.micro_batch_size}"
            )

    def as_dict(self) -> dict[str, Any]:
        """All that changes the result, as plain JSON types."""
        deciding = {name: value for name, value in asdict(self).items() if name != "save_steps"}
        return cast(dict[str, Any], json.loads(json.dumps(deciding)))


@dataclass(frozen=True)
class Grouped:
    """A finished run.

    Attributes:
        path: the checkpoint folder.
        steps: what TRL logged of each, `reward`, `kl` and `completions/mean_length` among it.
        seconds: of this process's work.
        skipped: whether it had been finished before.
    """

    path: Path
    steps: tuple[dict[str, float], ...]
    seconds: float
    skipped: bool = False


def train_groups(
    model_path: str | Path,
    rows_path: str | Path,
    out: str | Path,
    scorer: Scorer,
    config: GroupConfig | None = None,
    *,
    on_step: Callable[[dict[str, float]], None] = lambda logged: None,
) -> Grouped:
    """Trains a policy by TRL's `GRPOTrainer` or `RLOOTrainer`.

    A run that was cut off goes on from its last saved step, but not to the same weights: TRL begins its order of prompts
    anew. The result is whole or not at all.

    Args:
        model_path: the starting checkpoint, a folder or a name on the hub; also the reference policy.
        rows_path: as for `train_ppo`.
        out: folder of the result, as for `train_ppo`.
        scorer: source of the rewards.
        config: settings.
        on_step: hears what TRL logged of every step.

    Raises:
        RowError: a row is malformed; the message names file and row.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint, or TRL is not installed.
    """
    config = config or GroupConfig()
    folder, file = checkpoint_folder(model_path), Path(rows_path)
    if not file.is_file():
        raise FileNotFoundError(f"no rows at {file}: name a Parquet or .jsonl file")
    known = identity(config.method, folder, [file], scorer.name, config.as_dict())
    output = Output(Path(out), known)
    if (stored := output.stored()) is not None:
        return Grouped(output.out, tuple(stored["steps"]), stored["seconds"], skipped=True)
    if first():
        output.open()
    wait()
    started = time.monotonic()
    trainer, prompts, left_out = _trainer(output.part, folder, file, scorer, config, on_step)
    state = _latest(output.part)
    trainer.train(resume_from_checkpoint=None if state is None else str(state))
    steps = [entry for entry in trainer.state.log_history if "reward" in entry]
    seconds = time.monotonic() - started
    wait()
    if first():
        save_policy(trainer.accelerator.unwrap_model(trainer.model), trainer.processing_class, output.part)
        for scratch in output.part.glob("checkpoint-*"):
            shutil.rmtree(scratch)
        for left in ("training_args.bin", "README.md"):
            (output.part / left).unlink(missing_ok=True)
        stamps = never_score(folder) | scorer.never_score | never_score_of([one.row for one in prompts])
        output.close(
            {
                "steps": steps,
                "seconds": seconds,
                "prompts": len(prompts),
                "prompts_left_out": left_out,
                "processes": here().num_processes,
                "never_score": sorted(stamps),
                "versions": versions(),
            }
        )
    wait()
    return Grouped(output.out, tuple(steps), seconds)


def _trainer(
    part: Path,
    folder: Path,
    file: Path,
    scorer: Scorer,
    config: GroupConfig,
    on_step: Callable[[dict[str, float]], None],
) -> tuple[Any, list[Prompt], int]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback

    try:
        from datasets import Dataset
        from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer
    except ImportError as error:
        raise ModelError(
            f"GRPO and RLOO are TRL's, which is not there ({error}): pip install 'trl>=1.16,<1.17', or use "
            "`windward train ppo`, which needs no more than Windward"
        ) from error
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    prompts, left_out = read_prompts(file, tokenizer, config.max_prompt_tokens)
    settings, kind = {"grpo": (GRPOConfig, GRPOTrainer), "rloo": (RLOOConfig, RLOOTrainer)}[config.method]
    with without_progress_bars():
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    trainer = kind(
        model=model,
        reward_funcs=_reward(scorer, prompts),
        args=settings(**_arguments(part, config)),
        train_dataset=Dataset.from_list(
            [{"prompt": list(prompt.messages), "row": number} for number, prompt in enumerate(prompts)]
        ),
        processing_class=tokenizer,
        peft_config=_adapters(config),
        callbacks=[_watch(on_step)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer, prompts, left_out


def _reward(scorer: Scorer, prompts: Sequence[Prompt]) -> Callable[..., list[float]]:
    """The scorer as TRL asks for rewards."""

    def reward(completions: Sequence[Sequence[dict[str, str]]], row: Sequence[int], **_: Any) -> list[float]:
        texts = [completion[-1]["content"] for completion in completions]
        return scored(scorer, [prompts[number].row for number in row], texts)

    return reward


def _arguments(part: Path, config: GroupConfig) -> dict[str, Any]:
    import torch

    answers = config.prompts * config.samples
    micro = config.micro_batch_size or answers
    return {
        "output_dir": str(part),
        "max_steps": config.steps,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": answers // micro,
        "num_generations": config.samples,
        "learning_rate": config.learning_rate,
        "lr_scheduler_type": "constant",
        "beta": config.kl_coef,
        "epsilon": config.clip,
        "max_completion_length": config.max_new_tokens,
        "temperature": config.temperature,
        "seed": config.seed,
        "bf16": False,
        "use_cpu": not torch.cuda.is_available(),
        "logging_steps": 1,
        "save_steps": config.save_steps,
        "save_total_limit": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "activation_checkpointing": False,
        "dataloader_pin_memory": torch.cuda.is_available(),
    }


def _adapters(config: GroupConfig) -> Any:
    if not config.lora_rank:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _watch(on_step: Callable[[dict[str, float]], None]) -> Any:
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Passes on what is logged, and marks saved states as whole."""

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
            if "reward" in logs:
                on_step({**logs, "step": state.global_step})

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if first():
                (Path(args.output_dir) / f"checkpoint-{state.global_step}" / MARK).touch()

    return Watch()


def _latest(part: Path) -> Path | None:
    states = [mark.parent for mark in part.glob(f"checkpoint-*/{MARK}")]
    return max(states, key=lambda state: int(state.name.rsplit("-", 1)[1]), default=None)
