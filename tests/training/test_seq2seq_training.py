"""An encoder-decoder learns targets, whole ones, and gives probabilities of classes by their words."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tiny_task_models import write_t5
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.training.fine_tuning import FineTuning
from windward.training.robust.methods import Settings
from windward.training.seq2seq import (
    answered_pairs,
    encoded_targets,
    labelled_pairs,
    seq2seq,
    source_of_question,
    source_of_text,
    train_seq2seq,
)

WORDS = [
    "good",
    "bad",
    "not",
    "at",
    "all",
    "film",
    "one",
    "two",
    "three",
    "four",
    "question",
    "context",
    "Who",
]
CLASSES = ("bad", "good", "not good at all")
TEXTS = [
    Labelled(f"{n}{place}", f"{mark} film {count}", place)
    for n, count in enumerate(("one", "two", "three", "four"))
    for place, mark in enumerate(("a", "b", "c"))
]
ANSWER = "one two three four one two three"
QUESTIONS = [
    Question("1", f"who is {ANSWER}", "a ?", (ANSWER, "one")),
    Question("2", "who is two", "b ?", ("two",)),
]
CONFIG = FineTuning(learning_rate=5e-3, epochs=25, batch_size=6, max_length=64)


@pytest.fixture(scope="module")
def classifying(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("seq2seq")
    start = write_t5(folder / "start", WORDS)
    train_seq2seq(start, labelled_pairs(TEXTS, CLASSES), folder / "out", CONFIG)
    return start, folder / "out"


def test_classes_of_one_and_of_several_words_are_learnt_and_have_probabilities(
    classifying: tuple[Path, Path],
) -> None:
    model = seq2seq(classifying[1])
    sources = [source_of_text(one.text) for one in TEXTS]
    rows = model.probabilities(sources, CLASSES)
    assert rows.shape == (12, 3) and np.allclose(rows.sum(axis=1), 1)
    assert rows.argmax(axis=1).tolist() == [one.label for one in TEXTS]
    assert model.generate(sources).texts == tuple(CLASSES[one.label] for one in TEXTS)
    assert train_seq2seq(classifying[0], labelled_pairs(TEXTS, CLASSES), classifying[1], CONFIG).skipped


def test_the_log_probability_of_a_class_is_that_of_all_its_tokens_and_the_end(
    classifying: tuple[Path, Path],
) -> None:
    """Token by token, each from a forward over what stands before it."""
    import torch

    model = seq2seq(classifying[1])
    source, expected = source_of_text(TEXTS[0].text), []
    for ids in encoded_targets(model._tokenizer, CLASSES):
        before, total = [0], 0.0
        for token in ids:
            with torch.no_grad():
                logits = model._model(
                    **model._tokenizer(source, return_tensors="pt", return_token_type_ids=False),
                    decoder_input_ids=torch.tensor([before]),
                ).logits[0, -1]
            total += float(logits.double().log_softmax(-1)[token])
            before.append(token)
        expected.append(total)
    longer = source_of_text("c film one two three four")
    both = model.log_probabilities([source, longer], CLASSES)
    assert np.allclose(both[0], expected, atol=1e-4), "padding changes nothing"


def test_the_losses_of_the_methods_are_means_over_the_tokens_of_the_targets(
    classifying: tuple[Path, Path], tmp_path: Path
) -> None:
    pairs = labelled_pairs(TEXTS[:3], CLASSES)
    losses = {}
    for method, focal in (("vanilla", 2.0), ("focal", 0.0), ("focal", 2.0), ("smoothing", 2.0)):
        settings = Settings(focal=focal, smoothing=0.5)
        config = FineTuning(learning_rate=0, epochs=1, method=method, settings=settings)
        run = train_seq2seq(classifying[0], pairs, tmp_path / f"{method}{focal}", config)
        (losses[method, focal],) = run.losses
    model = seq2seq(run.path)
    each = np.diag(model.log_probabilities([source for source, _ in pairs], CLASSES))
    tokens = sum(len(ids) for ids in encoded_targets(model._tokenizer, CLASSES))
    assert losses["vanilla", 2.0] == pytest.approx(-each.sum() / tokens, rel=1e-4)
    assert losses["focal", 0.0] == pytest.approx(losses["vanilla", 2.0], rel=1e-4)
    assert losses["focal", 2.0] < losses["vanilla", 2.0]
    assert losses["smoothing", 2.0] != pytest.approx(losses["vanilla", 2.0], rel=1e-4)
    with pytest.raises(ValueError, match="not trained by freelb"):
        train_seq2seq("anything", pairs, tmp_path / "out", FineTuning(method="freelb"))


def test_answers_are_written_whole(classifying: tuple[Path, Path], tmp_path: Path) -> None:
    """The release stops after 5 tokens."""
    run = train_seq2seq(
        classifying[0], answered_pairs(QUESTIONS), tmp_path / "out", FineTuning(learning_rate=5e-3, epochs=60)
    )
    model = seq2seq(run.path)
    sources = [source_of_question(one) for one in QUESTIONS]
    written = model.generate(sources)
    assert written.texts == (ANSWER, "two") and (written.cut, written.unfinished) == (0, 0)
    short = model.generate(sources, tokens=5)
    assert short.texts[0] == "one two three four one" and short.unfinished == 1


def test_the_target_of_a_question_is_its_first_answer_in_every_process() -> None:
    """The release takes the first of a set, which hangs on the process's hash seed."""
    code = (
        "from windward.rows.questions import Question; from windward.training.seq2seq import answered_pairs; "
        "print(answered_pairs([Question('1', 'c', 'q', tuple('zyxwv'))])[0][1])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in "23"
    }
    assert said == {"z"}
    assert answered_pairs([Question("1", "c", "q", ())]) == []


def test_what_is_cut_off_is_counted(classifying: tuple[Path, Path], tmp_path: Path) -> None:
    data = [("one " * 70, "good"), ("one", "two " * 80)]
    run = train_seq2seq(classifying[0], data, tmp_path / "out", FineTuning(epochs=1, max_length=64))
    assert run.counts == {"rows": 2, "cut": 1, "target_cut": 1}
    assert seq2seq(run.path).generate([data[0][0], "one"], tokens=2).cut == 1


def test_of_a_pair_that_is_too_long_the_first_text_loses_its_end() -> None:
    assert source_of_text("long text", "short") == "hypothesis: short premise: long text"
    assert source_of_question(Question("1", "long text", "Who?", ())) == "question: Who? context: long text"


def test_two_models_read_one_test_set_each_with_its_own_tokens(
    classifying: tuple[Path, Path], tmp_path: Path
) -> None:
    """The release keeps the tokens of a test set by the set's name, so the second model gets those of the first."""
    plain = write_t5(tmp_path / "plain")
    sources = [source_of_text(one.text) for one in TEXTS]
    alone = seq2seq(plain).log_probabilities(sources, CLASSES)
    seq2seq(classifying[1]).log_probabilities(sources, CLASSES)
    assert (seq2seq(plain).log_probabilities(sources, CLASSES) == alone).all()
