"""The checks that look at a cell before any model is fitted, in the order in which they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.adversarial import adversarial
from cip_exp.audit.constants import constants
from cip_exp.audit.copies import copies
from cip_exp.audit.correlation import correlation
from cip_exp.audit.degenerate import degenerate
from cip_exp.audit.fitted import fitted
from cip_exp.audit.fitted_encoding import fitted_encoding
from cip_exp.audit.flags import flags
from cip_exp.audit.groups import groups
from cip_exp.audit.identifiers import identifiers
from cip_exp.audit.identity import identity
from cip_exp.audit.late import late
from cip_exp.audit.lineage import lineage
from cip_exp.audit.missingness import missingness
from cip_exp.audit.names import names
from cip_exp.audit.permuted import permuted
from cip_exp.audit.reconstruction import reconstruction
from cip_exp.audit.redundant import redundant
from cip_exp.audit.small import small
from cip_exp.audit.temporal import temporal
from cip_exp.audit.twins import twins

if TYPE_CHECKING:
    from cip_exp.audit.check import Check

ALL: tuple[Check, ...] = (
    # what is declared
    lineage,
    late,
    # what the values say of a column
    identity,
    fitted_encoding,
    reconstruction,
    flags,
    missingness,
    fitted,
    correlation,
    names,
    identifiers,
    # what the rows say of the table and of the split
    copies,
    twins,
    groups,
    temporal,
    adversarial,
    permuted,
    degenerate,
    # what is worth knowing
    redundant,
    constants,
    small,
)
