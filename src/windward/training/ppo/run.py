"""PPO from rows on disk to a checkpoint folder: roll out, estimate advantages, update, and again."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

from windward.models.fingerprint import fingerprint
from windward.models.loading import checkpoint_folder
from windward.training.output import Output
from windward.training.policy import versions
from windward.training.ppo.config import PPOConfig
from windward.training.ppo.prompts import Prompt, drawn, never_score_of, read_prompts
from windward.training.ppo.scoring import Scorer
from windward.training.ppo.steering import steered
from windward.training.processes import first, here, said_by_first, wait
from windward.training.stamp import never_score

if TYPE_CHECKING:
    from windward.training.ppo.actor import Actor
    from windward.training.ppo.rollouts import Sample, Targets
    from windward.training.ppo.state import Standing
    from windward.training.ppo.update import Updated

FORMAT = 1
HELD_OUT = "held_out.json"
HELD_OUT_SEED = 1
"""Added to the run's seed for held-out draws; the same draws before and after, so that gains are paired."""


@dataclass(frozen=True)
class Iteration:
    """What an iteration showed; a line of `iterations.jsonl`.

    Attributes:
        iteration: its number, from 1.
        reward: mean r(x, y) of the rollout, as the reward's source gave it.
        reward_spread: its standard deviation.
        kl_k1: KL to the reference, nats an answer: mean of log(π/π_ref)(y|x).
        kl_k3: the same, by the estimator that is never negative.
        length: tokens an answer, its end included.
        ended: share of answers that ended by themselves.
        clip_fraction: share of tokens whose ratio lay outside 1 ± ε in the updates.
        moved: KL from the rollout's policy in the updates, nats a token.
        entropy: of the rollout's policy, nats a token.
        explained_variance: of returns by the values of the rollout.
        policy_loss: mean over the updates' tokens.
        value_loss: the same.
        grad_norm: of the policy before it was cut, mean over steps.
        kl_coef: β_KL of this rollout.
        seconds: of this iteration.
    """

    iteration: int
    reward: float
    reward_spread: float
    kl_k1: float
    kl_k3: float
    length: float
    ended: float
    clip_fraction: float
    moved: float
    entropy: float
    explained_variance: float
    policy_loss: float
    value_loss: float
    grad_norm: float
    kl_coef: float
    seconds: float


@dataclass(frozen=True)
class Improved:
    """A finished PPO run.

    Attributes:
        path: the checkpoint folder.
        iterations: what each showed.
        seconds: of all, over all processes that worked on it one after the other.
        held_out: what `held_out.json` says; None without held-out rows.
        skipped: whether it had been finished before.
    """

    path: Path
    iterations: tuple[Iteration, ...]
    seconds: float
    held_out: dict[str, Any] | None = None
    skipped: bool = False


OnIteration = Callable[[Iteration], None]
OnWork = Callable[[str], None]


def train_ppo(
    model_path: str | Path,
    rows_path: str | Path,
    out: str | Path,
    scorer: Scorer,
    config: PPOConfig | None = None,
    *,
    held_out: str | Path | None = None,
    on_iteration: OnIteration = lambda iteration: None,
    on_work: OnWork = lambda line: None,
) -> Improved:
    """Trains a policy against a reward, with the starting checkpoint as reference policy.

    The result is an ordinary checkpoint, whole or not at all. A run that was cut off goes on from its last saved
    iteration. `training.json` holds settings, hashes, and every iteration; `held_out.json` the held-out rewards.
    Under `accelerate launch`, answers are drawn by all processes and gradients added up; each holds the whole policy.

    Args:
        model_path: the starting checkpoint, a folder or a name on the hub.
        rows_path: Parquet or `.jsonl` with `prompt` (messages or a text) or `instruction`, and what the scorer needs.
        out: folder of the result.
        scorer: source of the rewards.
        config: settings.
        held_out: rows that are never learnt from, answered before, after and perhaps in between.
        on_iteration: hears of every iteration.
        on_work: hears what is going on within one.

    Raises:
        RowError: a row is malformed; the message names file and row.
        FileNotFoundError: there are no such rows.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
        ValueError: the scorer gave something else than a number an answer.
        FloatingPointError: the loss is not a number any more; what was saved before stays.
    """
    config = config or PPOConfig()
    folder = checkpoint_folder(model_path)
    files = [Path(file) for file in (rows_path, held_out) if file is not None]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"no rows at {file}: name a Parquet or .jsonl file")
    output = Output(Path(out), identity("ppo", folder, files, scorer.name, config.as_dict()))
    if (stored := output.stored()) is not None:
        return _again(output.out, stored)
    if first():
        output.open()
    wait()
    return _Training(output, folder, files, scorer, config, on_iteration, on_work).run()


def identity(
    method: str, model: Path, files: list[Path], scorer: str, config: dict[str, Any]
) -> dict[str, Any]:
    """All that decides the result: settings, the rewards' source, and hashes of checkpoint and rows."""
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return {
        "format": FORMAT,
        "method": method,
        "config": config,
        "model": fingerprint(model),
        "rows": digests[0],
        "held_out": digests[1] if len(digests) > 1 else None,
        "reward": scorer,
    }


def _again(path: Path, stored: dict[str, Any]) -> Improved:
    iterations = tuple(Iteration(**one) for one in stored["iterations"])
    return Improved(path, iterations, stored["seconds"], stored["held_out"], skipped=True)


class _Training:
    """One run, from its last saved state to its end."""

    def __init__(
        self,
        output: Output,
        folder: Path,
        files: list[Path],
        scorer: Scorer,
        config: PPOConfig,
        on_iteration: OnIteration,
        on_work: OnWork,
    ) -> None:
        from windward.training.ppo.actor import Actor
        from windward.training.ppo.state import LOG, Standing, keep_lines, load_state
        from windward.training.ppo.update import optimiser

        self.output, self.folder, self.scorer, self.config = output, folder, scorer, config
        self.on_iteration, self.on_work = on_iteration, on_work
        self.actor: Actor = Actor(folder, config)
        read = [read_prompts(file, self.actor.tokenizer, config.max_prompt_tokens) for file in files]
        self.prompts = read[0][0]
        self.held_out: list[Prompt] = read[1][0] if len(read) > 1 else []
        self.left_out = [count for _, count in read]
        self.optimizer = optimiser(self.actor, config)
        self.log = output.part / LOG
        found = load_state(output.part, self.actor, self.optimizer)
        self.standing: Standing = found or Standing(0, config.kl_coef, 0.0, [])
        wait()
        kept = keep_lines(self.log, self.standing.done) if first() else []
        self.iterations = [Iteration(**line) for line in said_by_first(kept)]

    def run(self) -> Improved:
        """Goes on to the end, and makes the working folder the result."""
        started, before = time.monotonic(), self.standing.seconds
        saved = started
        if not self.standing.held_out:
            self._measure(0)
        while self.standing.done < self.config.iterations:
            shown = self._iteration(self.standing.done + 1)
            self.iterations.append(shown)
            self.standing.done += 1
            self._measure_if_due(self.standing.done)
            self.standing.seconds = before + time.monotonic() - started
            if first():
                with self.log.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(vars(shown)) + "\n")
            if said_by_first(time.monotonic() - saved >= self.config.save_seconds):
                self._save()
                saved = time.monotonic()
            self.on_iteration(shown)
        return self._finish()

    def _iteration(self, number: int) -> Iteration:
        from windward.training.ppo.rollouts import roll_out, targets_of
        from windward.training.ppo.update import update

        config, started = self.config, time.monotonic()
        start = (number - 1) * config.rollout
        rows = drawn(len(self.prompts), start, config.rollout, config.seed)
        samples, features = roll_out(
            self.actor,
            [self.prompts[row] for row in rows],
            start,
            self.scorer,
            temperature=config.temperature,
            seed=config.seed,
            on_answer=lambda done: self.on_work(f"iteration {number}: {done} answers drawn"),
        )
        kl_coef = self.standing.kl_coef
        targets = targets_of(samples, kl_coef, config)
        self.on_work(f"iteration {number}: learning from {len(samples)} answers")
        updated = update(self.actor, self.optimizer, samples, features, targets, number)
        if not math.isfinite(updated.policy_loss + updated.value_loss + updated.policy_grad_norm):
            raise FloatingPointError(
                f"iteration {number}: the policy's loss is {updated.policy_loss}, the value head's {updated.value_loss}: "
                f"lower the learning rates ({config.learning_rate}, {config.value_learning_rate})"
            )
        shown = _shown(number, samples, targets, updated, kl_coef, time.monotonic() - started)
        self.standing.kl_coef = steered(kl_coef, shown.kl_k1, config)
        return shown

    def _measure_if_due(self, done: int) -> None:
        every = self.config.held_out_every
        if done == self.config.iterations or (every and done % every == 0):
            self._measure(done)

    def _measure(self, done: int) -> None:
        """Answers the held-out rows, each by the same draws every time."""
        from windward.training.ppo.held_out import measured, write_answers
        from windward.training.ppo.rollouts import roll_out

        if not self.held_out:
            return
        warmth = self.config.held_out_warmth
        samples, _ = roll_out(
            self.actor,
            self.held_out,
            0,
            self.scorer,
            temperature=warmth,
            seed=self.config.seed + HELD_OUT_SEED,
            on_answer=lambda count: self.on_work(
                f"held-out rows after {done} iterations: {count} answers drawn"
            ),
        )
        found = measured(samples, done, warmth, self.config.temperature)
        self.standing.held_out.append(found)
        low, high = found["interval"]
        self.on_work(
            f"held-out reward after {done} iterations: {found['reward']:.4f} [{low:.4f}, {high:.4f}], n {found['n']}"
        )
        if first() and done in (0, self.config.iterations):
            write_answers(self.output.part / f"held_out_{done}.jsonl", samples, done)

    def _save(self) -> None:
        from windward.training.ppo.state import save_state

        if first():
            save_state(self.output.part, self.actor, self.optimizer, self.standing)
        wait()

    def _finish(self) -> Improved:
        from windward.training.ppo.held_out import report
        from windward.training.ppo.state import STATE

        standing = self.standing
        held_out = None
        if self.held_out:
            held_out = report(standing.held_out, self.config.held_out_warmth, self.config.seed)
        wait()
        if first():
            part = self.output.part
            self.actor.save(part)
            if held_out is not None:
                (part / HELD_OUT).write_text(json.dumps(held_out, indent=1))
            for scratch in (STATE, f"{STATE}.part"):
                (part / scratch).unlink(missing_ok=True)
            self.output.close(self._record(held_out))
        wait()
        return Improved(self.output.out, tuple(self.iterations), standing.seconds, held_out)

    def _record(self, held_out: dict[str, Any] | None) -> dict[str, Any]:
        stamps = never_score(self.folder) | self.scorer.never_score
        return {
            "iterations": [vars(one) for one in self.iterations],
            "seconds": self.standing.seconds,
            "held_out": held_out,
            "prompts": len(self.prompts),
            "prompts_left_out": self.left_out[0],
            "held_out_left_out": self.left_out[1] if len(self.left_out) > 1 else 0,
            "processes": here().num_processes,
            "never_score": sorted(stamps | never_score_of([prompt.row for prompt in self.prompts])),
            "versions": versions(),
        }


def _shown(
    number: int,
    samples: list[Sample],
    targets: Targets,
    updated: Updated,
    kl_coef: float,
    seconds: float,
) -> Iteration:
    import torch

    from windward.training.ppo.losses import explained_variance, k1, k3

    pairs = [(torch.tensor(one.log_probabilities), torch.tensor(one.reference)) for one in samples]
    rewards = [sample.reward for sample in samples]
    mask = targets.mask
    return Iteration(
        iteration=number,
        reward=fmean(rewards),
        reward_spread=pstdev(rewards),
        kl_k1=fmean(float(k1(*pair).sum()) for pair in pairs),
        kl_k3=fmean(float(k3(*pair).sum()) for pair in pairs),
        length=fmean(len(sample.answer) for sample in samples),
        ended=fmean(sample.ended for sample in samples),
        clip_fraction=updated.clip_fraction,
        moved=updated.moved,
        entropy=sum(sum(sample.entropy) for sample in samples) / int(mask.sum()),
        explained_variance=explained_variance(targets.old_values[mask], targets.returns[mask]),
        policy_loss=updated.policy_loss,
        value_loss=updated.value_loss,
        grad_norm=updated.policy_grad_norm,
        kl_coef=kl_coef,
        seconds=seconds,
    )
