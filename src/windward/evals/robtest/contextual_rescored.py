"""Words for a context without a masked language model: WordNet's relatives of a word, judged by a causal model.

A candidate is judged by its log-probability given what stands before it or, on request, by that of itself and the few words behind
it: what a masked model sees on both sides, read from left to right. What stands before the words of a text is computed once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windward.evals.robtest.relatives import relatives
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.synonym import stem
from windward.evals.robtest.tagging import tags

if TYPE_CHECKING:
    from windward.models.generation import Batch

_BEFORE = 16
"""Words before a place that are read at least, where there are so many; twice as many at most."""
_JUDGED = 5
"""Candidates of a word that are read with what stands behind it: those that what stands before makes likeliest."""
_MOST = 16
"""Candidates of a word."""
_MARGIN = 3.0
"""Nats: a candidate that makes its text so much less likely than the original word does not fit."""


class Rescored:
    """See the module.

    Args:
        path: checkpoint folder of a causal language model; None is the embedded one, unpacked at the first use.
        behind: words behind a place that are judged with it: three cost about five times what none does. With none a candidate
            must be one token, and is judged by what stands before it, in one pass for all places of a text.
    """

    def __init__(self, path: str | Path | None = None, behind: int = 0) -> None:
        self._path, self._behind = path, behind
        name = "the embedded SmolLM2-135M-Instruct" if path is None else Path(path).name
        judged = "what stands before them" if not behind else f"what stands before and {behind} words behind"
        self.resource = (
            f"substitute: WordNet's synonyms and their kin, judged by {name} with {judged}; no masked model"
        )

    def words(self, sentence: Sentence, places: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """See `Proposals`: candidates that fit about as well as the word that stands there, the best first."""
        found = tags(sentence)
        offered: dict[int, Sequence[str]] = {}
        for place in places:
            word = stem(sentence.words[place])[0].lower()
            if candidates := relatives(word, found[place])[:_MOST]:
                offered[place] = candidates
        likely = self._likely(sentence, offered)
        if not self._behind:
            return likely
        return {place: self._fitting(sentence, place, likely[place]) for place in offered}

    def _likely(self, sentence: Sentence, offered: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
        """Of each place's candidates those likeliest behind what stands before, the best first: one pass for all places.

        A candidate is judged by its first token. Where nothing else judges it, it must have no other, and be about as likely as
        the word that stands there.
        """
        import torch

        found = {}
        for first in sorted({_start(place) for place in offered}):
            places = [place for place in offered if _start(place) == first]
            prompts = {place: self._tokens(_before(sentence, place), begin=True) for place in places}
            longest = max(prompts.values(), key=len)
            with torch.inference_mode():
                logits = self._batch.logits(longest, len(longest)).float()
            for place in places:
                row = logits[len(prompts[place]) - 1]
                tokens = {word: self._tokens(_spaced(word, place)) for word in offered[place]}
                scores = {word: float(row[int(own[0])]) for word, own in tokens.items()}
                if not self._behind:
                    stands = stem(sentence.words[place])[0].lower()
                    least = float(row[int(self._tokens(_spaced(stands, place))[0])]) - _MARGIN
                    scores = {
                        word: one for word, one in scores.items() if one > least and len(tokens[word]) == 1
                    }
                ranked = sorted(scores, key=lambda word: -scores[word])
                found[place] = ranked[:_JUDGED]
        return found

    def _fitting(self, sentence: Sentence, place: int, candidates: Sequence[str]) -> list[str]:
        """Of a place's candidates those that fit about as well as its word, the best first."""
        import torch

        text, spans = sentence.text, sentence.spans
        start, end = spans[place]
        own, ending = stem(text[start:end])
        behind = ending + text[end : spans[min(place + self._behind, len(spans) - 1)][1]]
        words = [own.lower(), *candidates]
        answers = [self._tokens(_spaced(word, place) + behind) for word in words]
        with torch.inference_mode():
            logits = self._batch.branches(self._tokens(_before(sentence, place), begin=True), answers)
            scores = [_total(own, answer) for own, answer in zip(logits, answers, strict=True)]
        fitting = [
            (-score, word)
            for word, score in zip(candidates, scores[1:], strict=True)
            if score > scores[0] - _MARGIN
        ]
        return [word for _, word in sorted(fitting)]

    def _tokens(self, text: str, begin: bool = False) -> np.typing.NDArray[np.int64]:
        tokens = self._loaded[1](text, add_special_tokens=False)["input_ids"]
        return np.array([self._begin, *tokens] if begin else tokens, dtype=np.int64)

    @cached_property
    def _begin(self) -> int:
        tokenizer = self._loaded[1]
        marks = (tokenizer.bos_token_id, tokenizer.eos_token_id, 0)
        return next(int(mark) for mark in marks if mark is not None)

    @cached_property
    def _batch(self) -> Batch:
        from windward.models.generation import Batch

        return Batch(self._loaded[0], max_batch=1, prefix_bytes=64 << 20)

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from windward.models.embedded_checkpoint import embedded_path
        from windward.models.loading import checkpoint_folder, without_progress_bars

        folder = embedded_path() if self._path is None else checkpoint_folder(self._path)
        with without_progress_bars():
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        return model, AutoTokenizer.from_pretrained(folder)


def _start(place: int) -> int:
    """The first word that is read before a place; the same for places beside each other, which so share their prefix."""
    return max(0, (place // _BEFORE - 1) * _BEFORE)


def _before(sentence: Sentence, place: int) -> str:
    """What stands before a word, from the first one that is read."""
    spans = sentence.spans
    return sentence.text[spans[_start(place)][0] : spans[place][0]].rstrip()


def _spaced(word: str, place: int) -> str:
    return f" {word}" if place else word


def _total(logits: Any, tokens: np.typing.NDArray[np.int64]) -> float:
    import torch

    from windward.models.sampling import log_probability

    return float(log_probability(logits, torch.from_numpy(tokens)).sum())
