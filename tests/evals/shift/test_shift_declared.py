"""Each of the twenty datasets is read from a small file of its real form, by BOSS's label rules."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windward.evals.shift.declared import TASKS
from windward.evals.shift.loading import BETWEEN, EMPTY, UNREADABLE, Loaded, load
from windward.evals.shift.task import Dataset
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

FORMS = Path(__file__).parent / "data_formats"
SETS: dict[str, Dataset] = {dataset.name: dataset for task in TASKS.values() for dataset in task.datasets}
IN_FILES = {
    "DynaSent": "DynaSent",
    "SemEval": "SemEval",
    "AdvCivil": "AdvCivil",
    "ImplicitHate": "ImplicitHate",
    "ToxiGen": "ToxiGen",
    "MNLI": "MNLI",
    "ANLI": "ANLI",
    "ContractNLI": "ContractNLI",
    "WANLI": "WANLI",
    "Few-NERD": "Few-NERD",
    "CoNLL": "CoNLL/eng.testb",
    "E-NER": "E-NER",
    "WNUT": "WNUT",
    "SQuAD": "SQuAD",
    "AdvQA": "AdvQA/combined",
    "NewsQA": "NewsQA/NewsQA.jsonl",
    "SearchQA": "SearchQA/SearchQA.jsonl",
}
LABELS = {
    "DynaSent": [0, 2, 1],
    "SemEval": [2, 1, 0],
    "AdvCivil": [0, 1],
    "ImplicitHate": [0, 1, 1, 0],
    "ToxiGen": [0, 1, 1, 0, 0],
    "MNLI": [0, 1, 2],
    "ANLI": [0, 1, 2],
    "ContractNLI": [0, 1, 2],
    "WANLI": [0, 1, 2],
}


def _test_of(name: str) -> Loaded:
    return load(SETS[name], "test", local=FORMS / IN_FILES[name])


def _parquet(path: Path, rows: list[dict[str, Any]], **names: list[str]) -> Path:
    """As `datasets` writes it: numbers of classes, and their names in the description of the file."""
    features = {
        column: {"names": classes, "_type": "ClassLabel"}
        if not isinstance(rows[0][column], list)
        else {"feature": {"names": classes, "_type": "ClassLabel"}, "_type": "List"}
        for column, classes in names.items()
    }
    table = pa.Table.from_pylist(rows)
    told = {"huggingface": json.dumps({"info": {"features": features}})}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(told), path)
    return path


def test_boss_has_five_tasks_of_one_set_in_distribution_and_three_out_of_it() -> None:
    boss = [task for task in TASKS.values() if task.name != "rated"]
    assert [(task.id.name, len(task.ood)) for task in boss] == [
        ("Amazon", 3),
        ("CivilComments", 3),
        ("MNLI", 3),
        ("Few-NERD", 3),
        ("SQuAD", 3),
    ]
    names = [dataset.name for task in boss for dataset in task.datasets]
    assert len(set(names)) == 20 and set(IN_FILES) | {"Amazon", "CivilComments", "SST"} == set(names)
    assert [task.metric for task in boss] == ["accuracy", "accuracy", "accuracy", "entity_f1", "f1"]


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_is_not_on_the_hub_says_where_it_is(name: str) -> None:
    assert SETS[name].hub or "http" in SETS[name].note or "vaderSentiment" in SETS[name].note


@pytest.mark.parametrize("name", IN_FILES)
def test_a_set_is_read_from_its_real_form(name: str) -> None:
    loaded = _test_of(name)
    assert loaded.examples
    assert len({one.id for one in loaded.examples}) == len(loaded.examples)
    assert UNREADABLE not in loaded.dropped and loaded.unreadable == ""


@pytest.mark.parametrize("name", LABELS)
def test_the_classes_of_a_set_are_the_tasks(name: str) -> None:
    assert [one.label for one in _test_of(name).labelled] == LABELS[name]


@pytest.mark.parametrize("name", ["MNLI", "ANLI", "ContractNLI", "WANLI"])
def test_a_premise_has_its_hypothesis_beside_it(name: str) -> None:
    assert all(one.text and one.second and one.text != one.second for one in _test_of(name).labelled)


def test_dynasent_is_both_rounds_without_what_is_mixed_or_undecided() -> None:
    loaded = _test_of("DynaSent")
    assert [one.text for one in loaded.labelled] == [
        "The soup came cold twice.",
        "We sat near the door.",
        "I would cross the town for that pie.",
    ]
    assert loaded.dropped == {BETWEEN: 2}
    assert len(load(SETS["DynaSent"], "train", local=FORMS / "DynaSent").examples) == 2


def test_semeval_keeps_the_quotes_of_a_tweet_and_no_tab_behind_it() -> None:
    texts = [one.text for one in _test_of("SemEval").labelled]
    assert texts[0] == "The match starts at eight"
    assert texts[1] == '"Best day" of the summer, hands down'


def test_the_matched_development_set_of_mnli_is_its_test_set() -> None:
    loaded = _test_of("MNLI")
    assert len(loaded.examples) == 3 and loaded.dropped == {BETWEEN: 1}  # one without a majority
    (other,) = load(SETS["MNLI"], "dev", local=FORMS / "MNLI").labelled
    assert other.second == "It needs paint."


def test_anli_is_all_three_rounds() -> None:
    assert len(_test_of("ANLI").examples) == 3
    assert len(load(SETS["ANLI"], "train", local=FORMS / "ANLI").examples) == 3


def test_the_archive_of_boss_is_read_as_pandas_wrote_it() -> None:
    first, second = _test_of("AdvCivil").labelled
    assert first.text == 'They said "thank you" and left\nby the back door.'
    assert (first.label, second.label) == (0, 1)


@pytest.mark.parametrize("name", ["DynaSent", "SST", "CivilComments", "ToxiGen", "ImplicitHate", "Amazon"])
def test_a_set_of_texts_is_read_from_the_archive_of_boss(name: str, tmp_path: Path) -> None:
    rows = "".join(f"Number {number}\t{number % 2}\n" for number in range(10))
    (tmp_path / "test.tsv").write_text(f"Text\tLabel\n{rows}", encoding="utf-8")
    (tmp_path / "all.tsv").write_text(f"Text\tLabel\n{rows}", encoding="utf-8")
    loaded = load(SETS[name], "test", local=tmp_path)
    assert {one.label for one in loaded.labelled} <= {0, 1} and loaded.dropped == {}


@pytest.mark.parametrize("name", ["MNLI", "WANLI"])
def test_a_set_of_pairs_is_read_from_the_archive_of_boss(name: str, tmp_path: Path) -> None:
    file = tmp_path / "test.tsv"
    file.write_text('Premise\tHypothesis\tLabel\n"A ""quoted"" one"\tB\t2\nA\t\t0\n', encoding="utf-8")
    loaded = load(SETS[name], "test", local=file)
    (one,) = loaded.labelled
    assert (one.text, one.second, one.label) == ('A "quoted" one', "B", 2)
    assert loaded.dropped == {UNREADABLE: 1} and "hypothesis is empty" in loaded.unreadable


def test_amazon_is_one_three_and_five_stars(tmp_path: Path) -> None:
    dataset = SETS["Amazon"]
    found: list[Labelled] = []
    dropped: dict[str, int] = {}
    for split in ("train", "dev", "test"):
        loaded = load(dataset, split, local=FORMS / "Amazon")
        found += loaded.labelled
        for reason, count in loaded.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
    assert dropped == {BETWEEN: 2, EMPTY: 1}
    assert sorted(one.label for one in found) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    by_text = {one.text: one.label for one in found}
    assert by_text["The kettle leaked on its first morning."] == 0
    assert by_text["A kettle like any other."] == 2
    assert by_text["Best kettle we ever had."] == 1


def test_amazon_of_2023_has_other_names_for_the_same() -> None:
    example = SETS["Amazon"].example("1", {"rating": 5.0, "title": "Fine", "text": "It pours."})
    assert example == Labelled("1", "It pours.", 1)


@pytest.mark.parametrize(
    ("shade", "label"),
    [(0.0, 0), (0.19999, 0), (0.2, None), (0.39999, None), (0.4, 2), (0.59999, 2), (0.6, None), (0.79999, None), (0.8, 1), (1.0, 1)],
)  # fmt: skip
def test_sst_is_cut_at_a_fifth_two_three_and_four_fifths(
    shade: float, label: int | None, tmp_path: Path
) -> None:
    row = {"sentence": "A film .", "label": shade, "tokens": "A|film|.", "tree": "4|4|5|5|0"}
    example = SETS["SST"].example("1", row)
    assert example == (None if label is None else Labelled("1", "A film .", label))


def test_sst_is_read_as_the_hub_keeps_it_in_single_precision(tmp_path: Path) -> None:
    table = pa.table(
        {
            "sentence": ["Dull .", "On the edge .", "Middling .", "Grand ."],
            "label": pa.array([0.1, 0.2, 0.4, 0.8], pa.float32()),
            "tokens": ["Dull|.", "On|the|edge|.", "Middling|.", "Grand|."],
            "tree": ["", "", "", ""],
        }
    )
    pq.write_table(table, tmp_path / "test.parquet")
    loaded = load(SETS["SST"], "test", local=tmp_path)
    assert [one.label for one in loaded.labelled] == [0, 2, 1] and loaded.dropped == {BETWEEN: 1}


def test_a_set_of_classes_is_not_taken_for_the_shades_of_sst(tmp_path: Path) -> None:
    file = tmp_path / "test.jsonl"
    rows = [{"sentence": "Dull .", "label": 2}, {"sentence": "Grand .", "label": 0.9}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    loaded = load(SETS["SST"], "test", local=file)
    assert loaded.dropped == {UNREADABLE: 1} and "shades" in loaded.unreadable


@pytest.mark.parametrize(("toxicity", "label"), [(0.0, 0), (0.4999, 0), (0.5, 1), (1.0, 1)])
def test_half_of_the_raters_make_a_civil_comment_toxic(toxicity: float, label: int, tmp_path: Path) -> None:
    row = {"text": "A comment.", "toxicity": toxicity, "severe_toxicity": 0.0, "obscene": 0.0}
    file = _parquet(tmp_path / "test.parquet", [row])
    (one,) = load(SETS["CivilComments"], "test", local=file).labelled
    assert one.label == label


@pytest.mark.parametrize(
    ("ai", "human", "label"), [(1.0, 4.9, 0), (1.0, 5.0, 1), (3.0, 3.0, 1), (5.0, 0.9, 0)]
)
def test_toxigen_is_toxic_from_a_mean_of_three_on(ai: float, human: float, label: int) -> None:
    row = {"text": "A sentence.", "toxicity_ai": ai, "toxicity_human": human}
    assert SETS["ToxiGen"].example("1", row) == Labelled("1", "A sentence.", label)


def test_toxigens_literals_of_bytes_become_text_and_nothing_else_does() -> None:
    last = _test_of("ToxiGen").labelled[-1]
    assert last.text == "the bakers' guild meets on monday \N{EM DASH} as ever"
    for said in (
        "b'a' + b'b'",
        "b'open",
        "bread",
        "b'x'.decode()",
        "b'caf\N{LATIN SMALL LETTER E WITH ACUTE}'",
    ):
        row = {"text": said, "toxicity_ai": 1.0, "toxicity_human": 1.0}
        assert SETS["ToxiGen"].example("1", row) == Labelled("1", said, 0)
    with pytest.raises(ValueError, match="truncated"):
        SETS["ToxiGen"].example("1", {"text": "b'\\x'", "toxicity_ai": 1.0, "toxicity_human": 1.0})


def test_implicit_and_explicit_hate_are_both_toxic() -> None:
    texts = {one.text: one.label for one in _test_of("ImplicitHate").labelled}
    assert texts['they call it "culture" , we know what it is'] == 1
    assert texts["all of them out , now"] == 1
    assert texts['"a quotation alone"'] == 0  # its own quotes stay


@pytest.mark.parametrize(
    ("rating", "label"), [(-4, 0), (-0.5, 0), (-0.4999, 2), (0, 2), (0.4999, 2), (0.5, 1), (4, 1)]
)
def test_a_rated_sentence_is_clear_from_half_a_point_on(rating: float, label: int) -> None:
    row = {"0": "1_1", "1": str(rating), "2": "A sentence."}
    assert SETS["amazon"].example("1", row) == Labelled("1", "A sentence.", label)


def test_the_classes_of_the_hubs_numbers_are_read_by_name(tmp_path: Path) -> None:
    rows = [{"premise": "A", "hypothesis": "B", "label": number} for number in (0, 1, 2, -1)]
    other = _parquet(tmp_path / "test.parquet", rows, label=["contradiction", "entailment", "neutral"])
    loaded = load(SETS["MNLI"], "test", local=other)
    assert [one.label for one in loaded.labelled] == [2, 0, 1] and loaded.dropped == {BETWEEN: 1}


def test_few_nerd_tells_neighbours_apart_by_their_fine_types() -> None:
    first, second = _test_of("Few-NERD").tagged
    assert first.tags == (
        "B-person", "I-person", "B-person", "O", "B-location", "I-location", "O",
    )  # fmt: skip
    assert second.tags == ("O", "B-miscellaneous", "O", "O", "B-building", "I-building", "O", "O")


def test_few_nerd_on_the_hub_has_coarse_and_fine_tags(tmp_path: Path) -> None:
    fine = ["O", "art-film", "person-actor", "person-artist/author"]
    coarse = ["O", "art", "building", "event", "location", "organization", "other", "person", "product"]
    row = {"id": "0", "tokens": ["Ida", "Rolf", "sang"], "ner_tags": [7, 7, 0], "fine_ner_tags": [2, 3, 0]}
    file = _parquet(tmp_path / "test.parquet", [row], ner_tags=coarse, fine_ner_tags=fine)
    (one,) = load(SETS["Few-NERD"], "test", local=file).tagged
    assert one.tags == ("B-person", "B-person", "O")


def test_conll_becomes_bio_whichever_scheme_its_file_has(tmp_path: Path) -> None:
    first, second = _test_of("CoNLL").tagged
    assert first.tags == ("B-organization", "I-organization", "O", "B-organization", "O")
    assert second.tags == (
        "B-miscellaneous", "B-person", "I-person", "B-person", "O", "O", "B-location", "O",
    )  # fmt: skip
    row = {"id": "0", "tokens": ["Ida", "Moe", "Kari", "flew"], "ner_tags": [1, 2, 1, 0]}
    (tmp_path / "test.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (numbered,) = load(SETS["CoNLL"], "test", local=tmp_path).tagged
    assert numbered.tags == ("B-person", "I-person", "B-person", "O")


def test_e_ner_is_read_whole_with_entities_begun_and_words_without_letters_left_out() -> None:
    first, second, third = _test_of("E-NER").tagged
    assert len(first.words) == 14
    assert first.tags[3:6] == ("B-organization", "I-organization", "I-organization")
    assert second.tags == ("O", "O", "B-miscellaneous", "I-miscellaneous")
    assert third.words[5] == '""","""'  # a comma, as the file has it


def test_an_entity_that_e_ner_begins_itself_is_one() -> None:
    """The release compares whole tags: `B-MISC I-MISC` becomes two entities there."""
    third = _test_of("E-NER").tagged[2]
    assert third.tags[1:5] == ("B-location", "B-miscellaneous", "I-miscellaneous", "I-miscellaneous")


def test_wnut_maps_corporations_and_groups_to_organizations_and_works_to_art(tmp_path: Path) -> None:
    first, second = _test_of("WNUT").tagged
    assert first.tags[3:7] == ("B-art", "I-art", "I-art", "O")
    assert second.tags == (
        "B-organization", "I-organization", "B-organization", "O", "O", "B-location", "O", "O", "B-product",
    )  # fmt: skip
    row = {"id": "0", "tokens": ["River", "Paper", "Tides"], "ner_tags": [1, 2, 5]}
    (tmp_path / "test.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (numbered,) = load(SETS["WNUT"], "test", local=tmp_path).tagged
    assert numbered.tags == ("B-organization", "I-organization", "B-organization")


def test_a_tag_of_no_known_type_is_counted_and_named(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("Ida B-PER\nwon O\n\nMay I-DATE\nwas O\nwet O\n", encoding="utf-8")
    loaded = load(SETS["CoNLL"], "test", local=tmp_path)
    assert len(loaded.examples) == 1 and loaded.dropped == {UNREADABLE: 1}
    assert "I-DATE" in loaded.unreadable


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("CoNLL", {"building", "art", "product", "event"}),
        ("E-NER", {"building", "art", "product", "event"}),
        ("WNUT", {"miscellaneous", "building", "event"}),
    ],
)
def test_the_types_that_a_set_of_entities_lacks_are_masked(name: str, lacking: set[str]) -> None:
    task = TASKS["entities"]
    assert set(task.labels) - set(task.mask[name]) == lacking and len(task.labels) == 8
    found = {tag[2:] for one in _test_of(name).tagged for tag in one.tags if tag != "O"}
    assert found <= set(task.mask[name])


def test_squad_keeps_each_answer_once_in_its_order_with_its_place() -> None:
    first, second = _test_of("SQuAD").questions
    assert first.answers == ("Ida Moe", "Moe") and first.starts == (0, 4)
    assert second.answers == ("Dover", "in Dover")
    for one in (first, second):
        for answer, start in zip(one.answers, one.starts, strict=True):
            assert one.context[start : start + len(answer)] == answer


def test_adversarial_qa_has_squads_form() -> None:
    (one,) = _test_of("AdvQA").questions
    assert one.answers == ("The mill",) and one.starts == (36,)


def test_mrqa_puts_the_words_of_the_context_before_what_annotators_wrote() -> None:
    first, second = _test_of("NewsQA").questions
    assert (first.answers, first.starts) == (("Ida Moe",), (0,))
    assert (second.answers, second.starts) == (("1911", "in 1911"), (30, 27))
    (search,) = _test_of("SearchQA").questions
    assert search.answers == ("Dover",)  # "dover" is the same


def test_the_hubs_form_of_mrqa_is_read_with_its_places() -> None:
    row = {
        "context": "The mill stands in Dover.",
        "question": "Where?",
        "answers": ["Dover"],
        "key": "k",
        "labels": [{"start": [19], "end": [23]}],
    }
    expected = Question("1", "The mill stands in Dover.", "Where?", ("Dover",), (19,))
    assert SETS["NewsQA"].example("1", row) == expected


def test_a_place_that_is_wrong_is_not_believed() -> None:
    row = {
        "context": "Dover is far.",
        "question": "What?",
        "answers": {"text": ["Dover", "Lima"], "answer_start": [3, 0]},
    }
    found = SETS["SQuAD"].example("1", row)
    assert isinstance(found, Question) and found.answers == ("Dover", "Lima") and found.starts == ()
    archive = row | {"answers": {"text": ["Dover"], "answer_start": ["Dover"]}}  # as BOSS's archive has it
    kept = SETS["NewsQA"].example("1", archive)
    assert isinstance(kept, Question) and kept.starts == (0,)


def test_a_question_without_an_answer_is_counted(tmp_path: Path) -> None:
    rows = [
        {"context": "Dover.", "question": "Where?", "answers": {"text": ["Dover"], "answer_start": [0]}},
        {"context": "Dover.", "question": "When?", "answers": {"text": [], "answer_start": []}},
    ]
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    loaded = load(SETS["AdvQA"], "test", local=tmp_path)
    assert len(loaded.examples) == 1 and loaded.dropped == {EMPTY: 1}


def test_a_gzipped_file_is_read_as_the_plain_one(tmp_path: Path) -> None:
    import gzip

    packed = tmp_path / "NewsQA.jsonl.gz"
    packed.write_bytes(gzip.compress((FORMS / "NewsQA/NewsQA.jsonl").read_bytes()))
    assert load(SETS["NewsQA"], "test", local=packed).examples == _test_of("NewsQA").examples


def test_every_kind_of_example_has_its_own_access() -> None:
    assert isinstance(_test_of("WNUT").tagged[0], Tagged)
    with pytest.raises(ValueError, match="another kind"):
        _ = _test_of("WNUT").labelled


def test_files_named_by_split_are_taken_first(tmp_path: Path) -> None:
    shutil.copytree(FORMS / "MNLI", tmp_path / "MNLI")
    row = {"premise": "My own", "hypothesis": "test set", "label": "neutral"}
    (tmp_path / "MNLI" / "test.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (one,) = load(SETS["MNLI"], "test", local=tmp_path / "MNLI").labelled
    assert one.text == "My own"
