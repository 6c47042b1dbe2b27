"""The kinds that are quoted; no threshold may be tuned on them. Their sources are in their modules."""

from __future__ import annotations

from benchmarks.everyday import quoted_amounts as amounts
from benchmarks.everyday import quoted_dates as dates
from benchmarks.everyday import quoted_marks as marks
from benchmarks.everyday.kinds import Kind

LABELS, NUMBERS = ("churn",), ("clv",)

KINDS: dict[str, Kind] = {
    # values that one side only has
    "recoveries": Kind(
        marks.recoveries, "nn", ("recoveries", "collection_recovery_fee"), ("rebate_paid", "rebate_fee")
    ),
    "settlement": Kind(
        marks.settlement, "tdn",
        ("settlement_status", "settlement_date", "settlement_amount"),
        ("vip_status", "vip_since", "vip_credit"),
    ),
    "disposition": Kind(marks.disposition, "n", ("discharge_disposition",), ("discharge_disposition",)),
    "boat_and_body": Kind(marks.boat_and_body, "tn", ("boat", "body")),
    "code_suffix": Kind(marks.code_suffix, "t", ("closing_code",), ("award_code",)),
    "forty_codes": Kind(marks.forty_codes, "t", ("status_code",), ("status_code",)),
    "code_middle": Kind(marks.code_middle, "t", ("last_ticket",), ("last_ticket",)),
    "short_notes": Kind(marks.short_notes, "t", ("agent_remark",), ("agent_remark",)),
    "free_notes": Kind(marks.free_notes, "t", ("notes",), ("notes",)),
    "reason_and_category": Kind(
        marks.reason_and_category, "tt",
        ("churn_category", "churn_reason"), ("upgrade_category", "upgrade_reason"),
    ),
    "refund": Kind(marks.refund, "n", ("refund_amount",), ("refund_amount",)),
    "ended_fields": Kind(
        marks.ended_fields, "ndt",
        ("renewal_grade", "renewal_date", "renewal_channel"),
        ("dunning_grade", "dunning_date", "dunning_channel"),
    ),
    "rare_text": Kind(marks.rare_text, "t", ("collections_note",), ("award_note",)),
    "late_codes": Kind(marks.late_codes, "n", ("times_90_days_late",), ("times_90_days_late",)),
    "employed_sentinel": Kind(marks.employed_sentinel, "n", ("days_employed",), ("days_employed",)),
    # dates, and two columns together
    "last_invoice": Kind(dates.last_invoice, "d", ("last_invoice_date",), ("next_invoice_date",)),
    "valid_until": Kind(dates.valid_until, "d", ("valid_to",), ("premium_until",)),
    "cancel_date": Kind(dates.cancel_date, "d", ("cancel_date",), ("award_date",)),
    "two_dates": Kind(dates.two_dates, "dd", ("last_login", "contract_end"), jointly=True, tasks=LABELS),
    "tenure": Kind(dates.tenure, "dn", ("signup_date", "tenure_months"), jointly=True, tasks=LABELS),
    "exclusive_or": Kind(
        dates.exclusive_or, "ff", ("auto_renew_before", "auto_renew_after"), jointly=True, tasks=LABELS
    ),
    "settled_balance": Kind(dates.settled_balance, "nn", ("charges", "payments"), jointly=True, tasks=LABELS),
    "shares_to_hundred": Kind(
        dates.shares_to_hundred, "nn", ("returned_share", "refunded_share"), jointly=True, tasks=LABELS
    ),
    "plan_codes": Kind(dates.plan_codes, "tt", ("plan_at_start", "plan_now"), jointly=True, tasks=LABELS),
    # numbers made from the outcome, or after it
    "payments": Kind(
        amounts.payments, "nnnn",
        ("funded_amnt", "total_pymnt", "total_rec_prncp", "last_pymnt_amnt"),
        ("credit_line", "total_invoiced", "total_paid", "last_paid"), companions=1,
    ),
    "call_duration": Kind(
        amounts.call_duration, "n", ("duration",), ("call_duration",), always_named=True
    ),
    "shifted_target": Kind(amounts.shifted_target, "n", (), ("spend_shifted",), tasks=NUMBERS),
    "parts_of_spend": Kind(amounts.parts_of_spend, "nn", (), ("spend_shop", "spend_online"), tasks=NUMBERS),
    "churn_score": Kind(amounts.churn_score, "n", ("churn_score",), ("value_score",)),
    "recency": Kind(amounts.recency, "n", ("days_since_last_order",), ("days_since_last_order",)),
    "calls_after": Kind(amounts.calls_after, "n", ("retention_calls",), ("service_calls",)),
    "orders_in_window": Kind(amounts.orders_in_window, "n", ("orders_total",), ("orders_total",)),
    "next_months": Kind(amounts.next_months, "n", ("active_days_next_month",), ("clv_next_12m",)),
    "percentile": Kind(amounts.percentile, "n", ("risk_percentile",), ("spend_percentile",)),
    "local_currency": Kind(
        amounts.local_currency, "tn", (), ("country_of_sale", "local_amount"), tasks=NUMBERS, companions=1
    ),
    "thousands": Kind(amounts.thousands, "n", (), ("net_in_thousands",), tasks=NUMBERS),
    "answers": Kind(amounts.answers, "t", ("exit_answer",), ("closing_answer",)),
    "limit_now": Kind(amounts.limit_now, "n", (), ("limit_now",), tasks=NUMBERS),
    "identity_bands": Kind(amounts.identity_bands, "n", ("patient_number",), ("patient_number",)),
}  # fmt: skip
