"""`windward train ppo`, `grpo` and `rloo`: a policy that learns from rewards of its own answers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from windward.cli.outcome import refuse
from windward.cli.train import config_of, path_of, train
from windward.cli.training_options import ModelOption, OutOption

if TYPE_CHECKING:
    from windward.training.ppo import Iteration, Scorer

SECONDS_BETWEEN_LINES = 15.0

RowsOption = Annotated[
    Path,
    typer.Option(
        "--rows", help="Parquet or .jsonl file with `prompt` (messages or a text) or `instruction`."
    ),
]
RewardOption = Annotated[
    Path | None, typer.Option("--reward", metavar="DIR", help="A reward model of `windward train reward`.")
]
VerifierOption = Annotated[
    str | None,
    typer.Option(
        "--verifier",
        metavar="NAME",
        help="A program instead: `instructions` (rows with `checks`) or `math` (rows with `answer`).",
    ),
]
TokensOption = Annotated[int, typer.Option(help="Tokens of an answer at most.")]
TemperatureOption = Annotated[float, typer.Option(help="Of the policy that is sampled and learnt.")]
LoraOption = Annotated[
    int, typer.Option(help="Rank of LoRA adapters, merged at the end; 0 trains all weights.")
]
SeedOption = Annotated[int, typer.Option(help="Of prompt order, draws and adapters.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file to `windward train`."""
    train.command("ppo")(ppo)
    train.command("grpo")(grpo)
    train.command("rloo")(rloo)


def ppo(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    reward: RewardOption = None,
    verifier: VerifierOption = None,
    held_out: Annotated[
        Path | None,
        typer.Option("--held-out", metavar="FILE", help="Rows that are only measured, before and after."),
    ] = None,
    held_out_every: Annotated[
        int, typer.Option(help="Measure them every so many iterations too; 0 does not.")
    ] = 0,
    held_out_temperature: Annotated[
        float | None,
        typer.Option(help="Of their answers, one a row; 0 is greedy. As --temperature by itself."),
    ] = None,
    iterations: Annotated[int, typer.Option(help="Rollouts, each followed by its updates.")] = 80,
    rollout: Annotated[int, typer.Option(help="Answers an iteration.")] = 512,
    minibatch: Annotated[int, typer.Option(help="Answers a step.")] = 64,
    epochs: Annotated[int, typer.Option(help="Passes over each rollout.")] = 1,
    learning_rate: Annotated[float, typer.Option(help="The policy's, the same throughout.")] = 1e-6,
    value_learning_rate: Annotated[float, typer.Option(help="The value head's.")] = 1e-3,
    kl_coef: Annotated[
        float, typer.Option(help="Reward that a nat of KL to the starting checkpoint costs.")
    ] = 0.05,
    kl_target: Annotated[
        float | None, typer.Option(help="Nats an answer that --kl-coef is steered to; fixed without it.")
    ] = None,
    gamma: Annotated[float, typer.Option(help="Discount of later rewards.")] = 1.0,
    lam: Annotated[float, typer.Option(help="Lambda of GAE.")] = 0.95,
    clip: Annotated[float, typer.Option(help="How far a probability ratio may leave 1.")] = 0.2,
    entropy_coef: Annotated[float, typer.Option(help="Reward of the policy's entropy.")] = 0.0,
    end_penalty: Annotated[float, typer.Option(help="Taken off where an answer was cut off.")] = 0.0,
    reward_clip: Annotated[
        float | None, typer.Option(help="Rewards are cut to plus and minus this before they are learnt from.")
    ] = None,
    max_new_tokens: TokensOption = 256,
    temperature: TemperatureOption = 1.0,
    lora_rank: LoraOption = 0,
    precision: Annotated[str, typer.Option(help="float32, bfloat16 or auto.")] = "float32",
    forward_tokens: Annotated[
        int, typer.Option(help="Tokens of a forward that is learnt from; less needs less memory.")
    ] = 4096,
    seed: SeedOption = 0,
) -> None:
    """Learns from a reward of its own answers (PPO), held to the starting checkpoint by their KL.

    Answers to the rows' prompts are drawn, rewarded by a reward model or a program, and learnt from. The folder then holds
    an ordinary checkpoint, `iterations.jsonl` (reward, KL, length, clip fraction and more, a line an iteration),
    `training.json`, and with --held-out `held_out.json`: reward before and after with intervals. The defaults of
    iterations, rollout, minibatch and learning rate are UltraFeedback's.

    Example: windward train ppo --model checkpoints/sft --rows prompts.parquet --reward checkpoints/reward --out
    checkpoints/ppo --held-out other.parquet --lora-rank 16 --learning-rate 1e-5
    """
    from windward.training.ppo import PPOConfig, train_ppo

    config = config_of(
        PPOConfig,
        {
            "iterations": iterations,
            "rollout": rollout,
            "minibatch": minibatch,
            "epochs": epochs,
            "learning_rate": learning_rate,
            "value_learning_rate": value_learning_rate,
            "kl_coef": kl_coef,
            "kl_target": kl_target,
            "gamma": gamma,
            "lam": lam,
            "clip": clip,
            "entropy_coef": entropy_coef,
            "end_penalty": end_penalty,
            "reward_clip": reward_clip,
            "max_new_tokens": max_new_tokens,
            "temperature": temperature,
            "lora_rank": lora_rank,
            "precision": precision,
            "forward_tokens": forward_tokens,
            "held_out_every": held_out_every,
            "held_out_temperature": held_out_temperature,
            "seed": seed,
        },
    )

    def work() -> None:
        trained = train_ppo(
            path_of(model),
            rows,
            out,
            _scorer(reward, verifier),
            config,
            held_out=held_out,
            on_iteration=lambda iteration: _line(iteration, config.iterations),
            on_work=_now_and_then(),
        )
        if not _speaks():
            return
        if trained.skipped:
            typer.echo(f"{trained.path} was finished before")
            return
        first, last = trained.iterations[0], trained.iterations[-1]
        typer.echo(
            f"{trained.path}: {len(trained.iterations)} iterations, reward {first.reward:.4f} to {last.reward:.4f}, "
            f"KL {last.kl_k3:.3f} nats an answer, {trained.seconds:.0f} s"
        )
        if trained.held_out is not None:
            _say_gain(trained.held_out["after_against_before"])

    _ending(work)


StepsOption = Annotated[int, typer.Option(help="Optimiser steps.")]
PromptsOption = Annotated[int, typer.Option(help="Prompts a step.")]
SamplesOption = Annotated[int, typer.Option(help="Answers a prompt, compared with each other.")]
MicroOption = Annotated[int | None, typer.Option(help="Answers a forward; all of a step without it.")]
RateOption = Annotated[float, typer.Option(help="The same throughout.")]
PullOption = Annotated[float, typer.Option(help="Weight of the KL to the starting checkpoint.")]


def _by_groups(method: str, help_text: str) -> Callable[..., None]:
    """A command over `train_groups`; its options are the same for each method."""

    def command(
        rows: RowsOption,
        out: OutOption,
        model: ModelOption = "embedded",
        reward: RewardOption = None,
        verifier: VerifierOption = None,
        steps: StepsOption = 80,
        prompts: PromptsOption = 8,
        samples: SamplesOption = 8,
        micro_batch_size: MicroOption = None,
        learning_rate: RateOption = 1e-6,
        kl_coef: PullOption = 0.05,
        max_new_tokens: TokensOption = 256,
        temperature: TemperatureOption = 1.0,
        lora_rank: LoraOption = 0,
        seed: SeedOption = 0,
    ) -> None:
        settings = {name: value for name, value in locals().items() if name != "method"}
        _groups(method, settings)

    command.__name__, command.__doc__ = method, help_text
    return command


grpo = _by_groups(
    "grpo",
    """Learns from a reward of its own answers, each compared with others to its prompt (GRPO, by TRL).

    Rows, rewards and folder are those of `windward train ppo`. It needs TRL: pip install 'trl>=1.16,<1.17'

    Example: windward train grpo --rows prompts.jsonl --verifier math --out checkpoints/grpo --lora-rank 16
    """,
)
rloo = _by_groups(
    "rloo",
    """Learns from a reward of its own answers, each compared with the mean of the others to its prompt (RLOO, by TRL).

    Rows, rewards and folder are those of `windward train ppo`. It needs TRL: pip install 'trl>=1.16,<1.17'

    Example: windward train rloo --rows prompts.jsonl --reward checkpoints/reward --out checkpoints/rloo
    """,
)


def _groups(method: str, settings: dict[str, Any]) -> None:
    from windward.training.trl_groups import GroupConfig, train_groups

    rows, out, model = (settings.pop(name) for name in ("rows", "out", "model"))
    reward, verifier = settings.pop("reward"), settings.pop("verifier")
    config = config_of(GroupConfig, {"method": method, **settings})

    def line(logged: dict[str, float]) -> None:
        if _speaks():
            typer.echo(
                f"step {logged['step']}/{config.steps} · reward {logged['reward']:.4f} · "
                f"KL {logged.get('kl', 0.0):.4f} nats a token · {logged['completions/mean_length']:.1f} tokens",
                err=True,
            )

    def work() -> None:
        scorer = _scorer(reward, verifier)
        trained = train_groups(path_of(model), rows, out, scorer, config, on_step=line)
        if not _speaks():
            return
        if trained.skipped:
            typer.echo(f"{trained.path} was finished before")
            return
        first, last = trained.steps[0], trained.steps[-1]
        typer.echo(
            f"{trained.path}: {len(trained.steps)} steps, reward {first['reward']:.4f} to {last['reward']:.4f}, "
            f"{trained.seconds:.0f} s"
        )

    _ending(work)


def _scorer(reward: Path | None, verifier: str | None) -> Scorer:
    from windward.recipes.rewards import verifier as by_name
    from windward.training.ppo import reward_scorer

    if (reward is None) == (verifier is None):
        refuse("name one source of rewards: --reward DIR or --verifier NAME")
    return by_name(verifier) if verifier is not None else reward_scorer(str(reward))


def _line(shown: Iteration, of: int) -> None:
    if _speaks():
        typer.echo(
            f"iteration {shown.iteration}/{of} · reward {shown.reward:.4f} · KL {shown.kl_k3:.3f} nats · "
            f"{shown.length:.1f} tokens · clipped {shown.clip_fraction:.1%} · {shown.seconds:.0f} s",
            err=True,
        )


def _now_and_then() -> Callable[[str], None]:
    """What is going on within an iteration: a line every few seconds at most."""
    last = time.monotonic()

    def line(work: str) -> None:
        nonlocal last
        if _speaks() and time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            typer.echo(f"  {work}", err=True)

    return line


def _say_gain(gain: dict[str, Any]) -> None:
    low, high = gain["interval"]
    typer.echo(
        f"held-out reward: {gain['gain']:+.4f} [{low:+.4f}, {high:+.4f}], n {gain['n']}, p {gain['p_value']:.4f} "
        f"({gain['better']} rows better, {gain['worse']} worse)"
    )


def _speaks() -> bool:
    """Whether this process is the first of those that `accelerate launch` started, or the only one."""
    import os

    return os.environ.get("RANK", "0") == "0"


def _ending(work: Callable[[], None]) -> None:
    """Does the work; what a user can mend ends in a line, not in a traceback."""
    from windward.models import ModelError

    try:
        work()
    except (ModelError, ValueError, FileNotFoundError, FloatingPointError) as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("stopped; the same command goes on from the last saved iteration", 130)


def _fail(why: str, code: int) -> NoReturn:
    typer.echo(f"error: {why}" if code != 130 else why, err=True)
    sys.stderr.flush()
    raise typer.Exit(code)
