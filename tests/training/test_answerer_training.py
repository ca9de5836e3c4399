"""An encoder learns where answers stand, in contexts of any length."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiny_task_models import tokenizers_of_each_kind, write_bert
from windward.rows.questions import Question
from windward.training.answerer import (
    ANSWER_TOKENS,
    Span,
    _tokens_of,
    answerer,
    best_span,
    located,
    readings,
    train_answerer,
)
from windward.training.fine_tuning import FineTuning

NAMES = ["Ada", "Tom", "Grace", "Ann", "Bob"]
PLACES = ["Bath", "Oslo", "Rome", "Kiel"]
WORDS = [*NAMES, *PLACES, "lives", "in", "Who", "where", "there", "?", "Where", "that", "one"]


def _pair(name: str, place: str) -> list[Question]:
    context = f"{name} lives in {place}"
    return [
        Question(f"{name} {place} 1", context, "Who lives there?", (name,), (0,)),
        Question(f"{name} {place} 2", context, "Where lives that one?", (place,), (context.index(place),)),
    ]


QUESTIONS = [one for name in NAMES for place in PLACES[:2] for one in _pair(name, place)]
CONFIG = FineTuning(learning_rate=5e-3, epochs=15, batch_size=5, max_length=32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("answerer")
    start = write_bert(folder / "start", WORDS)
    train_answerer(start, QUESTIONS, folder / "out", CONFIG)
    return start, folder / "out"


def test_an_answerer_learns_where_answers_stand(trained: tuple[Path, Path]) -> None:
    start, out = trained
    found = answerer(out).predict([Question(one.id, one.context, one.question, ()) for one in QUESTIONS])
    assert list(found.texts) == [one.answers[0] for one in QUESTIONS]
    again = train_answerer(start, QUESTIONS, out, CONFIG)
    assert again.skipped and again.counts == {"rows": 20, "not_found": 0, "cut": 0, "windows": 20}


def test_an_answer_is_found_without_its_place_as_a_whole_word_first() -> None:
    assert located(Question("1", "a cat, Cats and cat", "?", ("cat",), (16,))) == Span(16, 19)
    assert located(Question("1", "the category of cat", "?", ("cat",))) == Span(16, 19)
    assert located(Question("1", "THE CAT", "?", ("the cat",))) == Span(0, 7)
    assert located(Question("1", "concatenate", "?", ("cat",))) == Span(3, 6)
    assert located(Question("1", "no pets", "?", ("cat", "dog"))) is None
    assert located(Question("1", "a dog", "?", ("cat", "dog"))) == Span(2, 5)
    assert located(Question("1", "a (b) c", "?", ("(b)",), (99,))) == Span(2, 5), (
        "a wrong place is not believed"
    )


def test_questions_whose_answers_are_nowhere_are_left_out_of_training_and_of_nothing_else(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    strange = Question("x", "Ada lives in Bath", "Who?", ("nobody",))
    run = train_answerer(trained[0], [QUESTIONS[0], strange], tmp_path / "out", FineTuning(epochs=1))
    assert run.counts == {"rows": 2, "not_found": 1, "cut": 0, "windows": 1}
    assert len(answerer(run.path).predict([QUESTIONS[0], strange]).texts) == 2
    with pytest.raises(ValueError, match="no row can be learnt from"):
        train_answerer(trained[0], [strange], tmp_path / "none", FineTuning(epochs=1))


def test_a_long_context_is_read_whole_in_windows(trained: tuple[Path, Path]) -> None:
    tokenizer: Any = answerer(trained[1])._tokenizer
    context = " ".join(f"w{n}" for n in range(60))
    found, cut = readings(tokenizer, [Question("1", context, "Who?", ()), Question("2", "Ada", "Who?", ())])
    assert cut == 0 and len(found) > 5 and found[-1].question == 1
    assert all(len(one.tokens["input_ids"]) <= 32 for one in found)
    seen = {at for one in found[:-1] for pair in one.offsets if pair for at in range(*pair)}
    assert seen == {at for at, letter in enumerate(context) if letter != " "}


@pytest.mark.parametrize("kind", ["BERT", "DeBERTa", "RoBERTa"])
@pytest.mark.parametrize("answer", ["Ada", "Ida Moe", "1911", "at home.", "O"])
def test_what_is_learnt_as_an_answer_is_read_back_as_it_with_tokenizers_of_each_kind(
    kind: str, answer: str
) -> None:
    context = "  Ada was born in 1911, and Ida Moe then\nlived (in O) at home."
    question = Question("1", context, "Who or when ?", (answer,))
    tokenizer = tokenizers_of_each_kind(40)[kind]
    span = located(question)
    assert span is not None
    found, _ = readings(tokenizer, [question])
    learnt = 0
    for reading in found:
        first, last = _tokens_of(span, reading.offsets)
        if (first, last) == (0, 0):
            continue
        learnt += 1
        size = len(reading.offsets)
        best = best_span(np.eye(size)[first], np.eye(size)[last], reading.offsets)
        assert best is not None and context[best[1] : best[2]].strip() == answer
    assert learnt and len(found) > 1


def test_an_answer_at_the_end_of_a_long_context_is_found(trained: tuple[Path, Path], tmp_path: Path) -> None:
    filling = " ".join(["there"] * 40)
    data = [Question(name, f"{filling} {name} {filling}", "Who lives there?", (name,)) for name in NAMES]
    run = train_answerer(
        trained[0], data, tmp_path / "out", FineTuning(learning_rate=5e-3, epochs=15, max_length=32)
    )
    assert run.counts["windows"] > 2 * len(data)
    assert answerer(run.path).predict(data).texts == tuple(NAMES)


def test_a_question_that_fills_the_input_loses_its_end_and_is_counted(trained: tuple[Path, Path]) -> None:
    model = answerer(trained[1])
    questions = [Question("1", "Ada lives in Bath", "where " * 50 + "?", ()), QUESTIONS[0]]
    found, cut = readings(model._tokenizer, questions)
    assert cut == 1 and max(len(one.tokens["input_ids"]) for one in found) <= 32
    answers = model.predict(questions)
    assert answers.texts[0] in "Ada lives in Bath" and answers.cut == 1
    assert model.predict([Question("1", "", "Who?", ())]).texts == ("",)


def test_the_best_span_ends_where_it_starts_or_later_inside_the_context() -> None:
    offsets = [None, (0, 3), (4, 9), (10, 12), None]
    starts, ends = np.array([9.0, 0, 1, 3, 9]), np.array([9.0, 5, 1, 0, 9])
    assert best_span(starts, ends, offsets) == (5.0, 0, 3)
    assert best_span(starts, ends, [None] * 5) is None


@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.sampled_from([True] * 6 + [False])),
        min_size=1,
        max_size=45,
    ),
)
def test_the_best_span_is_that_of_trying_them_all(tokens: list[tuple[int, int, bool]]) -> None:
    offsets = [(2 * at, 2 * at + 1) if inside else None for at, (_, _, inside) in enumerate(tokens)]
    places = [at for at, pair in enumerate(offsets) if pair is not None]
    allowed = [
        (tokens[first][0] + tokens[last][1], 2 * first, 2 * last + 1)
        for rank, first in enumerate(places)
        for last in places[rank : rank + ANSWER_TOKENS]
    ]
    starts, ends = (np.array([token[side] for token in tokens], float) for side in (0, 1))
    best = max(allowed, key=lambda one: (one[0], -one[1], -one[2])) if allowed else None
    assert best_span(starts, ends, offsets) == best


def test_equal_windows_go_to_the_earlier_span() -> None:
    assert best_span(np.zeros(4), np.zeros(4), [None, (0, 1), (2, 3), (4, 5)]) == (0.0, 0, 1)
