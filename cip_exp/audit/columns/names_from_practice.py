"""Names of columns that are known from practice to come after the event, each with the question to ask.

Patterns are matched with whole parts of a name: lower case, without accents, split at capitals and
punctuation, joined by `_`. `sure` names nearly always mean something later; the others often have a second,
harmless meaning (the duration of a loan), and weigh only with clear statistics.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple


class Pattern(NamedTuple):
    """A kind of name, and what to ask of a column that has it."""

    parts: str
    """A regular expression of one or more parts."""
    question: str
    sure: bool = True
    accuses: bool = True
    """False where an honest column often has such a name: it is at most `suspect`."""


PATTERNS = (
    Pattern(
        r"(next|future|following|upcoming|subsequent|naechst\w*|zukunft|kuenftig\w*|prochaine?s?|futur[oe]?s?"
        r"|siguientes?|proxim[oa]s?|prossim[oi]|volgend[e]?)",
        "does it lie in the time that is to be predicted?",
    ),
    Pattern(r"(fy|t|y|q|m|year|month)_plus_\d+", "does it lie in the time that is to be predicted?"),
    Pattern(
        r"(after|afterwards|post(?!_(code|office|box|al|paid))|followup|follow_up|nach|apres|despues)",
        "after what: is it known before the event?",
    ),
    Pattern(r"(outcomes?|resolution|resolved)", "is it the outcome of this row, or of an earlier one?"),
    Pattern(
        r"(refund\w*|chargebacks?|charge_backs?|returned|reimburs\w*|erstatt\w*|rueckerstatt\w*|storn\w*"
        r"|rembours\w*|reembols\w*|rimbors\w*|terugbetal\w*)",
        "was the money paid back after the event?",
    ),
    Pattern(
        r"(cancel\w*|terminat\w*|deactivat\w*|unsubscri\w*|kuendig\w*|austritt\w*|resili\w*|annul\w*"
        r"|disdett\w*|opzeg\w*|encerra\w*|(fecha|motivo|data)_(de_)?baja)",
        "is it filled in when the customer leaves?",
    ),
    Pattern(
        r"(closed|closing|close_(date|day|dt|reason)|closure|final|ended|end_(status|reason|state))",
        "is it known only when the account is closed?",
    ),
    Pattern(
        r"((churn|attrition|exit|leaving|leave|departure)_(reason|date|day|dt|time|type|category|code|survey|month|note)"
        r"|(reason|motif)_(for_|of_|de_)?(leaving|churn|exit|depart\w*)|exit_\w+|leaving|left_(on|at|date|reason))",
        "is it filled in when the customer leaves?",
    ),
    Pattern(
        r"(days|weeks|months|time)_since_(churn|exit|leaving|loss|default|event|cancel\w*)",
        "is it counted from the event itself?",
    ),
    Pattern(
        r"(reactivat\w*|win_?back\w*|save_offer|retention_(offer|call|team))", "does it answer the event?"
    ),
    Pattern(
        r"(collections?|recover(y|ies|ed)\w*|write_?offs?|charge(d)?_?offs?|write_?downs?|settle\w*|inkasso|dunning"
        r"|mahn\w*|recouvrement|cobranza)",
        "is it booked after the default or the loss?",
    ),
    Pattern(
        r"(last_(\w+_)?(payment|pymnt|pmt|paid)(_\w+)?|paid_(total|principal|to_date|last)|total_(paid|pymnt|payments?|rec)(_\w+)?"
        r"|\w+_to_date|(end|ending|final|closing)_balance|balance_(at_)?end|out_prncp(_\w+)?)",
        "up to which day is it counted: the snapshot, or today?",
    ),
    Pattern(
        r"(forecast\w*|predict\w*|prediction|proba|probability|model_(score|output)|propensity\w*)",
        "which model made it, and was that model fitted on this target?",
    ),
    Pattern(r"pred", "is it the prediction of a model, fitted on this target?", sure=False, accuses=False),
    Pattern(r"(actuals?|realized|realised)", "is it the value that is to be predicted?"),
    Pattern(
        r"(call_)?duration",
        "is it known before the call (the stay, the ride), or only when it has ended?",
        sure=False,
    ),
    Pattern(
        r"((account|customer|client|loan|order|contract|subscription|member|membership|policy)_status(_\w+)?|state_of_account)",
        "is it the status at the snapshot, or today's?",
        sure=False,
    ),
    Pattern(
        r"(survey\w*|nps\w*|satisfaction_after)",
        "was the customer asked before the event?",
        sure=False,
        accuses=False,
    ),
    Pattern(
        r"(last|latest)_(contact|login|seen|visit|order|purchase|activity|use|call)(_(date|on|at|day|dt|time))?",
        "up to which day: the snapshot, or today?",
        sure=False,
        accuses=False,
    ),
)
EARLIER = r"(?:^|_)(prev|previous|prior|past|before|lag\d*|lagged|p|ytd_last|last_year)(?:_|$)"
"""A name with one of these parts means an earlier event."""


def split_name(name: str) -> list[str]:
    """Split a name at capitals and at characters that are not letters or digits; lower case, no accents."""
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        name = name.replace(umlaut, letters).replace(umlaut.upper(), letters.capitalize())
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<![a-zA-Z])([a-zA-Z]+) ?\+ ?(\d+)", r"\1_plus_\2", plain)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]


def find_pattern(name: str) -> Pattern | None:
    """Return the first pattern that a name has; None for names without one, and for earlier events."""
    joined = "_".join(split_name(name))
    if re.search(EARLIER, joined):
        return None
    if joined == "status":
        joined = "account_status"
    return next((one for one, expression in _compiled() if expression.search(joined)), None)


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[Pattern, re.Pattern[str]], ...]:
    return tuple((one, re.compile(rf"(?:^|_)(?:{one.parts})(?:_|$)")) for one in PATTERNS)
