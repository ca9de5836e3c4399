"""The tools of the plant sequencer: nucleotides counted, transcribed and translated.

As everywhere here, docstrings are what a model is told in all three action formats, so their examples are in none.
"""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

_TO_MRNA = str.maketrans("ACGT", "UGCA")
_TO_DNA = str.maketrans("UGCA", "ACGT")
_AMINO_ACIDS = {"AUG": "Methionine", "UUU": "Phenylalanine", "UUC": "Phenylalanine"}


def count_nucleotides(dna_sequence: str) -> dict[str, int]:
    """Counts how often each nucleotide stands in a DNA sequence, in order of first appearance.

    Example: of GGA, {"G": 2, "A": 1}.
    """
    return dict(Counter(dna_sequence))


def transcribe_dna_to_mrna(dna_sequence: str) -> str:
    """Transcribes DNA to mRNA: A to U, C to G, G to C, T to A; other letters stay.

    Example: TAC becomes AUG.
    """
    return dna_sequence.translate(_TO_MRNA)


def translate_mrna_to_amino_acid(mrna_sequence: str) -> str:
    """Translates mRNA to amino acids, three letters at a time, joined by `-`; what is not known is `X`.

    Example: AUGCC becomes Methionine-X.
    """
    codons = (mrna_sequence[start : start + 3] for start in range(0, len(mrna_sequence), 3))
    return "-".join(_AMINO_ACIDS.get(codon, "X") for codon in codons)


def find_max_nucleotide(*names_and_counts: str | int) -> tuple[str, int]:
    """Finds the nucleotide with the highest count, and gives both; of equal ones the first.

    Example: of A, 1, G, 2 it is G with 2.

    Args:
        names_and_counts: a name, its count, the next name, its count, and so on.
    """
    names, counts = names_and_counts[::2], names_and_counts[1::2]
    if not names or len(names) != len(counts):
        raise ValueError("give a name and its count, then the next name and its count: 'A', 1, 'G', 2")
    pairs = [(str(name), _count(count)) for name, count in zip(names, counts, strict=True)]
    return max(pairs, key=lambda pair: pair[1])


def is_valid_dna_sequence(dna_sequence: str) -> bool:
    """Tells whether a sequence holds only the letters A, C, G and T."""
    return set(dna_sequence) <= set("ACGT")


def reverse_transcribe_mrna_to_dna(mrna_sequence: str) -> str:
    """Transcribes mRNA back to DNA: U to A, G to C, C to G, A to T; other letters stay.

    Example: AUG becomes TAC.
    """
    return mrna_sequence.translate(_TO_DNA)


def dna_tools() -> Mapping[str, Callable[..., Any]]:
    """The six tools, under their published names."""
    tools = (
        count_nucleotides,
        transcribe_dna_to_mrna,
        translate_mrna_to_amino_acid,
        find_max_nucleotide,
        is_valid_dna_sequence,
        reverse_transcribe_mrna_to_dna,
    )
    return {tool.__name__: tool for tool in tools}


def _count(value: str | int) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise ValueError(f"{value!r} stands where a count belongs: give 'A', 1, 'G', 2") from error
