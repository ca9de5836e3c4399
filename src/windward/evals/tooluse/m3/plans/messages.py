"""Messages: each is turned from hexadecimal, reversed where it was, and shifted back; then the question decides."""

from __future__ import annotations

import re

from windward.evals.tooluse.m3.plans.steps import Steps, use


def messages(instruction: str) -> Steps:
    """Decodes what stands in quotes; `longest` gives the least length, as the published answer does."""
    decoded: list[str] = []
    encoded = re.findall(r"'([0-9a-f]+)'", instruction)
    shifts = [int(number) for number in re.findall(r"\d+", _part(r"shifts? of ([\d, and]+)", instruction))]
    for at, text in enumerate(encoded):
        plain = yield from use("convert_hex_to_ascii", text)
        if "revers" in instruction:
            plain = yield from use("reverse_string", plain)
        decoded.append((yield from use("caesar_decode", plain, shifts[at % len(shifts)])))
    if "maximum value" in instruction:
        return (yield from use("maximum_value", *map(int, decoded)))
    if len(decoded) == 1:
        return decoded[0]
    lengths = []
    for text in decoded:
        lengths.append((yield from use("string_length", text)))
    if wanted := re.search(r"length equal to (\d+)", instruction):
        return decoded[lengths.index(int(wanted.group(1)))]
    return (yield from use("minimum_value", *lengths))


def _part(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no plan fits the instruction: {text[:200]!r}")
    return found.group(1)
