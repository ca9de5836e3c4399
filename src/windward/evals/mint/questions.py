"""What a grader reads off a problem: the options of a choice, and the type of a reference."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from windward.evals.mint.instances import Instance


def options_of(instance: Instance) -> dict[str, str]:
    """The options by lower-case letter, lower-cased; from the metadata, or read off the prompt.

    Prompts end in `Options: A ) 6 , B ) 121 , C ) 18107 , D ) 54,320`.
    """
    given = instance.metadata.get("options")
    if isinstance(given, Mapping) and given:
        return {str(letter).lower(): str(text) for letter, text in given.items()}
    options = {}
    for part in instance.prompt.split("Options: ")[-1].split(" , "):
        letter, _, text = part.strip("[]' ").partition(")")
        options[letter.lower().strip()] = text.split(")")[0].lower().strip(".").strip()
    return options


def typed_reference(reference: Any) -> Any:
    """A reference as a value: recordings store TheoremQA's as text (`[0, 5]`, `True`, `91.17`, `c`)."""
    if not isinstance(reference, str):
        return reference
    text = {"true": "True", "false": "False"}.get(reference.strip(), reference.strip())
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return reference.strip()
