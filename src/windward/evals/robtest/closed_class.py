"""English words of closed classes: they carry grammar, not content, and no synonym stands for one."""

from __future__ import annotations

_TEXT = """
a an the this that these those my your his her its our their mine yours hers ours theirs whose
i you he she it we they me him us them myself yourself himself herself itself ourselves yourselves themselves oneself
who whom which what whoever whatever whichever someone somebody something anyone anybody anything everyone everybody
everything one ones each every either neither both all any some such same other others another much many more most few
fewer fewest less least little several enough own half none no nobody nothing
zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions
billion billions trillion dozen dozens first second third fourth fifth sixth seventh eighth ninth tenth once twice thrice
and or but nor so yet for because since although though while whereas if unless until till when whenever where wherever
why how whether as than lest whilst albeit
of in on at by with from to into onto upon about above across after against along amid among amongst around before behind
below beneath beside besides between beyond despite down during except inside like near off out outside over past per
round through throughout toward towards under underneath unlike up via within without versus
am is are was were be been being do does did doing done have has had having will would shall should can could may might
must ought need dare used gonna wanna gotta let lets
not never nowhere cannot hardly barely scarcely rarely seldom
here there now then too very just only even still also again already ever quite rather almost always often perhaps maybe
however therefore thus hence indeed instead otherwise else anyway please yes oh ok okay well really away back together
apart ago far long
get gets got getting gotten go goes went going gone make makes made making take takes took taking taken come comes came
coming put puts putting give gives gave giving given
mr mrs ms dr st jr sr vs etc re ve ll em
"""

CLOSED_CLASS = frozenset(_TEXT.split())
"""Determiners, pronouns, numerals, conjunctions, prepositions, auxiliaries, negation, adverbs of degree and place, and the
verbs that mean what stands beside them (`take place`)."""
