"""Fine-tuning an encoder-decoder (T5) to write a target for a source; answering and classifying with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.models.batches import batch_tokens, batches
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.training.fine_tuning import (
    Answers,
    FineTuned,
    FineTuning,
    Prepared,
    WatchOf,
    digest,
    fine_tune,
    input_limit,
    padded,
    trained_model,
    without_dropout,
)

METHODS = ("vanilla", "smoothing", "focal")
"""That can train it."""
KIND = "AutoModelForSeq2SeqLM"
TARGET_TOKENS = 64
"""Tokens of the longest target; few answers of the sets of questions have more than 30."""


def source_of_text(text: str, second: str = "") -> str:
    """What the model reads to classify; the second text stands first, since the end of what is too long is cut off."""
    return f"hypothesis: {second} premise: {text}" if second else text


def source_of_question(question: Question) -> str:
    """What the model reads to answer; a context that is too long loses its end, the question never does."""
    return f"question: {question.question} context: {question.context}"


def labelled_pairs(data: Sequence[Labelled], words: Sequence[str]) -> list[tuple[str, str]]:
    """Source and target of each text.

    Args:
        data: texts and labels.
        words: what stands for each class, one or more words (the verbaliser).
    """
    return [(source_of_text(one.text, one.second), words[one.label]) for one in data]


def answered_pairs(data: Sequence[Question]) -> list[tuple[str, str]]:
    """Source and target of each question that has an answer: the first one, in the order of the set."""
    return [(source_of_question(one), one.answers[0]) for one in data if one.answers]


def train_seq2seq(
    model_path: str | Path,
    data: Sequence[tuple[str, str]],
    out: str | Path,
    config: FineTuning | None = None,
    watch: WatchOf[Seq2Seq] | None = None,
) -> FineTuned:
    """Trains an encoder-decoder on targets: cross-entropy of their tokens and of the end.

    `counts` tells of how many rows the source lost its end (`cut`: longer than `max_length`) or the target did
    (`target_cut`: longer than `TARGET_TOKENS`; such a target is learnt without an end).

    Args:
        model_path: an encoder-decoder, folder or hub id.
        data: sources and targets; see `labelled_pairs` and `answered_pairs`.
        out: folder of the result; the same run finished before is not done again.
        config: settings.
        watch: measures at steps of the run; it changes nothing of the result.

    Raises:
        OutputError: `out` holds something else.
        ValueError: there are no rows, or the method is none of `METHODS`.
        ModelError: the model cannot be loaded.
    """
    config = config or FineTuning(max_length=512)
    config.check_able("sequence-to-sequence model", METHODS)
    identity = {"method": "seq2seq", "rows": digest(data)}
    return fine_tune(identity, model_path, out, config, lambda folder: _prepared(folder, data, config), watch)


def _prepared(folder: Path, data: Sequence[tuple[str, str]], config: FineTuning) -> Prepared:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, DataCollatorForSeq2Seq

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder)
    tokenizer.model_max_length = input_limit(model, tokenizer, config.max_length)
    sources, cut = encoded_sources(tokenizer, [source for source, _ in data])
    targets = encoded_targets(tokenizer, [target for _, target in data])
    rows = [
        source | {"labels": target[:TARGET_TOKENS]} for source, target in zip(sources, targets, strict=True)
    ]
    counts = {
        "rows": len(data),
        "cut": cut,
        "target_cut": sum(len(target) > TARGET_TOKENS for target in targets),
    }
    return Prepared(
        model, tokenizer, rows, DataCollatorForSeq2Seq(tokenizer, model), counts, Seq2Seq(model, tokenizer)
    )


def encoded_sources(tokenizer: Any, sources: Sequence[str]) -> tuple[list[dict[str, list[int]]], int]:
    """What the encoder takes of each source, and how many lost their end (longer than `model_max_length`)."""
    if not sources:
        return [], 0
    whole = tokenizer(list(sources), add_special_tokens=False)["input_ids"]
    room = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()
    tokens = tokenizer(list(sources), truncation=True, max_length=tokenizer.model_max_length)
    names = ("input_ids", "attention_mask")
    rows = [{name: list(tokens[name][number]) for name in names} for number in range(len(sources))]
    return rows, sum(len(one) > room for one in whole)


def encoded_targets(tokenizer: Any, targets: Sequence[str]) -> list[list[int]]:
    """Tokens of each target and the end, whole."""
    if not targets:
        return []
    encoded = tokenizer(text_target=list(targets), add_special_tokens=False)["input_ids"]
    return [[*tokens, tokenizer.eos_token_id] for tokens in encoded]


class Seq2Seq:
    """A checkpoint that writes targets.

    Args:
        model: of `AutoModelForSeq2SeqLM`.
        tokenizer: its tokenizer.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        tokenizer.model_max_length = input_limit(model, tokenizer)

    def generate(self, sources: Sequence[str], tokens: int = TARGET_TOKENS) -> Answers:
        """The most probable text, token after token.

        Args:
            sources: what it reads.
            tokens: that a text has at most, its end included.
        """
        rows, cut = encoded_sources(self._tokenizer, sources)
        texts, unfinished = [""] * len(rows), 0
        end = self._tokenizer.eos_token_id
        with without_dropout(self._model):
            for numbers in self._batches(rows):
                written = self._model.generate(
                    **padded(self._tokenizer, rows, numbers, self._model.device),
                    max_new_tokens=tokens,
                    do_sample=False,
                    num_beams=1,
                ).tolist()
                for number, ids in zip(numbers, written, strict=True):
                    said = ids[1:]  # without the token that the decoder starts with
                    unfinished += end not in said
                    texts[number] = self._tokenizer.decode(said, skip_special_tokens=True).strip()
        return Answers(tuple(texts), cut, unfinished)

    def log_probabilities(self, sources: Sequence[str], targets: Sequence[str]) -> NDArray[np.float64]:
        """Log-probability (nats) of every target, its end included, given every source: (sources, targets)."""
        import torch

        rows, _ = encoded_sources(self._tokenizer, sources)
        wanted = [torch.tensor(ids) for ids in encoded_targets(self._tokenizer, targets)]
        found = np.zeros((len(rows), len(targets)))
        with without_dropout(self._model):
            for numbers in self._batches(rows):
                batch = padded(self._tokenizer, rows, numbers, self._model.device)
                read = self._model.get_encoder()(**batch, return_dict=True)
                for column, ids in enumerate(wanted):
                    labels = ids.to(self._model.device).repeat(len(numbers), 1)
                    logits = self._model(
                        encoder_outputs=read, attention_mask=batch["attention_mask"], labels=labels
                    ).logits
                    each = logits.double().log_softmax(dim=-1).gather(2, labels[:, :, None])
                    found[numbers, column] = each.sum(dim=(1, 2)).cpu().numpy()
        return found

    def probabilities(self, sources: Sequence[str], words: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of classes, (sources, classes): what stands for each, by its log-probability, scaled to sum to 1.

        Args:
            sources: see `source_of_text`.
            words: what stands for each class, as in training.
        """
        from scipy.special import softmax

        found: NDArray[np.float64] = softmax(self.log_probabilities(sources, words), axis=1)
        return found

    def _batches(self, rows: Sequence[dict[str, list[int]]]) -> list[list[int]]:
        return batches([len(row["input_ids"]) for row in rows], batch_tokens(self._model.device))


def seq2seq(path: str | Path, *, device: str | None = None) -> Seq2Seq:
    """Loads an encoder-decoder.

    Args:
        path: folder or hub id.
        device: None is a GPU where there is one.

    Raises:
        ModelError: it cannot be loaded.
    """
    return Seq2Seq(*trained_model(KIND, path, device))
