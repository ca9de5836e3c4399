"""What training did to prompts that it never saw: the same rows answered before and after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import Any

import numpy as np

from windward.training.ppo.losses import k1, k3
from windward.training.ppo.rollouts import Sample

DRAWS = 10_000
LEVEL = 0.95


def measured(
    samples: Sequence[Sample], iteration: int, temperature: float, trained_at: float
) -> dict[str, Any]:
    """Mean reward with its interval, and the KL to the reference, of one answer a row.

    Args:
        samples: answers of the held-out rows.
        iteration: after which they were drawn; 0 is before training.
        temperature: at which they were drawn.
        trained_at: the policy's temperature; draws at another do not estimate its KL.
    """
    import torch

    rewards = [sample.reward for sample in samples]
    kls: dict[str, float | None] = {"kl_k1": None, "kl_k3": None}
    if temperature == trained_at:
        for name, estimate in (("kl_k1", k1), ("kl_k3", k3)):
            kls[name] = fmean(
                float(estimate(torch.tensor(one.log_probabilities), torch.tensor(one.reference)).sum())
                for one in samples
            )
    return {
        "iteration": iteration,
        "n": len(samples),
        "reward": fmean(rewards),
        "interval": interval(rewards),
        "tokens": fmean(len(sample.answer) for sample in samples),
        "ended": fmean(sample.ended for sample in samples),
        **kls,
        "rewards": rewards,
    }


def interval(rewards: Sequence[float]) -> list[float]:
    """A 95 % interval of the mean: Wilson's where all rewards are 0 or 1, else the normal one."""
    count, mean = len(rewards), fmean(rewards)
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    if set(rewards) <= {0.0, 1.0}:
        middle = (mean + z * z / (2 * count)) / (1 + z * z / count)
        half = z * ((mean * (1 - mean) + z * z / (4 * count)) / count) ** 0.5 / (1 + z * z / count)
        return [middle - half, middle + half]
    half = z * stdev(rewards) / count**0.5 if count > 1 else float("inf")
    return [mean - half, mean + half]


def compared(before: Sequence[float], after: Sequence[float], seed: int) -> dict[str, Any]:
    """The mean gain over the same rows, its paired bootstrap interval, and how often chance alone gives as much.

    The p-value is of a two-sided sign-flip test: where training changed nothing, each row's gain is as likely the other way
    round. It is (1 + draws at least as far from 0) / (1 + draws), so never 0.

    Args:
        before: rewards of the rows before training.
        after: of the same rows after it.
        seed: of bootstrap and sign flips.
    """
    gains = np.asarray(after) - np.asarray(before)
    random = np.random.default_rng(seed)
    means = np.array([gains[random.integers(0, len(gains), len(gains))].mean() for _ in range(DRAWS)])
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    flipped = np.array([(gains * random.choice((-1.0, 1.0), len(gains))).mean() for _ in range(DRAWS)])
    as_far = int((np.abs(flipped) >= abs(gains.mean()) - 1e-12).sum())
    return {
        "gain": float(gains.mean()),
        "interval": [float(low), float(high)],
        "p_value": (1 + as_far) / (1 + DRAWS),
        "better": int((gains > 0).sum()),
        "worse": int((gains < 0).sum()),
        "n": len(gains),
        "draws": DRAWS,
        "seed": seed,
    }


def report(measurements: Sequence[dict[str, Any]], temperature: float, seed: int) -> dict[str, Any]:
    """What `held_out.json` says: every measurement, and the last compared with the first."""
    plain = [{key: value for key, value in one.items() if key != "rewards"} for one in measurements]
    gain = compared(measurements[0]["rewards"], measurements[-1]["rewards"], seed)
    return {"temperature": temperature, "measurements": plain, "after_against_before": gain}


def write_answers(file: Path, samples: Sequence[Sample], iteration: int) -> None:
    """The answers themselves, one a line, to be looked at."""
    lines = [
        json.dumps(
            {
                "iteration": iteration,
                "row": sample.number,
                "answer": sample.text,
                "ended": sample.ended,
                "reward": sample.reward,
            }
        )
        for sample in samples
    ]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
