"""An unfinished run on disk: policy, value head, optimiser and coefficient after an iteration, whole or not at all.

Random numbers need no state: prompts, draws and minibatches follow from the seed and the iteration's number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from windward.training.ppo.actor import Actor

STATE = "state.pt"
LOG = "iterations.jsonl"


@dataclass
class Standing:
    """Where a run stands.

    Attributes:
        done: iterations done.
        kl_coef: of the next one.
        seconds: spent so far, by all processes that worked on it one after the other.
        held_out: what was measured on held-out rows so far, as JSON types.
    """

    done: int
    kl_coef: float
    seconds: float
    held_out: list[dict[str, Any]]


def save_state(folder: Path, actor: Actor, optimizer: torch.optim.Optimizer, standing: Standing) -> None:
    """Writes a state over the last one."""
    learnt = {name: value for name, value in actor.model.named_parameters() if value.requires_grad}
    state = {
        "policy": {name: value.detach().cpu() for name, value in learnt.items()},
        "head": actor.head.state_dict(),
        "optimizer": optimizer.state_dict(),
        "standing": json.dumps(vars(standing)),
    }
    part = folder / f"{STATE}.part"
    torch.save(state, part)
    part.replace(folder / STATE)


def load_state(folder: Path, actor: Actor, optimizer: torch.optim.Optimizer) -> Standing | None:
    """Brings actor and optimiser to the last saved state and says where it stands; None where nothing was saved."""
    file = folder / STATE
    if not file.is_file():
        return None
    state = torch.load(file, map_location=actor.device, weights_only=True)
    learnt = {name: value for name, value in actor.model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        for name, value in learnt.items():
            value.copy_(state["policy"][name])
    actor.head.load_state_dict(state["head"])
    optimizer.load_state_dict(state["optimizer"])
    return Standing(**json.loads(state["standing"]))


def keep_lines(file: Path, count: int) -> list[dict[str, Any]]:
    """Cuts a log back to its first lines, as later ones belong to iterations that are done again; returns what is kept."""
    lines = file.read_text(encoding="utf-8").splitlines()[:count] if file.is_file() else []
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [json.loads(line) for line in lines]
