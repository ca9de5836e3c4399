"""Plant DNA: the sequences in the instruction, taken through the tools that it names."""

from __future__ import annotations

import re

from windward.evals.tooluse.m3.plans.steps import Steps, use


def dna(instruction: str) -> Steps:
    """Of equally common nucleotides and equally long sequences the first counts, as in the published answers."""
    sequences = re.findall(r"'([A-Z]+)'", instruction)
    if "longest valid" in instruction:
        valid = []
        for sequence in sequences:
            if (yield from use("is_valid_dna_sequence", sequence)):
                valid.append(sequence)
        return max(valid, key=len)
    sequence = "".join(sequences)
    if "everse transcribe" in instruction:
        sequence = yield from use("reverse_transcribe_mrna_to_dna", sequence)
    if "most common" in instruction or "maximum occurring" in instruction:
        counts = yield from use("count_nucleotides", sequence)
        name, count = yield from use(
            "find_max_nucleotide", *[part for pair in counts.items() for part in pair]
        )
        if "transcribe that nucleotide" in instruction:
            return (yield from use("transcribe_dna_to_mrna", name * 3))
        return (name, count) if "Combine" in instruction else name
    if "count the nucleotides" in instruction:
        return (yield from use("count_nucleotides", sequence))
    if "is valid" in instruction and not (yield from use("is_valid_dna_sequence", sequence)):
        return re.findall(r"answer '([^']+)'", instruction)[0]
    chain = yield from use(
        "translate_mrna_to_amino_acid", (yield from use("transcribe_dna_to_mrna", sequence))
    )
    if "length of the amino acid" in instruction:
        return len(chain.split("-"))
    wanted = re.search(r"check if '(\w+)' is in", instruction)
    return wanted.group(1) in chain.split("-") if wanted else chain
