"""`windward shift select`: measures the candidates, decides, and writes what it found. Killed at any point, it goes on where it was."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

from windward.evals.folder import claim, write_json
from windward.evals.shift.distances import Vectors, centroid_similarity
from windward.evals.shift.overlap import Overlap, overlap
from windward.evals.shift.selection import Measured, Pair, SelectionConfig, SelectionReport
from windward.evals.shift.selection_drops import drops_of
from windward.evals.shift.selection_files import report_record, selection_results
from windward.evals.shift.selection_rules import decide
from windward.evals.shift.task import ShiftError
from windward.evals.shift.text_files import TextSet
from windward.evals.shift.vectors import Encoder, kept_vectors, text_digest
from windward.reports.shift_selection import write_selection_report
from windward.rows import write_results

SYSTEM = "shift"
PROTOCOL = "1"
"""Changes with what is drawn of the same seed, or how it is counted."""
RECORD, RESULTS, VECTORS = "selection.json", "results.parquet", "vectors"


def select_sets(
    id_set: TextSet,
    candidates: Sequence[TextSet],
    out: Path,
    *,
    encoder: Encoder,
    config: SelectionConfig | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> SelectionReport:
    """Measures every candidate, and writes `selection.json`, `results.parquet`, `report.html` and the vectors.

    Args:
        id_set: the set in distribution.
        candidates: to stand out of it; of two that are alike the first stays.
        out: new, empty, or a folder of the same run.
        encoder: of the vectors.
        config: see `SelectionConfig`.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Raises:
        ShiftError: two sets have one name, there is no candidate, or the set in distribution has one label.
        FolderError: the folder holds something else.
    """
    config = config or SelectionConfig()
    sets = [id_set, *candidates]
    _usable(sets)
    digests = {one.name: text_digest(encoder.name, (*one.texts, *one.labels)) for one in sets}
    settings = {
        "id": id_set.name,
        "candidates": [one.name for one in candidates],
        "sets": digests,
        "encoder": encoder.name,
        "protocol": PROTOCOL,
    }
    claim(SYSTEM, out, settings | asdict(config), command)
    places = {one.name: _drawn(one, config) for one in sets}
    vectors: dict[str, Vectors] = {}
    for one in sets:
        tell(f"{one.name}: {len(one.texts):,} texts, {len(places[one.name]):,} of them encoded")
        vectors[one.name] = kept_vectors(
            encoder, [one.texts[at] for at in places[one.name]], out / VECTORS, tell
        )
    drops = drops_of(id_set, candidates, places, vectors, config, tell)
    measured = []
    for one in candidates:
        similarity = centroid_similarity(
            id_set.name,
            vectors[id_set.name],
            one.name,
            vectors[one.name],
            draws=config.draws,
            seed=config.seed,
        )
        found = overlap(id_set.texts, one.texts, config.overlap)
        tell(f"{one.name} as a test set of {id_set.name}: {found.verdict}")
        measured.append(Measured(one, found, similarity, tuple(drops[one.name])))
    pairs = tuple(_pair(one, other, vectors, config) for one, other in combinations(candidates, 2))
    verdicts = decide(id_set, measured, pairs, config)
    report = SelectionReport(id_set, tuple(measured), pairs, verdicts, encoder.name, config)
    write_results(out / RESULTS, selection_results(report))
    write_json(out / RECORD, report_record(report))
    write_selection_report(out)
    return report


def _usable(sets: Sequence[TextSet]) -> None:
    names = [one.name for one in sets]
    if len(sets) < 2:
        raise ShiftError("there is no candidate: give at least one")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ShiftError(f"two sets are called {twice}: give each a name of its own")
    if len(sets[0].classes) < 2:
        raise ShiftError(f"all texts of {names[0]} have one label: no probe can learn from them")


def _drawn(one: TextSet, config: SelectionConfig) -> list[int]:
    """Places of the texts that are encoded, each text once, in order."""
    unique = sorted({text: place for place, text in reversed(list(enumerate(one.texts)))}.values())
    if len(unique) <= config.encoded:
        return unique
    return sorted(random.Random(config.seed).sample(unique, config.encoded))


def _pair(one: TextSet, other: TextSet, vectors: dict[str, Vectors], config: SelectionConfig) -> Pair:
    similarity = centroid_similarity(
        one.name, vectors[one.name], other.name, vectors[other.name], draws=config.draws, seed=config.seed
    )
    large, small = (one, other) if len(one.texts) >= len(other.texts) else (other, one)
    found: Overlap = overlap(large.texts, small.texts, config.overlap)
    return Pair(similarity, found, large.name, small.name)
