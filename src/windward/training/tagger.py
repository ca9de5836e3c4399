"""Fine-tuning an encoder to tag words (named entities as BIO), and tagging with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.models.batches import batch_tokens, batches
from windward.rows.tagged import Tagged
from windward.training.fine_tuning import (
    IGNORED,
    FineTuned,
    FineTuning,
    Prepared,
    WatchOf,
    digest,
    fine_tune,
    input_limit,
    padded,
    portions,
    trained_model,
    without_dropout,
)

OUTSIDE = "O"
METHODS = ("vanilla", "freelb", "smoothing", "focal")
"""That can train it."""
KIND = "AutoModelForTokenClassification"


def bio_tags(types: Sequence[str]) -> tuple[str, ...]:
    """`O`, then `B-` and `I-` of each type of entity."""
    return (OUTSIDE, *(f"{mark}-{name}" for name in types for mark in "BI"))


def train_tagger(
    model_path: str | Path,
    data: Sequence[Tagged],
    tags: Sequence[str],
    out: str | Path,
    config: FineTuning | None = None,
    watch: WatchOf[Tagger] | None = None,
) -> FineTuned:
    """Trains an encoder with a new head on every word's first sub-word; its further ones have no loss.

    A sentence longer than `max_length` is learnt in windows that overlap by a quarter, each word once, where it has most
    words on both sides. Words that the tokenizer has no token for cannot be learnt; `counts` tells how many (`untagged`).

    Args:
        model_path: an encoder with a fast tokenizer, folder or hub id.
        data: sentences.
        tags: all tags, in the order of the model's; see `bio_tags`.
        out: folder of the result; the same run finished before is not done again.
        config: settings.
        watch: measures at steps of the run; it changes nothing of the result.

    Raises:
        OutputError: `out` holds something else.
        ValueError: there are no sentences, a tag is not among `tags`, or the method is none of `METHODS`.
        ModelError: the encoder cannot be loaded.
    """
    config = config or FineTuning()
    config.check_able("tagger", METHODS)
    strange = sorted({tag for one in data for tag in one.tags} - set(tags))
    if not data or strange or OUTSIDE not in tags:
        raise ValueError(
            f"{len(data)} sentences, with tags {', '.join(strange) or '-'} that are not among {', '.join(tags)}: "
            f"give sentences whose tags are all named, {OUTSIDE} among them"
        )
    identity = {"method": "tagger", "rows": digest(asdict(one) for one in data), "tags": list(tags)}
    return fine_tune(
        identity, model_path, out, config, lambda folder: _prepared(folder, data, tags, config), watch
    )


def _prepared(folder: Path, data: Sequence[Tagged], tags: Sequence[str], config: FineTuning) -> Prepared:
    from transformers import (
        AutoModelForTokenClassification,
        AutoTokenizer,
        DataCollatorForTokenClassification,
    )

    tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    place = {tag: number for number, tag in enumerate(tags)}
    model = AutoModelForTokenClassification.from_pretrained(
        folder, num_labels=len(tags), id2label=dict(enumerate(tags)), label2id=place
    )
    tokenizer.model_max_length = input_limit(model, tokenizer, config.max_length)
    rows, learnt = [], 0
    for some in portions(data):
        for window in windows(tokenizer, [one.words for one in some]):
            labels = [IGNORED] * len(window.tokens["input_ids"])
            for word, position in window.places.items():
                labels[position] = place[some[window.sentence].tags[word]]
            rows.append(window.tokens | {"labels": labels})
            learnt += len(window.places)
    words = sum(len(one.words) for one in data)
    counts = {"rows": len(data), "words": words, "untagged": words - learnt, "windows": len(rows)}
    return Prepared(
        model,
        tokenizer,
        rows,
        DataCollatorForTokenClassification(tokenizer),
        counts,
        Tagger(model, tokenizer),
    )


@dataclass(frozen=True)
class Window:
    """A part of a sentence that an encoder reads at a time; short sentences are one window.

    Attributes:
        sentence: its place among the sentences.
        tokens: what the model takes.
        places: of the words that are tagged here, the place of each word's first sub-word; no word is tagged twice.
    """

    sentence: int
    tokens: dict[str, list[int]]
    places: dict[int, int]


def windows(tokenizer: Any, sentences: Sequence[Sequence[str]]) -> list[Window]:
    """Sentences as a model takes them, nothing cut off.

    Args:
        tokenizer: a fast one; its `model_max_length` is the longest window, and a quarter of that the overlap of two.
        sentences: as words; those without words have no window.
    """
    kept = [number for number, words in enumerate(sentences) if words]
    if not kept:
        return []
    longest: int = tokenizer.model_max_length
    encoded = tokenizer(
        [list(sentences[number]) for number in kept],
        is_split_into_words=True,
        truncation=True,
        max_length=longest,
        stride=longest // 4,
        return_overflowing_tokens=True,
    )
    owners = encoded.pop("overflow_to_sample_mapping")
    best: dict[tuple[int, int], tuple[int, int, int]] = {}
    for number, owner in enumerate(owners):
        words = encoded.word_ids(number)
        inside = [at for at, word in enumerate(words) if word is not None]
        for at in inside:
            key = owner, words[at]
            # A window may begin inside a word that an earlier one has begun.
            if words[at - 1] == words[at] if at > inside[0] else key in best:
                continue
            context = min(at - inside[0], inside[-1] - at)
            if key not in best or context > best[key][0]:
                best[key] = context, number, at
    places: list[dict[int, int]] = [{} for _ in owners]
    for (_, word), (_, number, at) in best.items():
        places[number][word] = at
    return [
        Window(kept[owner], {name: list(values[number]) for name, values in encoded.items()}, places[number])
        for number, owner in enumerate(owners)
    ]


@dataclass(frozen=True)
class Tagging:
    """What a tagger says of sentences.

    Attributes:
        probabilities: of each sentence, (words, tags); a word that has no token is `O` with probability 1.
        untagged: how many of all words those are.
    """

    probabilities: tuple[NDArray[np.float64], ...]
    untagged: int


class Tagger:
    """A checkpoint that tags words.

    Args:
        model: of `AutoModelForTokenClassification`.
        tokenizer: its tokenizer.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        tokenizer.model_max_length = input_limit(model, tokenizer)

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags, in the order of the columns."""
        names = self._model.config.id2label
        return tuple(str(names[place]) for place in range(len(names)))

    def predict(self, sentences: Sequence[Sequence[str]]) -> Tagging:
        """Probabilities of the tags of all words; a long sentence is read in windows, none of it is cut off."""
        found: list[NDArray[np.float64]] = []
        untagged = 0
        for some in portions(sentences):
            rows, missed = self._tagged(some)
            found += rows
            untagged += missed
        return Tagging(tuple(found), untagged)

    def _tagged(self, sentences: Sequence[Sequence[str]]) -> tuple[list[NDArray[np.float64]], int]:
        outside = np.eye(len(self.tags))[[self.tags.index(OUTSIDE)]]
        found = [outside.repeat(len(words), axis=0) for words in sentences]
        parts = windows(self._tokenizer, sentences)
        tokens = [part.tokens for part in parts]
        lengths = [len(one["input_ids"]) for one in tokens]
        with without_dropout(self._model):
            for numbers in batches(lengths, batch_tokens(self._model.device)):
                logits = self._model(**padded(self._tokenizer, tokens, numbers, self._model.device)).logits
                rows = logits.double().softmax(dim=-1).cpu().numpy()
                for number, row in zip(numbers, rows, strict=True):
                    part = parts[number]
                    found[part.sentence][list(part.places)] = row[list(part.places.values())]
        words = sum(len(sentence) for sentence in sentences)
        return found, words - sum(len(part.places) for part in parts)


def tagger(path: str | Path, *, device: str | None = None) -> Tagger:
    """Loads a checkpoint that tags words.

    Args:
        path: folder or hub id.
        device: None is a GPU where there is one.

    Raises:
        ModelError: it cannot be loaded, or has no trained head.
    """
    return Tagger(*trained_model(KIND, path, device, add_prefix_space=True))


def read_off(probabilities: NDArray[np.float64], tags: Sequence[str]) -> tuple[str, ...]:
    """The tags of a sentence: the most probable one of each word, then repaired (see `repaired`).

    Args:
        probabilities: (words, tags).
        tags: names of the columns.
    """
    return repaired([tags[place] for place in probabilities.argmax(axis=-1)])


def repaired(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags that are BIO: an `I-` that continues no entity of its type begins one, as `B-`.

    That is how CoNLL's scorer reads such tags, so entity F1 is the same with and without repair.
    """
    found: list[str] = []
    for tag in tags:
        begun = found and found[-1] != OUTSIDE and found[-1][2:] == tag[2:]
        found.append(f"B-{tag[2:]}" if tag.startswith("I-") and not begun else tag)
    return tuple(found)
