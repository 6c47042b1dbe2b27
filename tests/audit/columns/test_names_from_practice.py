from __future__ import annotations

import pytest

from cip_exp.audit.columns.names_from_practice import find_pattern, split_name


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("clv_next_12m", "time that is to be predicted"),
        ("futureRevenue", "time that is to be predicted"),
        ("sales FY+1", "time that is to be predicted"),
        ("spend_t+1", "time that is to be predicted"),
        ("visits_90d_after", "after what"),
        ("refunded_amount", "paid back"),
        ("cancellationDate", "customer leaves"),
        ("Kündigung_am", "customer leaves"),
        ("fecha_baja", "customer leaves"),
        ("churn_reason", "customer leaves"),
        ("collection_recovery_fee", "default or the loss"),
        ("charged_off", "default or the loss"),
        ("last_pymnt_amnt", "up to which day"),
        ("total_paid", "up to which day"),
        ("predicted_clv", "which model"),
        ("duration", "before the call"),
        ("call_duration", "before the call"),
        ("Status", "status at the snapshot"),
        ("days_since_churn", "event itself"),
    ],
)
def test_names_from_practice_have_a_question(name: str, question: str) -> None:
    pattern = find_pattern(name)
    assert pattern is not None
    assert question in pattern.question


@pytest.mark.parametrize(
    "name",
    [
        *(
            "CreditScore",
            "avg_order_value",
            "orders_last_90d",
            "support_tickets",
            "signup_date",
            "marital_status",
        ),
        *(
            "previous_outcome",
            "poutcome",
            "post_code",
            "disclosed",
            "finalist",
            "actually",
            "close",
            "tenure",
        ),
        *("refund_previous_year", "nextdoor", "region", "durations_total", "last_name", "inq_last_12m"),
    ],
)
def test_other_names_have_none(name: str) -> None:
    assert find_pattern(name) is None


def test_names_are_split_at_capitals_and_punctuation_without_accents() -> None:
    assert split_name("customerValue_2024 (€)") == ["customer", "value", "2024"]
    assert split_name("Rückgabe résiliée t+1") == ["rueckgabe", "resiliee", "t", "plus", "1"]
