"""Log-probabilities of a reference policy, computed once for checkpoint, rows and settings, and kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from windward.training.packing import TOKENS, neighbours
from windward.training.pairs import Pair
from windward.training.processes import everyones, first, said_by_first, share
from windward.training.run import Run
from windward.training.scores import LogProbabilities, pack_pairs, pair_scores

FORMAT = 1


def reference_key(run: Run) -> str:
    """Hash of all that decides the values: weights and tokenizer, rows, length, precision.

    Args:
        run: a preference run; its starting checkpoint is the reference policy.
    """
    from windward.training.trainer import computed_in

    identity = run.identity()
    decides = [
        FORMAT,
        TOKENS,  # The last digits depend on what lies in one forward.
        identity["model"],
        identity["rows"],
        run.config.max_length,
        computed_in(run.config),
    ]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


def reference_file(key: str) -> Path:
    """Where they are kept: in the user's cache, so that runs with other objectives and rates find them too."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "windward" / "references" / f"{key[:32]}.json"


def reference_log_probabilities(run: Run, model: Any, pairs: Sequence[Pair]) -> list[LogProbabilities]:
    """The reference policy's log-probabilities of all pairs, from disk where this was asked before.

    Args:
        run: what is trained.
        model: the policy before its first step.
        pairs: the run's rows.
    """
    stored = reference_file(reference_key(run))
    known = said_by_first(_read(stored, len(pairs)) if first() else None)
    if known is not None:
        return known
    found = _computed(model, pairs, run)
    if first():
        stored.parent.mkdir(parents=True, exist_ok=True)
        part = stored.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(found))
        part.replace(stored)
    return found


def _read(stored: Path, count: int) -> list[LogProbabilities] | None:
    """What is kept; a file that is damaged counts as none and is written anew."""
    if not stored.is_file():
        return None
    try:
        found = json.loads(stored.read_text())
        known = [(float(chosen), float(rejected)) for chosen, rejected in found]
    except (ValueError, TypeError):
        return None
    return known if len(known) == count else None


def _computed(model: Any, pairs: Sequence[Pair], run: Run) -> list[LogProbabilities]:
    import torch

    from windward.training.trainer import answer_log_probabilities, computed_in

    sizes = [len(pair.chosen.tokens) + len(pair.rejected.tokens) for pair in pairs]
    mine: list[tuple[int, LogProbabilities]] = []
    model.eval()
    bfloat16 = computed_in(run.config) == "bfloat16"
    for numbers in share(list(neighbours(sizes))):
        packed = pack_pairs([pairs[number] for number in numbers], [(0.0, 0.0)] * len(numbers))
        batch = {
            name: value.to(model.device) if isinstance(value, torch.Tensor) else value
            for name, value in packed.items()
        }
        with torch.no_grad(), torch.autocast(model.device.type, torch.bfloat16, enabled=bfloat16):
            scores = pair_scores(answer_log_probabilities(model, batch), batch)
        values = zip(scores.chosen.tolist(), scores.rejected.tolist(), strict=True)
        mine.extend(zip(numbers, values, strict=True))
    return [values for _, values in sorted(everyones(mine))]
