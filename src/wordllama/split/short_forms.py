"""Short forms with a full stop, of languages in Latin, Cyrillic and Greek letters."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BEFORE_A_NAME = _words(
    "mr mrs ms mx dr prof sr jr st rev hon gen col maj capt cmdr lt sgt cpl pvt gov sen rep pres "
    "supt insp messrs mme mlle fr hr frau mt ft dipl ing adm brig comdr atty pr frl "
    "sra srta sres dra profa srs sras lic arq gral ud uds vd vds dña exmo exma "
    "sig sigg sig.ra sig.na dott dott.ssa prof.ssa avv dhr mevr mej drs mgr inż hab ul nám judr "
    "mudr phdr doç yrd av ул вул им ім проф доц акад просп гр κα δρ"
)
"""No sentence ends there."""

TITLES = _words("Fa Av St Sta Sto")
"""The same, as written: in lower case they are words."""

WITHIN = _words(
    "e.g i.e eg ie vs v viz cf resp z.b d.h bzw ggf p.ej ph.d b.sc m.sc vgl bspw sog evtl inkl "
    "i.d.r s.o s.u ee ej p.ex c.-à-d bijv bv d.w.z np tzw tzn tj např tzv t.ex bl.a dvs f.eks fx "
    "esim bkz напр т.е т.к π.χ βλ δηλ"
)
"""Nor there: more of the sentence is to come."""

BEFORE_A_NUMBER = _words(
    "no nos nr fig figs eq eqs sec ch chap vol vols p pp pg art par ref refs tab app ed ver approx "
    "ca est c abs kap bd aufl str tel kl pág págs pag pagg núm blz стр рис табл гл"
)
"""Nor before a number."""

EITHER = _words(
    "etc al inc ltd co corp dept univ jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m "
    "usw u.a tue thu thurs fri ave blvd bros esp ext o.ä u.ä mio mrd jh uu ex ecc enz osv atd vb "
    "см ср тыс млн руб др гг вв обл"
)
"""A sentence if the next word often begins one."""

STARTERS = _words(
    "the he she it they we you i in on at but and however this that these those a an if when "
    "while as for there his her their our my its after before since although then so what why how "
    "who where not no one some many most der die das er sie es wir le la les il elle el los ella"
)
"""Words that often begin a sentence."""

BEFORE_AN_ORDINAL = _words(
    "am der die das dem den des im zum zur vom beim ins bis ab seit jeder jede jedes jeden ihr "
    "ihre sein seine mein meine unser unsere"
)
"""After which a German number with a full stop is an ordinal."""

MONTHS = _words(
    "januar jänner februar märz april mai juni juli august september oktober november dezember "
    "januari februari mars marts maj augusti december"
)
"""Where "3. Mai" is a date and the month is written with a capital."""
