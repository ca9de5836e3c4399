"""The shallow model: it speaks of texts that it did not learn from, in log-probabilities that are never infinite."""

import numpy as np
import pytest

from windward.rows.labelled import Labelled
from windward.training.robust.debias import Debias, shallow_log_probabilities

FAST = Debias(trees=10)


def test_the_forest_is_not_asked_about_its_own_training_rows() -> None:
    """The release scores the forest on what it learnt by heart: labels of noise look predictable there."""
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in range(60)]
    noise = [Labelled(str(n), " ".join(rng.choice(words, 8)), int(rng.integers(2))) for n in range(160)]
    said = np.exp(shallow_log_probabilities(noise, 2, FAST, seed=0))
    of_label = said[np.arange(len(noise)), [one.label for one in noise]]
    assert abs(of_label.mean() - 0.5) < 0.06


def test_what_a_word_gives_away_is_found() -> None:
    data = [Labelled(str(n), f"{'never' if n % 2 else 'seen'} text {n % 7}", n % 2) for n in range(60)]
    said = shallow_log_probabilities(data, 2, FAST, seed=0)
    assert (said.argmax(axis=1) == [one.label for one in data]).all()
    assert np.isfinite(said).all()
    assert np.exp(said).sum(axis=1) == pytest.approx(np.ones(60))


def test_the_second_text_of_a_pair_counts_and_rare_classes_are_no_error() -> None:
    data = [
        Labelled(str(n), "one premise", n % 2, second="never so" if n % 2 else "always so") for n in range(30)
    ]
    data.append(Labelled("rare", "one premise", 2, second="hmm"))
    said = shallow_log_probabilities(data, 4, FAST, seed=0)
    assert said.shape == (31, 4)
    assert (said[:30].argmax(axis=1) == [one.label for one in data[:30]]).all()
    assert said[30, 2] == pytest.approx(np.log(1 / 14)), "its only text was not learnt from"


def test_one_text_alone_has_a_shallow_model_that_knows_nothing() -> None:
    said = shallow_log_probabilities([Labelled("1", "text", 1)], 3, FAST)
    assert np.exp(said).tolist() == [pytest.approx([1 / 3] * 3)]
