"""`windward robtest study`: does training on some kinds of change make a classifier hold up against others?"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from windward.evals.folder import claim, write_text
from windward.evals.robtest.checkpoint import checkpoint_classifier
from windward.recipes.errors import RecipeError
from windward.recipes.robtest.config import START, HardenedConfig
from windward.recipes.robtest.copies import with_copies
from windward.recipes.robtest.figures import study_results
from windward.recipes.robtest.measured import Measured, measured, read_measured, write_measured
from windward.recipes.robtest.table import table, verdict
from windward.rows import write_results
from windward.rows.labelled import Labelled, drawn
from windward.training.classifier import ClassifierConfig, train_classifier

PROTOCOL = "1"
"""Changes with the texts, copies and training of the same settings."""
RESULTS, TABLE = "results.parquet", "study.md"


def run_hardened_study(
    start: Path,
    train: Sequence[Labelled],
    test: Sequence[Labelled],
    out: Path,
    config: HardenedConfig | None = None,
    *,
    dataset: str,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Trains a classifier for one more epoch in each arm, and measures all arms on the same changed test texts.

    Writes `measured/*.json`, `training/*.json`, `results.parquet`, the table `study.md` and `run.json`; tables are there after every
    seed. Checkpoints are dropped once they are measured. Killed at any point, the same command goes on where it was.

    Args:
        start: a checkpoint of sequence classification.
        train: texts and labels to learn from.
        test: others to measure on; those that `train` holds too are left out.
        out: new, empty, or a folder of the same study.
        config: see `HardenedConfig`.
        dataset: name of the test texts.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        RecipeError: no test text is left.
        RobTestError: the checkpoint has no trained head, or a dimension lacks its resource.
        FolderError: the folder holds something else.
        OutputError: a checkpoint in it is of something else.
    """
    config = config or HardenedConfig()
    known = {one.text for one in train}
    unseen = [one for one in test if one.text not in known]
    if not unseen:
        raise RecipeError("every test text is among the training texts: give others to measure on")
    learnt, asked = (
        drawn(train, config.train_texts, config.seed),
        drawn(unseen, config.test_texts, config.seed),
    )
    settings = {
        "model": start.name,
        "dataset": dataset,
        "texts": _digest([*learnt, *asked]),
        "protocol": PROTOCOL,
    }
    claim("robtest-study", out, asdict(config) | settings, command)
    tell(
        f"{len(learnt):,} texts to learn from, {len(asked):,} to measure on ({len(test) - len(unseen)} that are in both left out)"
    )
    study = _Study(start, learnt, asked, out, config, tell)
    arms: dict[str, list[Measured]] = {START: [study.measure(START)]}
    for seed in config.seeds:
        stored = study.stored(seed)
        for arm in config.arms:
            arms.setdefault(arm, []).append(study.trained_and_measured(arm, seed))
        if stored and seed != config.seeds[-1]:
            continue  # the tables in the folder may hold more seeds than are read back by now
        results = study_results(arms, config, dataset)
        write_results(out / RESULTS, results)
        write_text(out / TABLE, table(results))
        tell(f"after seed {seed}:")
        for line in verdict(results):
            tell(f"  {line}")
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    return out / RESULTS


class _Study:
    """One study under way."""

    def __init__(
        self,
        start: Path,
        learnt: Sequence[Labelled],
        asked: Sequence[Labelled],
        out: Path,
        config: HardenedConfig,
        tell: Callable[[str], None],
    ) -> None:
        self._start, self._learnt, self._asked, self._out = start, learnt, asked, out
        self._config, self._tell = config, tell

    def stored(self, seed: int) -> bool:
        """Whether all arms of a seed were measured before."""
        return all(self._file(f"{arm}-{seed}").exists() for arm in self._config.arms)

    def trained_and_measured(self, arm: str, seed: int) -> Measured:
        """One arm of one seed, trained where it was not measured before."""
        name = f"{arm}-{seed}"
        folder = self._out / "checkpoints" / name
        if not self._file(name).exists():
            self._train(arm, seed, folder)
        found = self.measure(name, folder)
        shutil.rmtree(folder, ignore_errors=True)
        return found

    def measure(self, name: str, checkpoint: Path | None = None) -> Measured:
        """What a checkpoint (None: the one to start from) does, asked once."""
        if not self._file(name).exists():
            self._tell(f"{name}: measuring")
            config, victim = self._config, checkpoint_classifier(checkpoint or self._start)
            found = measured(
                victim,
                self._asked,
                config.measured(),
                config.degrees,
                samples=config.samples,
                seed=config.seed,
            )
            write_measured(self._file(name), found)
        return read_measured(self._file(name))

    def _train(self, arm: str, seed: int, folder: Path) -> None:
        config = self._config
        classes = checkpoint_classifier(self._start, device="cpu").classes
        rows, counts = with_copies(self._learnt, config.trained(arm), config.train_degree, seed)
        copies = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        self._tell(f"{arm}, seed {seed}: {len(rows):,} texts ({copies} copies)")
        how = ClassifierConfig(config.learning_rate, epochs=1, batch_size=config.batch_size, seed=seed)
        made = train_classifier(self._start, rows, classes, folder, how)
        self._tell(f"  loss {made.losses[0]:.3f} → {made.losses[-1]:.3f} in {made.seconds:.0f} s")
        kept = self._out / "training" / f"{arm}-{seed}.json"
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(made.path / "training.json", kept)

    def _file(self, name: str) -> Path:
        return self._out / "measured" / f"{name}.json"


def _digest(rows: Sequence[Labelled]) -> str:
    text = json.dumps([one.as_dict() for one in rows])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
