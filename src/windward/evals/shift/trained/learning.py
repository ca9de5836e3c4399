"""Training a model on the examples of a task, whichever kind both are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from windward.evals.shift.masks import columns
from windward.evals.shift.task import Example, Task
from windward.evals.shift.trained.asking import TrainedModel, all_of
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged
from windward.training.answerer import train_answerer
from windward.training.classifier import ClassifierConfig, train_classifier
from windward.training.fine_tuning import FineTuning, WatchOf
from windward.training.robust.eda import Synonyms
from windward.training.seq2seq import answered_pairs, labelled_pairs, train_seq2seq
from windward.training.tagger import train_tagger


def train_on(
    task: Task,
    examples: Sequence[Example],
    model_path: str | Path,
    out: str | Path,
    config: FineTuning | None = None,
    *,
    words: Sequence[str] | None = None,
    watch: WatchOf[TrainedModel] | None = None,
    synonyms: Synonyms | None = None,
) -> Path:
    """Trains an encoder with the head that a task needs, or an encoder-decoder; see the trainer of each in `windward.training`.

    Args:
        task: whose labels the model learns.
        examples: of its set in distribution.
        model_path: an encoder, or for classes and questions an encoder-decoder; folder or hub id.
        out: folder of the result; the same run finished before is not done again.
        config: settings.
        words: what stands for each class, for an encoder-decoder; None is the names of the labels.
        watch: measures at steps of the run.
        synonyms: words for words, for the method `eda`.

    Returns:
        The checkpoint folder; see `open_trained`.

    Raises:
        ShiftError: an example is of another kind than the task.
        OutputError: `out` holds something else.
        ValueError: there are no examples, or the method is not one of this kind of model.
        ModelError: the model cannot be loaded.
        OSError: likewise.
    """
    from transformers import AutoConfig

    config = config or FineTuning()
    if task.kind == "tagging":
        sentences = all_of(Tagged, task, examples)
        return train_tagger(model_path, sentences, columns(task), out, config, watch).path
    writes = AutoConfig.from_pretrained(model_path).is_encoder_decoder
    if task.kind == "questions":
        questions = all_of(Question, task, examples)
        if writes:
            return train_seq2seq(model_path, answered_pairs(questions), out, config, watch).path
        return train_answerer(model_path, questions, out, config, watch).path
    texts = all_of(Labelled, task, examples)
    if writes:
        pairs = labelled_pairs(texts, words or task.labels)
        return train_seq2seq(model_path, pairs, out, config, watch).path
    given = {
        name: value for name, value in asdict(config).items() if name not in ("save_seconds", "settings")
    }
    own = ClassifierConfig(settings=config.settings, **given)
    return train_classifier(model_path, texts, task.labels, out, own, watch=watch, synonyms=synonyms).path
