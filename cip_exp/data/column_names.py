"""What the name of a column says about it."""

from __future__ import annotations

import re

ID_WORDS = frozenset((
    "id", "ids", "uuid", "guid", "nr", "no", "num", "number", "key", "ref", "reference", "index", "idx",
    "rownames", "rowname", "pk", "hash", "token", "iban", "ssn", "barcode", "serial",
))  # fmt: skip
"""Last words of the names of identifiers."""
ID_NAMES = frozenset((
    "customerid", "userid", "clientid", "accountid", "memberid", "rowid", "orderid", "personid",
    "contactid", "subscriberid", "clientnum", "customernumber", "custid", "cid", "uid", "rownum",
    "rownumber", "unnamed",
))  # fmt: skip
PERSONS = frozenset((
    "customer", "client", "user", "member", "account", "household", "subject", "patient", "person",
    "subscriber", "buyer", "guest", "cust", "policyholder", "contact", "donor", "employee", "student",
    "respondent", "player", "visitor", "shopper", "kunde", "kunden",
))  # fmt: skip
"""Whom rows can be about: their repeated identifier groups the rows."""
PERSON_IDS = frozenset((
    "id", "customerid", "userid", "clientid", "accountid", "memberid", "personid", "subscriberid",
    "custid", "cid", "uid", "clientnum",
))  # fmt: skip
TEXT_WORDS = frozenset((
    "name", "names", "firstname", "lastname", "surname", "forename", "fullname", "username", "email",
    "mail", "phone", "telephone", "tel", "mobile", "address", "street", "comment", "comments", "note",
    "notes", "remark", "remarks", "description", "text", "review", "message", "url", "website",
    "company", "straße", "strasse", "vorname", "nachname", "nombre", "nom",
))  # fmt: skip
"""Words in the names of columns with names, addresses and free text."""
DATE_WORDS = frozenset((
    "date", "dates", "datum", "fecha", "dt", "timestamp", "ts", "epoch", "dob", "birthday",
    "birthdate", "datetime", "signup", "joined", "since", "seen", "registered", "registration", "created",
    "updated", "expires", "expiry", "login",
))  # fmt: skip
WHOM = frozenset((
    "firstname", "lastname", "surname", "forename", "fullname", "vorname", "nachname", "prénom", "prenom",
))  # fmt: skip
"""Words in the names of columns with names of persons; `phone` may also be a yes or no."""
CODE_WORDS = frozenset(("zip", "zipcode", "postcode", "postal", "plz", "code"))
DATE_ENDS = frozenset((
    "at", "on", "date", "ts",
))  # fmt: skip
"""Last words of the names of dates, as in `created_at`."""


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `LastPurchaseDate` and `last_purchase-date` give the same."""
    found = re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|\d+", name)
    return tuple(word.casefold() for word in found)


def _joined(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def sounds_like_id(name: str) -> bool:
    """Return whether the name is that of an identifier."""
    words = words_of(name)
    return bool(words) and (words[-1] in ID_WORDS or _joined(name) in ID_NAMES or words[0] == "rownames")


def names_a_person(name: str) -> bool:
    """Return whether the name is that of an identifier of customers or other persons."""
    words = words_of(name)
    if _joined(name) in PERSON_IDS:
        return True
    return (
        len(words) > 1
        and words[-1] in (*ID_WORDS, "code", "account")
        and any(word in PERSONS for word in words[:-1])
    )


def sounds_like_text(name: str) -> bool:
    """Return whether the name is that of names, addresses or remarks."""
    return any(word in TEXT_WORDS for word in words_of(name)) or _joined(name) in TEXT_WORDS


def sounds_like_whom(name: str) -> bool:
    """Return whether the name is that of a person's name."""
    words = words_of(name)
    pairs = {a + b for a, b in zip(words, words[1:], strict=False)}
    return bool(WHOM & ({*words, _joined(name)} | pairs))


def sounds_like_code(name: str) -> bool:
    """Return whether the name is that of a code or of an identifier that is no person's."""
    words = words_of(name)
    return bool(words) and (words[-1] == "id" or any(word in CODE_WORDS for word in words))


def sounds_like_date(name: str) -> bool:
    """Return whether the name is that of a date or a time stamp."""
    words = words_of(name)
    if not words:
        return False
    return any(word in DATE_WORDS for word in words) or (len(words) > 1 and words[-1] in DATE_ENDS)
