"""Short forms with a full stop, of languages in Latin, Cyrillic and Greek letters.

Small letters stand for any case; a form with a capital holds only as written, where the same in
small letters is a word.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BEFORE_A_NAME = _words(
    "mr mrs ms mx dr prof sr jr st rev hon gen col maj capt cmdr lt sgt cpl pvt gov sen rep pres "
    "supt insp messrs mme mlle fr hr frau mt ft dipl ing adm brig comdr atty pr frl "
    "sra srta sres dra profa srs sras lic arq gral ud uds vd vds dña exmo exma "
    "sig sigg sig.ra sig.na dott dott.ssa prof.ssa avv dhr mevr mej drs mgr inż hab ul nám judr "
    "mudr phdr doç yrd av ул вул им ім проф доц акад просп гр κα δρ "
    "St Sta Sto Ste Rt Amb Det Ald cdr lcpl sgto "
    "Fa gebr hl frhr kgl stellv ehem dt frz engl griech ital röm österr amerik "
    "MM mmes mlles vve ets cdt bd bvd boul pl fbg fdo trav woj "
    "excmo excma ilmo ilma pbro cnel tte hno hna hnos lcdo lcda mtro mtra fco avda ctra pza Cap "
    "engo enga Eng Pe Ir Dep Cel sarg pça geom egr spett preg cav comm magg serg amm "
    "mw zr br Ds jhr jkvr ks św bł kard Bp Abp płk ppłk mjr kpt dyr Lek Por im"
)
"""No sentence ends there."""

INTRODUCED = _words(
    "med phil jur theol vet dent rer nat pol oec habil em ir on rag ten arch eng ing"
)
"""Nor there, after another short form or one of INTRODUCERS: elsewhere they are words."""

INTRODUCERS = _words(
    "il al dal del el la lo le o heer mevrouw herr herrn frau señor señora senhor senhora"
)
"""Articles and forms of address before a title."""

NOT_IN_CAPITALS = _words("mw zr br pl bd dt im ks hg bp")
"""Which in capitals are something else: megawatts, countries, states."""

WITHIN = _words(
    "e.g i.e eg ie vs v viz cf resp z.b d.h bzw ggf p.ej ph.d b.sc m.sc vgl bspw sog evtl inkl "
    "i.d.r s.o s.u ee ej p.ex c.-à-d bijv bv d.w.z np tzw tzn tj např tzv t.ex bl.a dvs f.eks fx "
    "geb hrsg hg bearb übers bes insb insbes einschl ausschl zzgl abzgl bzgl betr allg verf "
    "incl excl evt zgn zob enl jfr jf hhv ekskl asst assoc "
    "esim bkz напр т.е т.к π.χ βλ δηλ"
)
"""Nor there: more of the sentence is to come."""

BEFORE_A_NUMBER = _words(
    "no nos nr fig figs eq eqs sec ch chap vol vols p pp pg art par ref refs tab app ed ver approx "
    "ca est c abs kap bd aufl str tel kl pág págs pag pagg núm blz стр рис табл гл "
    "apt bldg rte rm fl hwy para paras cl pt pts sect max min avg thm prop eqn eqns fn bk "
    "rd mind anm ziff lit anl anh bsp abschn abb abt rn rz tz nrn Mo Di Mi Do Sa So "
    "env cap éd tél fol paragr réf aprox apdo párr máx mín pta dpto depto apto cj artt capp voll "
    "figg suppl sez lett All hfst afb bijl rozdz rys ok maks ust pkt poz zał godz "
    "az séc storg kungsg drottningg skolg kyrkog"
)
"""Nor before a number, a Roman numeral or a letter that numbers."""

COMPOUNDS = ("str", "nr", "pl", "bd", "abs")
"""Ends of words put together, as in Goethestr. 5 and Hausnr. 7; a number follows these, too."""

EITHER = _words(
    "etc al inc ltd co corp dept univ jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m "
    "usw u.a tue thu thurs fri ave blvd bros esp ext o.ä u.ä mio mrd jh uu ex ecc enz osv atd vb "
    "mons chr см ср тыс млн руб др гг вв обл"
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

AFTER_AN_ORDINAL = _words(
    "aufl auflage jh jhd jhdt jahrhundert jahrhunderts quartal og "
    "januar jänner februar märz april mai juni juli august september oktober november dezember "
    "januari februari mars marts maj augusti december"
)
"""Where "3. Mai" is a date, or "2. Aufl." an edition, and what follows has a capital."""
