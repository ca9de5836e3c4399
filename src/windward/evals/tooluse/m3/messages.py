"""The tools of the message decoder: hexadecimal, reversal and the Caesar cipher.

A text of digits alone is often given as a number, so each text may be one.
"""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from collections.abc import Callable, Mapping
from typing import Any

from windward.evals.tooluse.m3.calculator import maximum, minimum


def convert_hex_to_ascii(hex_string: str | int) -> str:
    """Turns hexadecimal digits, two a character, into the text that they stand for.

    Example: 4869 becomes Hi.
    """
    try:
        return bytes.fromhex(str(hex_string)).decode("utf-8")
    except ValueError as error:
        raise ValueError(f"{str(hex_string)[:80]!r} is not text in hexadecimal digits: {error}") from error


def reverse_string(string: str | int) -> str:
    """Turns a text round, last character first.

    Example: abc becomes cba.
    """
    return str(string)[::-1]


def caesar_decode(message: str | int, shift: int) -> str:
    """Undoes a Caesar cipher: each letter goes back by `shift` places in the alphabet, all else stays.

    Example: Bcd! with a shift of 1 becomes Abc!
    """
    return "".join(_back(letter, shift) for letter in str(message))


def string_length(string: str | int) -> int:
    """Counts the characters of a text."""
    return len(str(string))


def message_tools() -> Mapping[str, Callable[..., Any]]:
    """The six tools, under their published names."""
    return {
        "convert_hex_to_ascii": convert_hex_to_ascii,
        "reverse_string": reverse_string,
        "caesar_decode": caesar_decode,
        "string_length": string_length,
        "minimum_value": minimum,
        "maximum_value": maximum,
    }


def _back(letter: str, shift: int) -> str:
    if not (letter.isascii() and letter.isalpha()):
        return letter
    first = ord("A") if letter.isupper() else ord("a")
    return chr((ord(letter) - first - shift) % 26 + first)
