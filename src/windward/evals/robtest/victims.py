"""From what a user types to a model under test: a checkpoint, a language model that is asked, or a function of the user's own."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from windward.evals.answer_scores import Scorer
from windward.evals.robtest.classifier import Classifier, FunctionClassifier, pipeline_classifier
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.prompted import PromptedClassifier

Victim = tuple[Classifier, tuple[str, ...]]
"""The model and the names of its classes, in the order of its columns."""


def victim(
    model: str | None,
    *,
    prompted: bool = False,
    function: str | None = None,
    classes: Sequence[str] = (),
    task: str | None = None,
) -> Victim:
    """The model under test.

    Args:
        model: a checkpoint with a classification head, folder or hub id; with `prompted` a causal one, or `embedded`.
        prompted: the model is asked which class a text belongs to.
        function: `MODULE:NAME` of the user's own code: a function from texts to probabilities, or a scikit-learn pipeline.
        classes: their names, in the order of the columns; a checkpoint knows its own.
        task: with `prompted`, one sentence that says what is to be told of a text.

    Raises:
        RobTestError: what was asked for does not go together, or cannot be loaded.
        ModelError: there is no such language model.
    """
    if (model is None) == (function is None):
        raise RobTestError("name one model: --model PATH, or --function MODULE:NAME")
    if function is not None:
        if prompted or task is not None:
            raise RobTestError(
                "--prompted and --task are of a language model: give --model with them, not --function"
            )
        return function_victim(function, classes)
    if not prompted:
        if task is not None:
            raise RobTestError("--task is what a language model is asked: give --prompted with it")
        return _checkpoint(str(model), classes)
    if len(set(classes)) < 2 or len(set(classes)) != len(classes):
        raise RobTestError(
            "--prompted needs the names of the classes, as the model is to answer: --class NAME --class NAME …"
        )
    return PromptedClassifier(_scorer(str(model)), classes, task), tuple(classes)


def _checkpoint(path: str, classes: Sequence[str]) -> Victim:
    from windward.evals.robtest.checkpoint import checkpoint_classifier

    found = checkpoint_classifier(path)
    if classes and tuple(classes) != found.classes:
        raise RobTestError(
            f"{path} has the classes {', '.join(found.classes)}, in this order, not {', '.join(classes)}: leave --class out"
        )
    return found, found.classes


def _scorer(model: str) -> Scorer:
    from windward.models import resolve

    found = resolve(model)
    if not hasattr(found, "score_many"):
        raise RobTestError(
            f"{model} gives no log-probabilities of answers: take a local checkpoint, or embedded"
        )
    return cast(Scorer, found)


def function_victim(named: str, classes: Sequence[str] = ()) -> Victim:
    """A function or pipeline of the user's own code, which is imported and run: trust it.

    Args:
        named: `MODULE:NAME`; the module is looked for in the working folder too.
        classes: their names, in the order of the columns; a pipeline knows its own.

    Raises:
        RobTestError: there is no such thing, it is neither, or its classes have no names.
    """
    module, _, name = named.partition(":")
    if not module or not name.isidentifier():
        raise RobTestError(f"{named!r} names no function: write MODULE:NAME, as in mymodel:predict")
    loaded = _imported(module)
    if not hasattr(loaded, name):
        raise RobTestError(f"{module} has no {name}")
    thing = getattr(loaded, name)
    told = f"{named}{_version(loaded)}"
    if hasattr(thing, "predict_proba") and not isinstance(thing, type):
        return pipeline_classifier(thing, told), _pipeline_classes(thing, named, classes)
    if hasattr(thing, "predict") and not callable(thing):
        raise RobTestError(
            f"{named} is a {type(thing).__name__} without predict_proba: give one with probabilities, or a function"
        )
    if not callable(thing) or isinstance(thing, type):
        raise RobTestError(
            f"{named} is a {type(thing).__name__}: give a function from a list of texts to probabilities, or a fitted pipeline"
        )
    if len(set(classes)) < 2 or len(set(classes)) != len(classes):
        raise RobTestError(
            f"{named} is a function: name its classes in the order of its columns, --class NAME --class NAME …"
        )
    return FunctionClassifier(thing, told), tuple(classes)


def _imported(module: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise RobTestError(
            f"{module} cannot be imported: {error}; run this where {module}.py lies, or install it"
        ) from error
    except Exception as error:
        raise RobTestError(f"{module} cannot be imported: {type(error).__name__}: {error}") from error


def _version(module: ModuleType) -> str:
    """A mark of the module's text, so that a run is not mixed with one of other code."""
    source = getattr(module, "__file__", None)
    if not source or not Path(source).is_file():
        return ""
    return f"@{hashlib.sha256(Path(source).read_bytes()).hexdigest()[:8]}"


def _pipeline_classes(pipeline: Any, named: str, classes: Sequence[str]) -> tuple[str, ...]:
    own = [str(one) for one in getattr(pipeline, "classes_", ())]
    if not own:
        raise RobTestError(f"{named} is not fitted: it has no classes_")
    if not classes:
        return tuple(own)
    numbered = own == [str(place) for place in range(len(own))]
    if len(classes) != len(own) or (not numbered and list(classes) != own):
        raise RobTestError(
            f"{named} has the classes {', '.join(own)}, in this order, not {', '.join(classes)}"
        )
    return tuple(classes)
