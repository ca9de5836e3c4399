"""What is wrong with the published tasks. The published answers stay the score; these are for reading it.

Read from the tasks and confirmed by what the tools give.
"""

from __future__ import annotations

from collections.abc import Mapping

FAULTY_GOLDS: Mapping[str, str] = {
    "message_decoder/longest_decoded_string": (
        "asks for the longest message; the answer is the least of the three lengths. All are 3 long, so no message is the "
        "longest, and a model that names one is counted wrong"
    ),
    "trade_calculator/estimate_final_value": (
        "names a tariff of 7.5 units, which is an amount (157.5 in all); the answer takes it as 7.5 %"
    ),
    "trade_calculator/quantity_tariff_tradeoff": (
        "asks which option is more profitable; the answer is that option's value"
    ),
    "cryptobotanists_plant_dna_sequencer/find_most_common_nucleotide_combined_sequence": (
        "asks for the most common nucleotide; all four stand there three times, and the answer is the first with its count"
    ),
}
"""Tasks whose published answer is not what the instruction asks for, with the reason."""

SEVERAL_RIGHT: Mapping[str, str] = {
    "cryptobotanists_plant_dna_sequencer/find_most_common_nucleotide_and_transcribe": (
        "A, G and C stand there four times each; only A, the first, is taken"
    ),
    "cryptobotanists_plant_dna_sequencer/validate_find_longest_valid_sequence": (
        "two valid sequences are six long; only the first is taken"
    ),
    "travel_itinerary_planning/plan_trip_to_0": (
        "two hotels have wifi and a pool, and no rule chooses; only the first, which costs more, is taken"
    ),
    "travel_itinerary_planning/cultural_exploration_tour": (
        "only flights are to be the cheaper ones; the answer takes the cheaper hotels in two of three places too"
    ),
}
"""Tasks that other answers meet as well as the published one does, with the reason."""

DEAD_LINK: tuple[str, ...] = (
    "web_browsing/people_in_customer_support",
    "web_browsing/match_phone_number_to_person_thomas_ramos",
    "web_browsing/match_phone_number_to_person_james_house",
    "web_browsing/match_phone_number_to_person_jordan_york",
    "web_browsing/match_phone_number_to_person_mike_allen",
)
"""Tasks behind a link that leads nowhere: the page of teams names `/team/customer_support`, its address is
`/team/customer-support`, and a visitor has to guess that."""
