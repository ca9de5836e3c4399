"""All dimensions, by name. Each is made on use, and reads its resource when it is first asked for changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windward.evals.robtest.contextual import Contextual
from windward.evals.robtest.dimension import Dimension
from windward.evals.robtest.distraction import Distraction
from windward.evals.robtest.glyph import Glyph
from windward.evals.robtest.inflection import Inflection
from windward.evals.robtest.phonetic import Phonetic
from windward.evals.robtest.synonym import Synonym
from windward.evals.robtest.syntax import Syntax
from windward.evals.robtest.typo import Typo

DIMENSIONS: Mapping[str, Callable[[], Dimension]] = {
    "typo": Typo,
    "glyph": Glyph,
    "phonetic": Phonetic,
    "synonym": Synonym,
    "contextual": Contextual,
    "inflection": Inflection,
    "syntax": Syntax,
    "distraction": Distraction,
}
"""In the order of the paper's figure."""
