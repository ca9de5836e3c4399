"""One plan a domain: from an instruction to calls and an answer."""

from windward.evals.tooluse.m3.plans.dna import dna
from windward.evals.tooluse.m3.plans.messages import messages
from windward.evals.tooluse.m3.plans.steps import Steps
from windward.evals.tooluse.m3.plans.trade import trade
from windward.evals.tooluse.m3.plans.travel import travel
from windward.evals.tooluse.m3.plans.web import web

__all__ = ["Steps", "dna", "messages", "trade", "travel", "web"]
