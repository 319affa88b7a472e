"""Every kind of document in one table: what it is made of, and by which function."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from laaswatch_collector.documents.check_code import code_of, fingerprint, statement
from laaswatch_collector.documents.facts import Facts, OfficeMonth, OutageSheet, ProvinceMonth
from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.isp_sheet import isp_sheet
from laaswatch_collector.documents.model import Document, with_thai_digits
from laaswatch_collector.documents.office_letters import (
    explanation_letter,
    memo,
    notice,
    urging,
)
from laaswatch_collector.documents.parts import Stamp
from laaswatch_collector.documents.phrases import Speaker
from laaswatch_collector.documents.province_summary import province_summary


class Kind(StrEnum):
    """The kinds of document; ids as stored and as in addresses."""

    EXPLANATION = "explanation"
    MEMO = "memo"
    NOTICE = "notice"
    URGING = "urging"
    SUMMARY = "summary"
    SHEET = "sheet"


OFFICE_KINDS = (Kind.EXPLANATION, Kind.MEMO, Kind.NOTICE, Kind.URGING)
PROVINCE_ONLY = frozenset((Kind.NOTICE, Kind.URGING, Kind.SUMMARY))
"""What a province writes, never an office."""

MADE_OF: dict[Kind, type[Any]] = {
    Kind.EXPLANATION: OfficeMonth,
    Kind.MEMO: OfficeMonth,
    Kind.NOTICE: OfficeMonth,
    Kind.URGING: OfficeMonth,
    Kind.SUMMARY: ProvinceMonth,
    Kind.SHEET: OutageSheet,
}
_MAKERS: dict[Kind, Callable[..., Document]] = {
    Kind.EXPLANATION: explanation_letter,
    Kind.MEMO: memo,
    Kind.NOTICE: notice,
    Kind.URGING: urging,
    Kind.SUMMARY: province_summary,
    Kind.SHEET: isp_sheet,
}
FORM_FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.EXPLANATION: (
        "number", "agency", "address", "date", "to", "through", "reference",
        "signer", "position", "division", "phone",
    ),
    Kind.MEMO: ("division", "phone", "number", "date", "to", "signer", "position"),
    Kind.NOTICE: (
        "number", "agency", "address", "date", "to", "reference",
        "signer", "position", "division", "phone",
    ),
    Kind.URGING: (
        "number", "agency", "address", "date", "to", "reference",
        "signer", "position", "division", "phone",
    ),
    Kind.SUMMARY: ("division", "phone", "number", "date", "to", "signer", "position"),
    Kind.SHEET: ("circuit", "signer", "phone"),
}  # fmt: skip
"""What people may add to each kind, in the order of the page."""


def stamp_of(kind: Kind, facts: Facts, made_at: int, check_url: str) -> Stamp:
    """The stamp of a document about these facts; `check_url` ends where the code goes."""
    sha256 = fingerprint(statement(kind, facts))
    code = code_of(sha256)
    return Stamp(code, sha256.hex(), f"{check_url}{code}", made_at)


def make(kind: Kind, t: Speaker, facts: Facts, form: Form, stamp: Stamp) -> Document:
    """The document as it is put out. Raises TypeError if it is not made of such facts."""
    if not isinstance(facts, MADE_OF[kind]):
        raise TypeError(f"{kind} is not made of {type(facts).__name__}")
    return with_thai_digits(_MAKERS[kind](t, facts, form, stamp))
