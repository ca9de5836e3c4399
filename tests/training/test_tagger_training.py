"""A tagger learns its sentences, reads long ones whole, and says nothing of words that it cannot read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tiny_task_models import tokenizers_of_each_kind, write_bert
from windward.models.protocol import ModelError
from windward.rows.tagged import Tagged
from windward.training.fine_tuning import FineTuning
from windward.training.output import OutputError
from windward.training.robust.freelb import FreeLB
from windward.training.robust.methods import Settings
from windward.training.tagger import Tagger, bio_tags, read_off, repaired, tagger, train_tagger, windows

TAGS = bio_tags(["person", "place"])
NAMES = ["Ada Lovelace", "Tom", "Grace Hopper", "Ann"]
PLACES = ["Bath", "New York", "Rome"]
WORDS = [*" ".join([*NAMES, *PLACES]).split(), "lives", "in", "now"]


def _sentence(name: str, place: str) -> Tagged:
    words, tags = [*name.split(), "lives", "in", *place.split()], []
    for size, kind in ((len(name.split()), "person"), (0, ""), (len(place.split()), "place")):
        tags += [f"B-{kind}", *[f"I-{kind}"] * (size - 1)] if size else ["O", "O"]
    return Tagged(f"{name} {place}", tuple(words), tuple(tags))


SENTENCES = [_sentence(name, place) for name in NAMES for place in PLACES]
CONFIG = FineTuning(learning_rate=5e-3, epochs=12, batch_size=6, max_length=32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tagger")
    start = write_bert(folder / "start", WORDS)
    train_tagger(start, SENTENCES, TAGS, folder / "out", CONFIG)
    return start, folder / "out"


def test_a_tagger_learns_its_sentences(trained: tuple[Path, Path]) -> None:
    model = tagger(trained[1])
    assert model.tags == TAGS
    found = model.predict([one.words for one in SENTENCES])
    assert found.untagged == 0
    assert [read_off(rows, TAGS) for rows in found.probabilities] == [one.tags for one in SENTENCES]
    assert all(np.allclose(rows.sum(axis=1), 1) for rows in found.probabilities)


def test_a_finished_run_is_not_done_again_and_another_one_never_takes_its_folder(
    trained: tuple[Path, Path],
) -> None:
    start, out = trained
    again = train_tagger(start, SENTENCES, TAGS, out, CONFIG)
    assert again.skipped and again.losses[-1] < again.losses[0] and again.counts["words"] == 58
    with pytest.raises(OutputError):
        train_tagger(start, SENTENCES[:5], TAGS, out, CONFIG)


def test_a_run_that_was_cut_off_ends_with_the_weights_of_one_that_was_not(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    start = write_bert(tmp_path / "start", WORDS)
    config = FineTuning(learning_rate=1e-3, epochs=2, batch_size=4, max_length=32, save_seconds=0)

    class Killed(Exception):
        pass

    class Watcher:
        steps = range(7)

        def __init__(self, killed_at: int | None) -> None:
            self.killed_at = killed_at

        def __call__(self, step: int, model: Tagger) -> None:
            seen.append(step)
            model.predict([SENTENCES[0].words])
            if step == self.killed_at:
                raise Killed

    seen: list[int] = []
    with pytest.raises(Killed):
        train_tagger(start, SENTENCES, TAGS, tmp_path / "cut", config, Watcher(4))
    assert not (tmp_path / "cut").exists()
    cut = train_tagger(start, SENTENCES, TAGS, tmp_path / "cut", config, Watcher(None))
    assert seen == [0, 1, 2, 3, 4, 4, 5, 6], "it goes on from the last saved state, inside an epoch"
    whole = train_tagger(start, SENTENCES, TAGS, tmp_path / "whole", config)
    assert cut.losses == whole.losses
    left, right = (load_file(run.path / "model.safetensors") for run in (cut, whole))
    assert all((left[name] == right[name]).all() for name in right)


def test_only_the_first_sub_word_of_a_word_carries_its_tag(trained: tuple[Path, Path]) -> None:
    tokenizer: Any = tagger(trained[1])._tokenizer
    (window,) = windows(tokenizer, [("Ada", "Byron", "in", "Oz")])
    tokens = tokenizer.convert_ids_to_tokens(window.tokens["input_ids"])
    assert tokens == ["[CLS]", "Ada", "B", "##y", "##r", "##o", "##n", "in", "O", "##z", "[SEP]"]
    assert window.places == {0: 1, 1: 2, 2: 7, 3: 8}


def test_a_long_sentence_is_read_in_windows_and_every_word_is_tagged_once(trained: tuple[Path, Path]) -> None:
    model = tagger(trained[1])
    long = [f"{chr(97 + n % 26)}{n}" for n in range(150)]
    found = windows(model._tokenizer, [["Ada"], [], long])
    assert {window.sentence for window in found} == {0, 2} and len(found) > 10
    assert all(len(window.tokens["input_ids"]) <= 32 for window in found)
    placed = [word for window in found if window.sentence == 2 for word in window.places]
    assert sorted(placed) == list(range(150))
    for window in found[1:]:
        tokens = model._tokenizer.convert_ids_to_tokens(window.tokens["input_ids"])
        assert all(tokens[at] == long[word][0] for word, at in window.places.items())
    assert [len(rows) for rows in model.predict([["Ada"], [], long]).probabilities] == [1, 0, 150]


@pytest.mark.parametrize("kind", ["BERT", "DeBERTa", "RoBERTa"])
def test_the_first_sub_word_is_found_with_tokenizers_of_each_kind(kind: str) -> None:
    tokenizer = tokenizers_of_each_kind(24)[kind]
    sentence = ["Ada", "lives,", "in", "No.7", "since", "1911", "(or", "so", "they", "say)", "."]
    found = windows(tokenizer, [sentence])
    assert len(found) > 1
    assert sorted(word for window in found for word in window.places) == list(range(len(sentence)))
    for window in found:
        tokens = tokenizer.convert_ids_to_tokens(window.tokens["input_ids"])
        for word, at in window.places.items():
            rest = "".join(token.strip("▁Ġ").removeprefix("##") for token in tokens[at:-1])
            wanted = "".join(sentence[word:])
            assert rest and wanted.startswith(rest), (tokens, at)


def test_a_word_longer_than_a_window_is_tagged_at_its_first_sub_word(trained: tuple[Path, Path]) -> None:
    model = tagger(trained[1])
    found = windows(model._tokenizer, [["Ada", "x" * 90, "lives"]])
    assert found[0].places == {0: 1, 1: 2}
    assert sorted(word for window in found for word in window.places) == [0, 1, 2]


def test_words_without_a_token_are_outside_and_counted(trained: tuple[Path, Path], tmp_path: Path) -> None:
    start, out = trained
    found = tagger(out).predict([("Ada", "\u200b", "lives"), ("\u200b",)])
    assert found.untagged == 2
    assert [read_off(rows, TAGS)[-1] for rows in found.probabilities] == ["O", "O"]
    assert found.probabilities[0][1].tolist() == [1, 0, 0, 0, 0]
    data = [Tagged("1", ("Ada", "\u200b"), ("B-person", "O"))]
    run = train_tagger(start, data, TAGS, tmp_path / "out", FineTuning(epochs=1))
    assert run.counts == {"rows": 1, "words": 2, "untagged": 1, "windows": 1}


def test_two_models_read_one_test_set_each_with_its_own_tokens(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    """The release keeps the tokens of a test set by the set's name, so the second model gets those of the first."""
    plain = tmp_path / "plain"
    train_tagger(write_bert(tmp_path / "start"), SENTENCES[:2], TAGS, plain, FineTuning(epochs=1))
    sentences = [one.words for one in SENTENCES]
    alone = tagger(plain).predict(sentences)
    first, second = tagger(trained[1]), tagger(plain)
    first.predict(sentences)
    after = second.predict(sentences)
    assert all((a == b).all() for a, b in zip(alone.probabilities, after.probabilities, strict=True))
    left, right = (windows(model._tokenizer, sentences) for model in (first, second))
    assert left[0].tokens != right[0].tokens


def test_the_tags_of_a_sentence_are_the_most_probable_ones_repaired() -> None:
    rows = np.array([[0.1, 0.5, 0.0, 0.4, 0.0], [0.3, 0.0, 0.2, 0.0, 0.5], [0.4, 0.0, 0.3, 0.0, 0.3]])
    assert read_off(rows, TAGS) == ("B-person", "B-place", "O")
    assert read_off(rows[:0], TAGS) == ()


def test_a_continued_entity_that_nothing_began_begins_one() -> None:
    assert repaired(["I-a", "I-a", "O", "I-b", "I-a"]) == ("B-a", "I-a", "O", "B-b", "B-a")


@given(st.lists(st.sampled_from(TAGS)))
def test_repair_gives_tags_in_which_the_scorer_sees_the_same_entities(tags: list[str]) -> None:
    found = repaired(tags)
    assert get_entities(list(found)) == get_entities(tags)
    for before, tag in zip(("O", *found), found, strict=False):
        assert not tag.startswith("I-") or before[2:] == tag[2:]


def test_the_losses_of_the_methods_are_means_over_words(tmp_path: Path) -> None:
    """At a rate of 0 the saved model is the one whose loss was taken; sub-words behind the first have no share."""
    start = write_bert(tmp_path / "start", WORDS[:3], dropout=0)
    still = FineTuning(learning_rate=0, epochs=1, batch_size=12)
    losses, rows = {}, []
    for method in ("vanilla", "smoothing", "focal", "freelb"):
        settings = Settings(smoothing=0.3, focal=1.5, freelb=FreeLB(step_size=0, init=0))
        out = tmp_path / method
        config = replace(still, method=method, settings=settings)
        (losses[method],) = train_tagger(start, SENTENCES, TAGS, out, config).losses
        rows = tagger(out).predict([one.words for one in SENTENCES]).probabilities
    probabilities = np.concatenate(rows)
    labels = [TAGS.index(tag) for one in SENTENCES for tag in one.tags]
    right = probabilities[np.arange(len(labels)), labels]
    smooth = 0.7 * np.log(right) + 0.3 * np.log(probabilities).mean(axis=1)
    assert losses["vanilla"] == pytest.approx(-np.log(right).mean(), rel=1e-4)
    assert losses["smoothing"] == pytest.approx(-smooth.mean(), rel=1e-4)
    assert losses["focal"] == pytest.approx(-((1 - right) ** 1.5 * np.log(right)).mean(), rel=1e-4)
    assert losses["freelb"] == pytest.approx(losses["vanilla"], rel=1e-4)


def test_a_method_that_is_for_texts_with_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a tagger is not trained by eda: give one of vanilla, freelb"):
        train_tagger("anything", SENTENCES, TAGS, tmp_path / "out", FineTuning(method="eda"))
    with pytest.raises(ValueError, match="no method 'fl'"):
        FineTuning(method="fl")


def test_a_tag_without_a_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B-animal"):
        train_tagger("anything", [Tagged("1", ("Rex",), ("B-animal",))], TAGS, tmp_path / "out")


def test_a_model_without_a_trained_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no trained head"):
        tagger(write_bert(tmp_path / "start"))


def test_a_step_that_the_run_has_not_is_not_watched(tmp_path: Path) -> None:
    class Late:
        steps = (3,)

        def __call__(self, step: int, model: Tagger) -> None: ...

    with pytest.raises(ValueError, match="in a run of 2"):
        start = write_bert(tmp_path / "start")
        train_tagger(start, SENTENCES, TAGS, tmp_path / "out", FineTuning(epochs=1, batch_size=6), Late())
