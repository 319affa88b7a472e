"""Which column is which, as a person chose it on a form or a command line."""

import re
from collections.abc import Mapping

from laaswatch_collector.ledger.headers import REQUIRED
from laaswatch_collector.messages import Told

OFFERED = (
    "event_date",
    "doc_no",
    "book_no",
    "recorded_at",
    "notice_date",
    "kind",
    "status",
    "account_code",
)
"""The fields that a person may place; the others are found by their headings or not at all."""
MOST_CHOSEN = 4
"""Headings of one file that a person may place columns in."""


class ChoiceError(Told):
    """Columns that cannot be taken as chosen."""


def chosen_layouts(form: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Signature → field → column, from fields `s0` (signature) and `s0-event_date` (column, or blank).

    What is not of that form is left out; raises ChoiceError for a heading without date and number, or with
    one column for two fields.
    """
    found: dict[str, dict[str, int]] = {}
    for index in range(MOST_CHOSEN):
        signature = form.get(f"s{index}", "")
        if re.fullmatch(r"[0-9a-f]{32}", signature):
            found[signature] = checked({name: form.get(f"s{index}-{name}", "") for name in OFFERED})
    return found


def checked(said: Mapping[str, str]) -> dict[str, int]:
    """Field → column from 0, of what was said of one heading; raises ChoiceError."""
    columns = {name: int(text) for name, text in said.items() if re.fullmatch(r"[0-9]{1,3}", text)}
    if any(name not in columns for name in REQUIRED):
        raise ChoiceError(
            "columns.unplaced",
        )
    if len(set(columns.values())) < len(columns):
        raise ChoiceError("columns.twice")
    return columns
