"""`lexical`: answers, declines, or challenges the premise, told apart by patterns over the reply alone. English only.

A reply declines where it says that it does not know, asks back or will not answer. It challenges where it says that what was asked
about does not exist or is not so. A denial that is an answer ("No, it is not", "hares, not rabbits", "because it is not warm") is neither.
The question is not seen, so "Penguins do not fly" challenges, whatever was asked; how often that is wrong is measured (`quality`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from windward.evals.unknown.records import Verdict
from windward.evals.unknown.refusal.paper import straight
from windward.grading.refusal import refuses

NAME = "lexical"
OPENING = 320
"""Characters that are read: what a reply does shows in its first sentences."""

ANSWERED = Verdict(refused=False, challenges=False)
DECLINED = Verdict(refused=True, challenges=False)
CHALLENGED = Verdict(refused=True, challenges=True)


class Rule(NamedTuple):
    """A pattern, and strings of which a text must hold one before the pattern is worth its time."""

    holds: tuple[str, ...]
    pattern: re.Pattern[str]


def _rule(holds: str, *patterns: str) -> Rule:
    return Rule(tuple(holds.split("|")), re.compile("|".join(patterns)))


_NOT = r"(?:n't| not| never)"
_THING = (
    r"(?:term|word|concept|phrase|name|thing|place|location|country|nation|city|world|animal|creature|species|being|dish|food|recipe|drug|"
    r"medication|medicine|product|technology|sport|game|event|person|figure|entity|company|organi[sz]ation|movie|film|book|song|show|state|"
    r"beverage|dessert|substance|title|organism|breed|topic|disease|language|topping|ingredient)s?"
)
_TOLD = (
    r"(?:information|records?|data|evidence|mention|details|answer|knowledge|indication|references?|context)"
)
_INVENTED = r"(?:fictional|fictitious|imaginary|made[ -]up(?! of)|hypothetical|mythical)"
_WRONG = r"(?:false|incorrect|inaccurate|flawed|wrong|mistaken|invalid|nonsensical|erroneous|faulty|misinformation)"
_UNTOLD = r"(?:specified|provided|mentioned|stated|disclosed|announced|determined|confirmed|revealed|identified|listed|documented)"

CHALLENGES = (
    _rule("exist", r"\b(?:do|does|did)(?:n't| not) (?:\w+ly )?exist\b", r"\bnon-?existent\b", r"\bno longer exists?\b"),
    _rule(
        "not |n't ",
        r"n(?:ot|'t) (?:"
        r"(?:(?:a|an|any|actually|really|currently|considered|the|to be|appear|seem|recogni[sz]ed as) )*"
        r"(?:real|actual|existing|valid|legitimate|proper|genuine|established|factual|official)"
        rf" (?:[\w-]+ ){{0,3}}?{_THING}\b"
        r"|(?:an? )?(?:actually |really )?(?:real\b|an actual\b|a valid\b)"
        r"|(?:\w+ )?(?:refer|correspond|appear|seem) to (?:be )?(?:any|an?)\b"
        r"|make (?:any )?sense\b|(?:a )?(?:living|sentient)\b)",
    ),
    _rule(", not ", r", not (?!only|just|exceeding)[^.,]* or [^.,]*(?:[.,]|$)"),
    _rule(
        "ficti|imaginary|made",
        rf"\b(?:is|are|was|were|be|being|seems|appears|entirely|completely|purely|likely|as) (?:\w+ )?(?:an? |the )?(?:\w+ )?{_INVENTED}"
        rf"(?: or \w+)?(?: \w+)? (?:\w+ )?{_THING}\b(?! (?:with (?!no)|who|from|in\b|located|created by|that (?!does|is not|do|did)|known|which|used))",
        rf"\b(?:is|are|be|seems|appears|entirely|completely|purely|likely) {_INVENTED}\b(?! \w)",
        r"\bfictional (?:character|\w+) (?:with no|and (?:as such|therefore|does|do|has|have|not)|so)\b",
        r"\bfictional \w+(?: \w+)?, (?:so|and therefore|and as such|therefore)\b",
    ),
    _rule(
        "premise|question|assumption|false|nonsens",
        rf"\b(?:question|premise|statement|information|assumption|request|details provided in the question) (?:\w+ ){{0,3}}?"
        rf"(?:is|are|contains|seems|appears|rests|relies) (?:\w+ ){{0,4}}?{_WRONG}\b",
        rf"\b{_WRONG} (?:premise|assumption|information)\b",
        r"\bnonsens(?:e|ical)\b",
    ),
    _rule(
        "mis|inanimate|no such|no sense|let alone|confusion",
        r"\b(?:(?:a|some|slight|possible|common) misunderstanding|a (?:common )?misconception|misspell\w*|mistake in (?:the|your)|(?:a|possible) typo\b|"
        r"some confusion|error in (?:the|your)|no such|let alone|(?:is|are|being|as) (?:an )?inanimate|makes no sense)",
    ),
    _rule(" called| named| known as", r"\bno (?:\w+ )?(?:called|named|known as)\b"),
    _rule(" no | zero ", r"\b(?:has|have|had) (?:zero|no) \w+\.$"),
)  # fmt: skip
"""Says that something does not exist or is not so; tried first."""

CHALLENGES_AT_ONCE = re.compile(
    r"[^\w\n]*(?:(?:neither|none|nobody|zero|not all)\b(?! knows)"
    r"|no (?!longer|specific|clear|one|information|known)\w+ (?:\w+ ){0,4}?"
    r"(?:can|is|are|has|have|was|were|will|would|do|does|did|belongs?|lives?|exists?)\b"
    r"|no, .*?\b(?:do(?:es)?(?:n't| not) have (?!to\b|fewer|more|less)|ha(?:s|ve) no |(?:is|are) not (?:an? )?\w+\. (?:they|it|he|she|their|its) )"
    r"|no, [^.]*\. [^.]*?\b(?:cannot|do(?:es)? not|are not|is not|ha(?:s|ve) no|actually|unlike|instead)\b)"
)
"""With its first words."""

DECLINES = (
    _rule(
        "i |i'm|we ",
        rf"\bi(?:'m| am)?(?: just an ai(?: \w+)*[,.] i)? (?:\w+ ){{0,2}}?(?:(?:do|did|was|have|had|could|would|ca|can|wo|will|am){_NOT}|cannot)\b",
        r"\bwe do(?:n't| not) have (?:enough|any|sufficient)\b",
        r"\b(?:i'm|i am) (?:\w+ ){0,2}?(?:not|unable|unsure|unaware|unfamiliar|uncertain)\b",
        r"\bi have (?:no|never|insufficient|limited)\b",
        r"\bi (?:would )?need (?:\w+ )?(?:more|additional|further)\b",
        r"\bi(?:'m| am) (?:just |only )?an? (?:[\w-]+ )?(?:ai|language model|machine|computer program|chatbot)\b[^.!?\n]*(?:n't| not|cannot| no)\b",
    ),
    _rule(
        "context|information|details",
        r"\b(?:no|without|insufficient|not (?:\w+ ){0,3}?(?:enough|sufficient|any|specific)|lacks?|requires?|needs?) (?:\w+ ){0,3}?(?:context|information|details)\b",
        rf"\bnot (?:\w+ )?(?:have|provide|contain|specify|include|give|offer|mention) (?:\w+ ){{0,4}}?{_TOLD}\b",
    ),
    _rule(
        "not |n't ",
        rf"n(?:ot|'t) (?:(?:explicitly |specifically |publicly |currently |yet |been |officially |clearly ){{0,2}}{_UNTOLD}\b"
        r"|(?:\w+ly )?(?:available|clear|known|given|certain|recorded)\b(?! (?:to|for|as|in|by|with|at|on)\b)"
        r"|(?:clear|certain|sure) (?:what|which|who|how|if|whether)\b"
        r"|have an? (?:confirmed|official|specific|known|set|publicly|definite|definitive)\b)",
    ),
    _rule(
        "unknown|unclear|unspecified|uncertain|unavailable|answer not",
        r"\b(?:is|are|was|were|remains?|currently|largely) (?:currently |still |largely |also )?(?:unknown|unclear|unspecified|uncertain|unavailable)\b",
        r"\b(?:an? unknown (?:author|date|time|artist|person|number)|answer not available)\b",
    ),
    _rule(
        "possible|difficult|able to|cannot",
        r"\b(?:impossible|difficult|not possible|hard|unable|not able|cannot be|can't be|not feasible|cannot) (?:accurately |definitively )?(?:to |be )?(?:accurately )?"
        r"(?:determined?|say|know|tell|answer(?:ed)?|provide|give|predict|estimated?|ascertain)\b",
    ),
    _rule("question ", r"\bquestion (?:is|was|seems|appears) (?:\w+ ){0,2}?(?:unclear|vague|incomplete|ambiguous|not (?:clear|complete)|too)\b"),
    _rule(" no ", rf"\bno (?:\w+ ){{0,3}}?{_TOLD}\b(?! between)"),
    _rule("as a", r"\bas an? (?:ai|artificial intelligence|language model|machine|computer program)\b[^.!?\n]*(?:n't| not|cannot| no)\b"),
    _rule("no one knows|nobody knows", r"\b(?:no one|nobody) knows\b"),
)  # fmt: skip
"""Says that the speaker, or anybody, cannot tell; tried after what challenges in so many words, before what merely denies."""

UNHEARD = (
    _rule(
        "not ",
        r"not (?:(?:a|an|any|widely|generally|commonly|currently|to be|appear|seem|well) )*(?:recogni[sz]ed|known|common|commonly|well-known|widely|"
        rf"generally|standard)(?: as)? (?:[\w-]+ ){{0,3}}?{_THING}\b",
    ),
)
"""Says that nobody has heard of it."""

ASKS_BACK = (
    _rule(
        "clarif|please|provide|rephrase|specify",
        r"\b(?:could|can|would) you (?:please |kindly )*(?:provide|clarify|specify|rephrase|give|explain|tell|elaborate)",
        r"\bplease (?:provide|clarify|specify|rephrase|give)\b",
    ),
)
"""Asks for more; a challenge may end so."""

_QUOTED = re.compile(r"\"[^\"]*\"")
_HEDGED = re.compile(
    r"\b(?:it(?:'s| is) possible|you (?:may|might) (?:have|be)|(?:could|may|might) (?:also )?be an?)\b(?![^.!?]*misunderst)[^.!?]*"
)
"""A guess that something may not exist does not say so."""

_NEGATION = re.compile(r"n(?:ot|ever|o|'t)\b|zero\b")
_DENIED_BY = {
    "not": frozenset(
        [
            "do",
            "does",
            "did",
            "is",
            "are",
            "was",
            "were",
            "has",
            "have",
            "had",
            "will",
            "would",
            "could",
            "can",
            "it's",
            "that's",
            "he's",
            "she's",
            "they're",
            "we're",
        ]
    ),
    "n't": frozenset(
        ["do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "wo", "would", "could", "ca"]
    ),
    "no": frozenset(["has", "have", "had", "contain", "contains", "possess", "possesses"]),
}
_DENIED_BY["zero"] = _DENIED_BY["no"]
"""Words that make a denial of the main clause with the negation after them; `never` needs none."""
_IS_ANSWER = re.compile(
    r"(?: \w+ly)? (?:only|just|merely|(?:\w+ly )?(?:considered )?(?:to be )?(?:an )?(?:endangered|threatened)|covered|interact|very|lead\b|"
    r"associated with (?:any )?(?:risk|side)|too |as |more |less |affect|cause|require|known to (?:be|lead|cause|interact)|play an?y? |"
    r"have (?:any |an? )?(?:significan|confirmed)|necessary)"
)
_LATER_CLAUSE = frozenset(
    [
        "who",
        "which",
        "that",
        "because",
        "since",
        "if",
        "when",
        "while",
        "why",
        "reason",
        "reasons",
        "whose",
        "where",
        "whereas",
        "whether",
        "but",
        "may",
        "might",
        "so",
        "called",
        "titled",
        "named",
        "wrote",
        "sang",
        "sings",
        "sung",
        "written",
        "performed",
        "should",
        "although",
        "though",
        "no,",
        "yes,",
        "no",
        "yes",
    ]
)
"""A denial after one of these is not of the main clause, or stands in a title."""
_ASIDE = re.compile(r"(?<!such )(?<!known )\bas\b|(?<!also )\bknown\b")
_SECOND_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have) \w+[^.]*\band(?:,? therefore,?|,? thus,?|,? as such,?| hence)?(?: it| they)? ?$"
)
_AND = re.compile(r"\band\b(?:,? therefore,?|,? thus,?|,? as such,?| hence)?(?: it| they)? ?$")
_END = re.compile(r"[.!?](?=\s|$)|\n")
_COURTESY = re.compile(
    r"[\s*_-]*(?:(?:(?:i(?:'m| am)(?: \w+)? (?:sorry|afraid)|sorry|unfortunately|actually|i apologi[sz]e|as far as i know|in reality|technically|"
    r"typically|generally|currently|as of now|to my knowledge|here is a concise answer|the answer is)[,:]? (?:but |that )?))*"
)
_PRONOUN = re.compile(r"\s*(?:they|it|he|she|these|this)(?: \w+)? ?")
_NO_THERE = re.compile(
    r"(?:(?:in|on|at|as of) [^,.]{1,40}, )?there (?:is|are|was|were)(?:n't| not)? (?:currently )?(?:no|any)\b(?! (?:specific |significant |major |known |current |notable |widely |particular |common )*"
    r"(?:significan\w+|difference|need|age|time|limit|major|correlation|set|fixed|universal|definitive|variation|restrict))"
)  # fmt: skip


def _denial(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the first denied verb between two places begins, and where its negation ends."""
    for found in _NEGATION.finditer(text, start, end):
        begin, word = found.start(), found[0]
        if word == "never":
            if not text.endswith("'ll ", start, begin):
                return begin, found.end()
            continue
        verb = text[start:begin].rstrip().rpartition(" ")[2]
        if verb in _DENIED_BY[word]:
            return text.rindex(verb, start, begin), found.end()
    return None


def _denies(text: str) -> bool:
    """Whether the main clause of the first sentence, or of a second on the same subject, denies what was asked."""
    opening = _COURTESY.match(text)
    start = opening.end() if opening else 0
    for sentence in range(2):
        stop = _END.search(text, start)
        end = stop.start() if stop else len(text)
        if _NO_THERE.match(text, start):
            return True
        if found := _denial(text, start, end):
            before, after = text[start : found[0]], text[found[1] : end]
            same_subject = sentence == 0 or _PRONOUN.fullmatch(before) is not None
            return same_subject and _is_main_clause(before) and not _is_answer(after)
        if stop is None:
            return False
        start = stop.end() + 1
    return False


def _is_main_clause(before: str) -> bool:
    """Whether a verb with these words before it is that of the main clause, as far as that shows. Cheap looks come before patterns."""
    return (
        len(before) <= 110
        and not ("and" in before and _AND.search(before) and not _SECOND_VERB.search(before))
        and _LATER_CLAUSE.isdisjoint(before.split())
        and not (": " in before or "; " in before or before == "the " or before.endswith(" the "))
        and not (("as" in before or "known" in before) and _ASIDE.search(before))
    )


def _is_answer(after: str) -> bool:
    """Whether a denial that goes on with these words is an answer: it gives a reason, or is of what yes/no questions ask about."""
    return "because" in after or "due to" in after or _IS_ANSWER.match(after) is not None


def _any(rules: tuple[Rule, ...], text: str) -> bool:
    for holds, pattern in rules:
        for string in holds:
            if string in text:
                if pattern.search(text):
                    return True
                break
    return False


def _suspect(text: str) -> bool:
    """Whether it holds anything that a refusal is made of; false of most replies, which makes these cheap."""
    return (
        "not" in text
        or "n't" in text
        or " no " in text
        or "unknown" in text
        or "never" in text
        or "fictional" in text
        or "zero" in text
        or "unclear" in text
        or "sorry" in text
        or "misunder" in text
        or "unable" in text
        or "clarif" in text
        or "incorrect" in text
        or text.lstrip(' "').startswith(("no", "neither"))
    )


_SORRY = re.compile(
    r"[\s*_-]*(?:i(?:'m| am)(?: \w+)? sorry|sorry|i apologi[sz]e|my apologies|i(?:'m| am) afraid)\b"
)


def verdict(response: str | None) -> Verdict:
    """What one reply does."""
    if response is None:
        return ANSWERED
    text = straight(response[:OPENING].casefold())
    if not _suspect(text):
        return ANSWERED
    text = text.strip()
    if '"' in text:
        text = _QUOTED.sub('"…"', text)
    certain = text
    if " possible" in text or " may " in text or " might " in text or " could " in text:
        certain = _HEDGED.sub("", text)
    if CHALLENGES_AT_ONCE.match(certain) or _any(CHALLENGES, certain):
        return CHALLENGED
    if _any(DECLINES, text):
        return DECLINED
    if _any(UNHEARD, text) or _denies(text):
        return CHALLENGED
    if (
        _any(ASKS_BACK, text)
        or _SORRY.match(text)
        or (("i " in text or "polic" in text or "guidelines" in text) and refuses(text))
    ):
        return DECLINED
    return ANSWERED


@dataclass(frozen=True)
class Lexical:
    """The detector; see the module."""

    name: str = NAME

    def verdicts(self, responses: Sequence[str | None]) -> list[Verdict]:
        """One verdict a reply; one that is None or blank answers nothing, but has not refused either."""
        return [verdict(response) for response in responses]
