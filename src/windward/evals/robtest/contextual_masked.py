"""Words for a context by a masked language model, as in the paper: the likeliest at a place whose word is masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from windward.evals.robtest.sentence import Sentence

_AROUND = 64
"""Words on either side that the model reads."""
_TOP = 40
"""Tokens that are looked at, of which some are no whole words."""
_BATCH = 16
_SPACED = ("Ġ", "▁")
"""How byte-pair and sentence-piece vocabularies mark a token that begins a word; WordPiece marks the others by `##`."""


class MaskedWords:
    """See the module.

    Args:
        path_or_name: checkpoint folder of a masked language model, or one on the Hugging Face hub (`bert-base-uncased`).
        device: `cpu`, `cuda`, …; None is a GPU where there is one.
    """

    def __init__(self, path_or_name: str | Path, *, device: str | None = None) -> None:
        self._name, self._device = path_or_name, device
        self.resource = f"masked language model {Path(path_or_name).name}, the likeliest words at each place"

    def words(self, sentence: Sentence, places: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """See `Proposals`.

        Raises:
            ModelError: there is no such checkpoint.
            RobTestError: it is no masked language model.
        """
        found: dict[int, list[str]] = {}
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            for place, tokens in zip(batch, self._likeliest(sentence, batch), strict=True):
                found[place] = [word for token in tokens if (word := self._whole(token))]
        return found

    def _likeliest(self, sentence: Sentence, places: Sequence[int]) -> list[list[str]]:
        import torch

        model, tokenizer = self._loaded
        encoded = tokenizer(
            [_masked(sentence, place, tokenizer.mask_token) for place in places],
            return_tensors="pt",
            padding=True,
            truncation=True,
        ).to(model.device)
        with torch.inference_mode():
            logits = model(**encoded).logits
        found = []
        for row, ids in zip(logits, encoded["input_ids"], strict=True):
            (at,) = (
                (ids == tokenizer.mask_token_id).nonzero()[:1].unbind()
            )  # none where the text was cut before it
            found.append(
                tokenizer.convert_ids_to_tokens(row[at[0]].topk(min(_TOP, row.shape[-1])).indices.tolist())
            )
        return found

    def _whole(self, token: str) -> str:
        """The word that a token is; empty for the inner part of one, and for marks."""
        if self._marks_beginnings:
            return token[1:].lower() if token.startswith(_SPACED) else ""
        return "" if token.startswith("##") else token.lower()

    @cached_property
    def _marks_beginnings(self) -> bool:
        return any(token.startswith(_SPACED) for token in self._loaded[1].get_vocab())

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForMaskedLM, AutoTokenizer

        from windward.evals.robtest.dimension import RobTestError
        from windward.models.loading import checkpoint_folder, without_progress_bars

        folder = checkpoint_folder(self._name)
        device = self._device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            with without_progress_bars():
                model = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32).to(device).eval()
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except (OSError, ValueError) as error:
            raise RobTestError(
                f"{self._name} is no masked language model that can be loaded: {error}"
            ) from error
        if tokenizer.mask_token is None:
            raise RobTestError(
                f"the tokenizer of {self._name} has no mask: name a masked language model, such as bert-base-uncased"
            )
        return model, tokenizer


def _masked(sentence: Sentence, place: int, mask: str) -> str:
    """The text around a place, its word masked; a possessive ending goes with it."""
    spans, text = sentence.spans, sentence.text
    start = spans[max(0, place - _AROUND)][0]
    end = spans[min(len(spans) - 1, place + _AROUND)][1]
    return text[start : spans[place][0]] + mask + text[spans[place][1] : end]
