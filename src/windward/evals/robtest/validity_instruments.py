"""The encoder and the reader that measure validity, and what they have in common with the victim."""

from __future__ import annotations

import json
from pathlib import Path

from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.validity import Instruments
from windward.models.fingerprint import fingerprint
from windward.models.sentence_model import HUB_NAME, embedded_encoder_path, sentence_encoder


def instruments(
    encoder: str = "embedded", reader: str = "", *, victim: str | Path | None = None
) -> Instruments:
    """Loads them.

    Args:
        encoder: `embedded` (all-MiniLM-L6-v2), a folder, a hub id, or `none`.
        reader: `embedded`, the folder or hub id of a causal language model, or "" for none.
        victim: checkpoint folder of the model under test, where it is one.

    Raises:
        RobTestError: the encoder is the very checkpoint of the victim.
        ModelError: there is no such model.
    """
    measuring = None
    told = ""
    if encoder != "none":
        folder = embedded_encoder_path() if encoder == "embedded" else Path(encoder)
        if victim is not None:
            told = kinship(folder, victim)
        measuring = sentence_encoder(encoder)
    if not reader:
        return Instruments(measuring, told)
    from windward.models.local_model import embedded, local

    return Instruments(measuring, told, embedded() if reader == "embedded" else local(reader))


def kinship(encoder: Path, victim: str | Path) -> str:
    """What an encoder has in common with the victim, in a sentence; "" where nothing is known.

    Args:
        encoder: its folder or hub id.
        victim: checkpoint folder or hub id; what `windward train` made says in its training.json what it began from.

    Raises:
        RobTestError: they are one checkpoint.
    """
    if _same(encoder, Path(victim)):
        raise RobTestError(
            f"similarity cannot be judged by {victim}, as it is the model under test: name another --encoder, or none"
        )
    start = _started_from(Path(victim))
    if start and (_same(encoder, Path(start)) or (start == HUB_NAME and encoder == embedded_encoder_path())):
        return (
            "The model under test was fine-tuned from this very encoder: what deceives the one may deceive the other, and similarity "
            "can look lower where the model is weak. Name another encoder to be sure."
        )
    return ""


def _same(one: Path, other: Path) -> bool:
    if one == other or str(one) == str(other):
        return True
    return one.is_dir() and other.is_dir() and fingerprint(one) == fingerprint(other)


def _started_from(victim: Path) -> str:
    record = victim / "training.json"
    if not record.is_file():
        return ""
    try:
        stored = json.loads(record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RobTestError(
            f"{record} cannot be read ({error}): it should say what the model began from"
        ) from error
    identity = stored.get("identity") if isinstance(stored, dict) else None
    start = identity.get("model") if isinstance(identity, dict) else None
    return start if isinstance(start, str) else ""
