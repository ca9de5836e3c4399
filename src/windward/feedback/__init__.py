"""Feedback: completions from a pool under principles, judged by aspect, criticised, audited, and made into pairs."""

from windward.feedback.annotate import annotate
from windward.feedback.aspects import AspectReading, Refused, judge_messages, read_aspect
from windward.feedback.audit import audit, repair
from windward.feedback.criticise import criticise
from windward.feedback.files import RecordWriter, read_instructions, read_records
from windward.feedback.judges import Judge, ModelJudge, VerifierJudge
from windward.feedback.mix import mix, part_of, split_by_prompt
from windward.feedback.mix_files import mix_files
from windward.feedback.pair_files import PairWriter, read_feedback_pairs
from windward.feedback.pairs import FeedbackPair, PairCounts, PairOptions, build_pairs, pair_record
from windward.feedback.parquet import FeedbackFileError
from windward.feedback.principles import PrincipleMixture
from windward.feedback.records import (
    ASPECTS,
    NOT_APPLICABLE,
    Aspect,
    Completion,
    Critique,
    JudgeKind,
    Rating,
    Record,
    record_from_dict,
)
from windward.feedback.sample import Draw, draws, sample_completions
from windward.feedback.scores import read_critique, read_score
from windward.feedback.ultrafeedback import from_ultrafeedback, to_ultrafeedback

__all__ = [
    "ASPECTS",
    "NOT_APPLICABLE",
    "Aspect",
    "AspectReading",
    "Completion",
    "Critique",
    "Draw",
    "FeedbackFileError",
    "FeedbackPair",
    "Judge",
    "JudgeKind",
    "ModelJudge",
    "PairCounts",
    "PairOptions",
    "PairWriter",
    "PrincipleMixture",
    "Rating",
    "Record",
    "RecordWriter",
    "Refused",
    "VerifierJudge",
    "annotate",
    "audit",
    "build_pairs",
    "criticise",
    "draws",
    "from_ultrafeedback",
    "judge_messages",
    "mix",
    "mix_files",
    "pair_record",
    "part_of",
    "read_aspect",
    "read_critique",
    "read_feedback_pairs",
    "read_instructions",
    "read_records",
    "read_score",
    "record_from_dict",
    "repair",
    "sample_completions",
    "split_by_prompt",
    "to_ultrafeedback",
]
