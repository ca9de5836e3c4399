"""Frozen features of (instruction and history, action): what a small head learns a reward from. Kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.models.protocol import Message
from windward.recipes.eurus.pairs import action
from windward.rows import PairRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_TOKENS = 1024
"""Of instruction, history and action for a language model; a longer one loses its beginning."""
TOKENS = 4_096
"""Of a forward, counted before shared prefixes are taken out. Fixed, so that values do not depend on the run."""


@dataclass(frozen=True)
class Features:
    """Vectors of both actions of each pair.

    Attributes:
        name: of what computed them.
        chosen: float32 [n, d].
        rejected: float32 [n, d].
    """

    name: str
    chosen: NDArray[np.float32]
    rejected: NDArray[np.float32]


def features_folder() -> Path:
    """Where they are kept: in the user's cache, so that another study of the same pairs finds them."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "windward" / "features"


def sentence_features(rows: Sequence[PairRow], folder: Path) -> Features:
    """A sentence encoder's vectors of the history and of the action, one after the other: d = 768 for MiniLM.

    The system message is left out: it is the same for all problems of a kind. The encoder cuts a history at its end.

    Args:
        rows: the pairs.
        folder: where vectors are kept.

    Raises:
        ModelError: the embedded encoder is not installed.
    """
    import numpy as np

    from windward.models import sentence_encoder

    encoder = sentence_encoder()

    def compute() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        histories = ["\n\n".join(m["content"] for m in row.prompt if m["role"] != "system") for row in rows]
        actions = [action(messages) for row in rows for messages in (row.chosen, row.rejected)]
        texts = list(dict.fromkeys([*histories, *actions]))
        vectors = dict(zip(texts, encoder.encode(texts), strict=True))
        before = np.stack([vectors[text] for text in histories])
        after = np.stack([vectors[text] for text in actions])
        return np.hstack([before, after[0::2]]), np.hstack([before, after[1::2]])

    return _kept(encoder.name, rows, folder, compute)


def model_features(
    rows: Sequence[PairRow], folder: Path, model: str | Path, *, tell: Callable[[str], None] = print
) -> Features:
    """A language model's last hidden state at the token that ends the action, where a reward head would read it.

    Computed in bfloat16 where the machine multiplies it natively. Actions that share their history see it computed once.

    Args:
        rows: the pairs.
        folder: where vectors are kept.
        model: a checkpoint.
        tell: shows a line of progress.

    Raises:
        ModelError: there is no such checkpoint.
    """
    from windward.models.fingerprint import fingerprint
    from windward.models.loading import checkpoint_folder, native_bfloat16

    path = checkpoint_folder(model)
    precision = "bfloat16" if native_bfloat16() else "float32"
    name = f"{path.name}@{fingerprint(path)[:12]} {precision}, {MAX_TOKENS} tokens"

    def compute() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import numpy as np
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from windward.models.attention import use_layouts
        from windward.models.chat import answer_ids, prompt_ids
        from windward.models.loading import without_progress_bars

        tokenizer = AutoTokenizer.from_pretrained(path)
        with without_progress_bars():
            loaded = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, precision)).eval()
        loaded.to("cuda" if torch.cuda.is_available() else "cpu")
        use_layouts(loaded)
        sequences = []
        for row in rows:
            messages = [Message(role=m["role"], content=m["content"]) for m in row.prompt]  # type: ignore[typeddict-item]
            before = prompt_ids(tokenizer, messages)
            answers = [answer_ids(tokenizer, action(one)) for one in (row.chosen, row.rejected)]
            room = max(MAX_TOKENS - max(map(len, answers)), 0)
            sequences += [((before[-room:] if room else []) + answer)[-MAX_TOKENS:] for answer in answers]
        vectors = np.empty((len(sequences), loaded.config.hidden_size), dtype=np.float32)
        done = 0
        for places in _forwards([len(one) for one in sequences]):
            vectors[places] = _last_states(loaded, [sequences[place] for place in places])
            done += len(places)
            if done // 200 > (done - len(places)) // 200:
                tell(f"  {done:,} of {len(sequences):,} actions read")
        return vectors[0::2], vectors[1::2]

    return _kept(name, rows, folder, compute)


def _last_states(model: Any, sequences: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """The last layer's state (after its norm) at the last token of each sequence, [n, d]."""
    import torch

    from windward.training.packing import TreeLayout, pack

    packed = pack(sequences)
    with torch.inference_mode():
        hidden = model.base_model(
            input_ids=torch.tensor([packed.tokens], device=model.device),
            position_ids=torch.tensor([packed.positions], device=model.device),
            use_cache=False,
            layout=TreeLayout(packed.nodes),
        ).last_hidden_state[0]
    found: NDArray[np.float32] = hidden[[places[-1] for places in packed.places]].float().cpu().numpy()
    return found


def _forwards(lengths: Sequence[int]) -> list[list[int]]:
    """Neighbours together: pairs of one history lie one after the other."""
    found: list[list[int]] = [[]]
    size = 0
    for place, length in enumerate(lengths):
        if found[-1] and size + length > TOKENS:
            found.append([])
            size = 0
        found[-1].append(place)
        size += length
    return found


def _kept(
    name: str,
    rows: Sequence[PairRow],
    folder: Path,
    compute: Callable[[], tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> Features:
    """The vectors on disk, or computed and stored there; the file's name hashes texts and model."""
    import numpy as np

    texts = json.dumps([[row.prompt, row.chosen, row.rejected] for row in rows], sort_keys=True)
    key = hashlib.sha256(f"{name}\n{texts}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    stored = folder / f"features-{key}.npz"
    if not stored.is_file():
        chosen, rejected = compute()
        folder.mkdir(parents=True, exist_ok=True)
        part = stored.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, chosen=chosen, rejected=rejected)
        part.replace(stored)
    with np.load(stored, allow_pickle=False) as found:
        return Features(name, found["chosen"], found["rejected"])
