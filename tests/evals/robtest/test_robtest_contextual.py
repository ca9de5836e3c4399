"""Contextual words: what a model proposes, less what would turn or break the sentence; asked for once a text."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from windward.evals.robtest.contextual import Contextual
from windward.evals.robtest.contextual_masked import MaskedWords
from windward.evals.robtest.contextual_rescored import Rescored
from windward.evals.robtest.dimension import RobTestError, perturb, perturb_sentence
from windward.evals.robtest.perturbed import DEGREES
from windward.evals.robtest.sentence import Sentence, read_sentence

TEXT = "it is not a good film about 10 small potatoes in Paris , and the story 's end is funny"
WORDS = [
    "good",
    "bad",
    "great",
    "the",
    "not",
    "10",
    "x",
    "information_technology",
    "odd",
    "tiny",
    "book",
    "bigger",
]


class Same:
    """Proposes the same words everywhere."""

    resource = "a list"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def words(self, sentence: Sentence, places: Sequence[int]) -> Mapping[int, Sequence[str]]:
        self.asked.append(sentence.text)
        return dict.fromkeys(places, WORDS)


def test_what_is_proposed_is_kept_but_for_opposites_closed_classes_and_what_is_no_word() -> None:
    sentence = read_sentence(TEXT)
    words = sentence.words
    dimension = Contextual(Same())
    assert [edit.after for edit in dimension.choices(sentence, words.index("good"))] == [
        "great",
        "tiny",
    ]
    changed = {word for place, word in enumerate(words) if dimension.choices(sentence, place)}
    assert changed == {"good", "film", "small", "potatoes", "story", "end", "funny"}
    assert "bigger" not in [edit.after for edit in dimension.choices(sentence, words.index("small"))]


def test_a_text_is_proposed_for_once_for_all_degrees_and_samples() -> None:
    proposals = Same()
    dimension = Contextual(proposals)
    sentence = read_sentence(TEXT)
    for degree in DEGREES[1:]:
        samples = perturb_sentence(dimension, sentence, degree, n=10).samples
        assert len({sample.text for sample in samples}) == 10 or degree == 0.05
        assert all(0 <= sample.degree <= degree for sample in samples)
    assert proposals.asked == [TEXT]


def test_a_masked_model_is_asked_for_the_likeliest_words(tmp_path: Path) -> None:
    """A random one, whose output prefers the words of its vocabulary in their order."""
    dimension = Contextual(MaskedWords(_masked_model(tmp_path)))
    sentence = read_sentence("the film is fine")
    after = [edit.after for edit in dimension.choices(sentence, 1)]
    assert after == ["fine", "movie", "story", "tale"]
    assert "masked" in dimension.resource
    assert (
        perturb(dimension, sentence.text, 0.25, n=3).samples
        == perturb(dimension, sentence.text, 0.25, n=3).samples
    )


def test_a_causal_model_is_refused_as_a_masked_one(tmp_path: Path) -> None:
    folder = _causal_model(tmp_path)
    with pytest.raises(RobTestError, match=r"no masked language model|no mask"):
        MaskedWords(folder).words(read_sentence("the film is fine"), [1])


@pytest.mark.parametrize("behind", [0, 3])
def test_a_causal_model_judges_what_wordnet_offers(tmp_path: Path, behind: int) -> None:
    """A random model finds all words about alike: the best five of WordNet's relatives stay."""
    dimension = Contextual(Rescored(_causal_model(tmp_path), behind))
    sentence = read_sentence("A funny film about the movie's end, which looks fine")
    films = [edit.after for edit in dimension.choices(sentence, 2)]
    assert 0 < len(films) <= 5
    assert set(films) <= {"movie", "picture", "pic"} or behind, (
        "with nothing behind, a candidate is one token"
    )
    assert "substitute" in dimension.resource
    again = Contextual(Rescored(_causal_model(tmp_path), behind))
    assert [edit.after for edit in again.choices(sentence, 2)] == films
    assert all(edit.after.endswith("'s") for edit in dimension.choices(sentence, 5))


def test_nothing_is_loaded_for_a_text_without_words_to_change() -> None:
    assert (
        perturb(Contextual(Rescored("/nowhere")), "it is not 10 !", 1.0).samples[0].text == "it is not 10 !"
    )


def _masked_model(folder: Path) -> Path:
    import torch
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = ["the", "is", "fine", "film", "movie", "##s", ".", "story", "tale"]
    (folder / "vocab.txt").write_text("\n".join([*marks, *words]))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(marks) + len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=64,
    )
    model = BertForMaskedLM(config)
    with torch.no_grad():
        model.cls.predictions.bias.copy_(torch.arange(config.vocab_size, 0, -1) * 100.0)
    model.save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def _causal_model(folder: Path) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = folder / "causal"
    if folder.is_dir():
        return folder
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["Ġfilm", "Ġmovie", "Ġpicture", "Ġend", "Ġconclusion", "Ġfinish", "Ġclose"]
    merges = list(dict.fromkeys((word[:at], word[at]) for word in words for at in range(1, len(word))))
    vocabulary = {mark: at for at, mark in enumerate(["<end>", *alphabet, *map("".join, merges)])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=16,
        max_position_embeddings=256,
        initializer_range=0.0001,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "llama"
    return folder
