"""What a model's answers teach it: planted right, wrong and refused answers give exactly these rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windward.evals.folder import FolderError, claim
from windward.evals.unknown.answers_file import AnswerRow, write_answers
from windward.evals.unknown.prompts import answer_messages
from windward.evals.unknown.records import Answered, Question, Split, Verdict, questions
from windward.evals.unknown.refusal.lexical import Lexical
from windward.evals.unknown.refusal.paper import LexicalPaper
from windward.models.chat import prompt_ids
from windward.recipes.errors import RecipeError
from windward.recipes.unknown.make import answers_of, make_unknown_rows
from windward.recipes.unknown.phrases import NAMING, NOWHERE, PLAIN, odd_names, unknowing
from windward.recipes.unknown.rows import Taught, TeachConfig, taught_rows, whole_sentences
from windward.rows import read_results, select
from windward.training.examples import read_examples
from windward.training.pairs import chat_reader, read_pairs
from windward.training.stamp import stamped_rows

SENTENCES = {*PLAIN, *NOWHERE, *(sentence.format(name="Blivet") for sentence in NAMING)}
ROWS: list[tuple[str, Split, str, list[str], str | None]] = [
    ("RefuNQ", "answerable", "who wrote the first book of rome", ["Livy", "Titus Livius"], "It was titus livius."),
    ("RefuNQ", "answerable", "who wrote the last book of rome", ["Tacitus"], "Homer wrote it."),
    ("RefuNQ", "answerable", "who wrote the other book of rome", ["Cicero"], "I'm sorry, but I don't know that."),
    ("RefuNQ", "unanswerable", "who wrote the first Blivet of rome", [], "Homer wrote it."),
    ("RefuNQ", "unanswerable", "who wrote the last Blivet of rome", [], "I don't know of any Blivet. It is"),
    ("NEC", "answerable", "What do otters eat?", [], "Otters eat fish and crabs. They also like to"),
    ("NEC", "answerable", "What do herons eat?", [], "I'm sorry, but I don't know."),
    ("NEC", "unanswerable", "What do blivets eat?", [], None),
]  # fmt: skip


def answered(rows: Sequence[tuple[str, Split, str, list[str], str | None]] = ROWS) -> list[Answered]:
    """The planted answers."""
    return [
        Answered(questions(dataset, split, [(text, tuple(references), "")])[0], response)
        for dataset, split, text, references, response in rows
    ]


def taught(config: TeachConfig | None = None) -> list[Taught]:
    """What they teach."""
    planted = answered()
    return taught_rows(planted, Lexical().verdicts([one.response for one in planted]), config)[0]


def written(path: Path, rows: Sequence[tuple[str, Split, str, list[str], str | None]] = ROWS) -> Path:
    """The same as a Parquet file."""
    names = ("dataset", "split", "question", "references", "response")
    pq.write_table(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), path)
    return path


def test_each_planted_answer_teaches_what_it_should() -> None:
    made = {row.answered.question.text: row for row in taught()}
    kinds = {text: row.kind for text, row in made.items()}
    assert kinds == {
        "who wrote the first book of rome": "right",
        "who wrote the last book of rome": "wrong",
        "who wrote the first Blivet of rome": "invented",
        "who wrote the last Blivet of rome": "refused",
        "What do otters eat?": "answered",
    }
    right = made["who wrote the first book of rome"]
    assert right.chosen == "It was titus livius." and right.rejected in PLAIN
    wrong = made["who wrote the last book of rome"]
    assert wrong.chosen in PLAIN and wrong.rejected == "Homer wrote it."
    invented = made["who wrote the first Blivet of rome"]
    assert invented.chosen in SENTENCES and invented.rejected == "Homer wrote it."
    refused = made["who wrote the last Blivet of rome"]
    assert (refused.chosen, refused.rejected) == ("I don't know of any Blivet.", "")
    kept = made["What do otters eat?"]
    assert kept.chosen == "Otters eat fish and crabs." and kept.rejected in PLAIN


def test_what_teaches_nothing_is_counted_with_its_reason() -> None:
    planted = answered()
    _, counts = taught_rows(planted, Lexical().verdicts([one.response for one in planted]))
    assert counts.left_out == {
        ("RefuNQ", "answerable", "refused, though it has an answer"): 1,
        ("NEC", "answerable", "refused, though it has an answer"): 1,
        ("NEC", "unanswerable", "no reply"): 1,
    }
    assert counts.found.total() + counts.left_out.total() == len(ROWS)


def test_a_right_answer_stays_right_whatever_the_detector_says_of_it() -> None:
    one = answered([("RefuNQ", "answerable", "who", ["Livy"], "No other than Livy.")])
    assert taught_rows(one, [Verdict(refused=True)])[0][0].kind == "right"


def test_a_verdict_that_could_not_be_read_teaches_nothing() -> None:
    one = answered([("NEC", "unanswerable", "What do blivets eat?", [], "Fish.")])
    rows, counts = taught_rows(one, [Verdict(refused=None)])
    assert rows == [] and set(counts.left_out) == {("NEC", "unanswerable", "verdict unread")}


def test_an_answer_that_is_right_only_in_its_cut_off_end_is_not_learnt() -> None:
    reply = (
        "The book is old and has been read by a great many people. It was written by the man called Livy and"
    )
    rows, counts = taught_rows(answered([("RefuNQ", "answerable", "who", ["Livy"], reply)]), [Verdict(False)])
    assert rows == [] and counts.left_out["RefuNQ", "answerable", "no whole sentence"] == 1


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("It is Rome. It was", "It is Rome."),
        ('He said "no." Then', 'He said "no."'),
        ("Lynda Carter", "Lynda Carter"),
        ("one two three four five six seven eight nine ten eleven", ""),
        ("They include the following, all of which are old and well known:\n\n1. **Rome", ""),
        ("", ""),
    ],
)
def test_own_answers_end_with_a_sentence(text: str, whole: str) -> None:
    assert whole_sentences(text) == whole


def many() -> list[Answered]:
    """Ten wrong, six invented, four answered."""
    wrong = questions("RefuNQ", "answerable", [(f"who is {number}", ("Livy",), "") for number in range(10)])
    invented = questions("RefuNQ", "unanswerable", [(f"who is not {number}", (), "") for number in range(6)])
    kept = questions("NEC", "answerable", [(f"what is {number}", (), "") for number in range(4)])
    return [Answered(one, "It is Homer.") for one in (*wrong, *invented, *kept)]


def kinds(config: TeachConfig) -> Counter[str]:
    """How many rows of each kind."""
    planted = many()
    rows, counts = taught_rows(planted, [Verdict(refused=False)] * len(planted), config)
    assert len(rows) + counts.cut.total() == len(planted)
    return Counter(row.kind for row in rows)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (TeachConfig(), {"wrong": 10, "invented": 6, "answered": 4}),
        (TeachConfig(keep_right=0.125), {"wrong": 10, "invented": 6, "answered": 2}),
        (TeachConfig(keep_right=2.0), {"wrong": 10, "invented": 6, "answered": 4}),
        (TeachConfig(balanced=True), {"wrong": 2, "invented": 2, "answered": 4}),
        (TeachConfig(keep_right=0.4, balanced=True), {"wrong": 5, "invented": 5, "answered": 4}),
    ],
)
def test_the_ratio_of_kept_answers_is_met_and_what_is_cut_is_shared_out(
    config: TeachConfig, expected: dict[str, int]
) -> None:
    assert kinds(config) == expected


def test_a_ratio_that_keeps_nothing_is_refused() -> None:
    with pytest.raises(RecipeError, match="keep_right is 0"):
        TeachConfig(keep_right=0)


def test_every_sentence_is_a_refusal_to_both_word_lists() -> None:
    for detector in (Lexical(), LexicalPaper()):
        assert all(verdict.refused for verdict in detector.verdicts(sorted(SENTENCES)))


def test_sentences_vary_and_the_same_seed_says_the_same() -> None:
    asked = questions("NEC", "unanswerable", [(f"What is {number}?", (), "") for number in range(200)])
    said = [unknowing(one, "Blivet", 0) for one in asked]
    assert (
        said
        == [unknowing(one, "Blivet", 0) for one in asked]
        != [unknowing(one, "Blivet", 1) for one in asked]
    )
    assert set(said) == {*PLAIN, *(sentence.format(name="Blivet") for sentence in NAMING)}
    assert {unknowing(one, "", 0) for one in asked} == {*PLAIN, *NOWHERE}


def test_a_question_with_an_answer_is_never_told_that_there_is_no_such_thing() -> None:
    asked = questions("NEC", "answerable", [(f"What is {number}?", (), "") for number in range(200)])
    assert {unknowing(one, "", 0) for one in asked} == set(PLAIN)


def named(*pairs: tuple[Split, str], category: str = "") -> dict[str, str]:
    """The odd words of these questions, by their texts."""
    asked = [questions("set", split, [(text, (), category)])[0] for split, text in pairs]
    found = odd_names(asked)
    return {one.text: found[one.id] for one in asked if one.id in found}


def test_the_pseudo_word_in_place_of_a_word_is_named() -> None:
    odd = "who wrote the Blivet of rome?"
    assert named(("answerable", "who wrote the book of rome"), ("unanswerable", odd)) == {odd: "Blivet"}
    assert named(("unanswerable", odd)) == {}


def test_a_real_word_in_a_false_premise_is_not_named() -> None:
    assert named(("answerable", "Can cats fly at night?"), ("unanswerable", "Can Mars fly at night?")) == {}
    assert named(("answerable", "can a bird fly"), ("unanswerable", "can a fish fly")) == {}


def test_the_name_of_an_invented_thing_is_found_by_its_capitals() -> None:
    invented = "How is a Grilled Blivet of the Sea eaten, if at all?"
    assert named(("unanswerable", invented), category="food") == {invented: "Grilled Blivet of the Sea"}
    two = "Is Blivet eaten in Rome?"
    assert named(("unanswerable", two), category="food") == {}
    known = "Is the Otter rare?"
    assert named(("answerable", "Are Otters rare?"), ("unanswerable", known), category="animals") == {"Are Otters rare?": "Otters"}  # fmt: skip


def test_training_and_evaluation_read_what_is_written(tmp_path: Path, tiny_checkpoint: Path) -> None:
    from transformers import AutoTokenizer

    out = tmp_path / "rows"
    make_unknown_rows(written(tmp_path / "answers.parquet"), out, tell=lambda line: None)
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    examples = read_examples(out / "sft.parquet", tokenizer, 4096)
    pairs = read_pairs(out / "preference.parquet", chat_reader(tokenizer), 4096, trees=False)
    assert (len(examples), len(pairs)) == (5, 4)
    asked = prompt_ids(tokenizer, answer_messages(ROWS[0][2]))
    assert list(examples[0].tokens[: len(asked)]) == list(asked)
    assert stamped_rows(out / "sft.parquet") == stamped_rows(out / "preference.parquet") == {"refunq", "nec"}


def test_counts_of_a_half_add_up_to_its_replies(tmp_path: Path) -> None:
    results = read_results(make_unknown_rows(written(tmp_path / "a.parquet"), tmp_path / "rows", tell=lambda line: None))  # fmt: skip
    half = select(results, dataset="RefuNQ", split="answerable")
    assert {one.n for one in half} == {3}
    assert sum(one.value for one in half if one.metric in ("rows", "replies_left_out")) == 3
    (right,) = select(half, metric="rows", condition={"kind": "right"})
    assert (right.value, right.condition["detector"], right.model) == (1, "lexical", "a")


def test_the_same_answers_give_the_same_bytes_and_others_are_not_mixed_in(tmp_path: Path) -> None:
    answers, out = written(tmp_path / "answers.parquet"), tmp_path / "rows"
    files = ("sft.parquet", "preference.parquet", "results.parquet")
    make_unknown_rows(answers, out, tell=lambda line: None)
    before = [(out / name).read_bytes() for name in files]
    make_unknown_rows(answers, out, tell=lambda line: None)
    assert [(out / name).read_bytes() for name in files] == before
    with pytest.raises(FolderError, match="another run"):
        make_unknown_rows(written(answers, ROWS[:5]), out, tell=lambda line: None)


def test_answers_of_one_kind_alone_are_refused(tmp_path: Path) -> None:
    for some, lacking in ((ROWS[3:4], "answered rightly"), (ROWS[:1], "answered wrongly")):
        with pytest.raises(RecipeError, match=lacking):
            make_unknown_rows(written(tmp_path / "answers.parquet", some), tmp_path / "rows")
    assert not (tmp_path / "rows").exists()


def test_a_question_of_the_users_own_set_stamps_the_users_own_name() -> None:
    own = Answered(Question("mine/1", "my-set", "unanswerable", "What is a blivet?"), "A tool.")
    (row,), _ = taught_rows([own], [Verdict(refused=False)])
    assert row.sft_row()["never_score"] == row.pair()["never_score"] == ["my-set"]


def test_a_run_of_the_evaluation_names_its_model(tmp_path: Path) -> None:
    claim("unknown", tmp_path / "run", {"model": "tiny@12"}, [])
    write_answers(tmp_path / "run" / "answers.jsonl", map(AnswerRow, answered()))
    assert answers_of(tmp_path / "run") == ("tiny@12", answered())
    assert answers_of(tmp_path / "run" / "answers.jsonl")[0] == "tiny@12"
    assert answers_of(tmp_path / "run", "mine")[0] == "mine"
    alone = tmp_path / "tiny.jsonl"
    write_answers(alone, map(AnswerRow, answered()))
    assert answers_of(alone)[0] == "tiny"
    write_answers(alone, [])
    with pytest.raises(RecipeError, match="no answers"):
        answers_of(alone)
