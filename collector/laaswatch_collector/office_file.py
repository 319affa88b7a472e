"""The list of offices from a CSV file: checked row by row, all or nothing. Free of files and clocks."""

import csv
import io
import re
from collections.abc import Mapping

from laaswatch_collector.ledger.model import LedgerFormatError, RowError
from laaswatch_collector.ledger.sniff import Content, content_of, text_of
from laaswatch_collector.messages import Given, Message, Told, message
from laaswatch_collector.store.offices import Office
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import latin_digits

REQUIRED = ("code", "name_th", "province")
OPTIONAL = ("name_en", "kind", "district", "isp", "parent_code", "pcs", "latitude", "longitude")
KINDS = {
    "pao": "pao",
    "อบจ": "pao",
    "city": "city",
    "ทน": "city",
    "town": "town",
    "ทม": "town",
    "subdistrict": "subdistrict",
    "ทต": "subdistrict",
    "tao": "tao",
    "อบต": "tao",
    "sub_office": "sub_office",
    "provincial": "provincial",
    "other": "other",
    "": "other",
}
"""Kinds by their name in the store and by their usual Thai letters (without dots)."""
_ISP_NAMES = {"TOT": "NT", "CAT": "NT", "TRUEMOVE": "TRUE", "DTAC": "TRUE"}
MOST_OFFICES = 20_000


class OfficeFileError(ValueError):
    """A list that was not taken; `errors` say why, row by row (row 0: the file as a whole)."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(errors[0].reason.key)
        self.errors = errors


def parse_offices(data: bytes, name: str, registered: frozenset[str] = frozenset()) -> list[Office]:
    """The offices of a CSV file with the headings of config/offices.example.csv.

    `registered`: codes that may be named as parents besides those in the file. Raises OfficeFileError.
    """
    rows = _rows(data, name)
    errors: list[RowError] = []
    found: dict[str, Office] = {}
    for number, row in rows:
        try:
            office = _office(row, name)
        except _BadCell as bad:
            errors.append(RowError(name, number, bad.column, bad.message))
            continue
        if office.code in found:
            errors.append(
                RowError(
                    name,
                    number,
                    "code",
                    message("office_list.twice", code=office.code),
                )
            )
        found[office.code] = office
    for number, row in rows:
        parent = latin_digits(row.get("parent_code", ""))
        if parent and _comes_round(latin_digits(row.get("code", "")), found):
            errors.append(
                RowError(
                    name,
                    number,
                    "parent_code",
                    message("office_list.circle"),
                )
            )
        elif parent and parent not in found and parent not in registered:
            errors.append(
                RowError(
                    name,
                    number,
                    "parent_code",
                    message("office_list.no_parent", shown=parent[:20]),
                )
            )
    if errors:
        raise OfficeFileError(sorted(errors, key=lambda x: x.row))
    if not found:
        raise _whole(name, "office_list.empty")
    return list(found.values())


def _comes_round(code: str, found: Mapping[str, Office]) -> bool:
    """Whether the way up from an office leads back to it."""
    above: set[str] = set()
    office = found.get(code)
    while office is not None and office.parent_code and office.parent_code not in above:
        above.add(office.parent_code)
        office = found.get(office.parent_code)
    return code in above


class _BadCell(Told):
    def __init__(self, column: str, key: str, /, **values: Given) -> None:
        super().__init__(key, **values)
        self.column = column


def _whole(name: str, said: str | Message, /, **values: Given) -> OfficeFileError:
    reason = said if isinstance(said, Message) else message(said, **values)
    return OfficeFileError([RowError(name, 0, "", reason)])


def _rows(data: bytes, name: str) -> list[tuple[int, Mapping[str, str]]]:
    """(row number, cells by column) under the heading, texts trimmed, blank rows left out."""
    try:
        if content_of(data) is not Content.TEXT:
            raise _whole(
                name,
                "office_list.not_csv",
            )
        text = text_of(data)
    except LedgerFormatError as error:
        raise _whole(name, error.message) from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise _whole(name, "office_list.damaged") from None
    if len(lines) > MOST_OFFICES:
        raise _whole(name, "office_list.too_many", most=MOST_OFFICES)
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    if missing := [column for column in REQUIRED if column not in header]:
        needed, more = ", ".join(REQUIRED), ", ".join(OPTIONAL)
        raise _whole(
            name,
            "office_list.no_column",
            column=missing[0],
            needed=needed,
            more=more,
        )
    known = {*REQUIRED, *OPTIONAL}
    if unknown := [column for column in header if column and column not in known]:
        raise _whole(name, "office_list.unknown_column", shown=unknown[0][:40])
    return [
        (number, dict(zip(header, (cell.strip() for cell in line), strict=False)))
        for number, line in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in line)
    ]


def _office(row: Mapping[str, str], name: str) -> Office:
    code = latin_digits(row.get("code", ""))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", code):
        raise _BadCell(
            "code",
            "office_list.bad_code",
            shown=code[:30],
        )
    thai_name = row.get("name_th", "")
    if not thai_name or len(thai_name) > 200 or not thai_name.isprintable():
        raise _BadCell("name_th", "office_list.no_name")
    province = latin_digits(row.get("province", ""))
    if province not in PROVINCES:
        raise _BadCell(
            "province",
            "office_list.no_province",
            shown=province[:20],
        )
    kind = KINDS.get(row.get("kind", "").replace(".", "").lower())
    if kind is None:
        raise _BadCell(
            "kind",
            "office_list.unknown_kind",
            shown=row["kind"][:30],
            kinds=", ".join(sorted(set(KINDS.values()))),
        )
    isp = row.get("isp", "").upper()
    isp = _ISP_NAMES.get(isp, isp)
    if not re.fullmatch(r"[A-Z0-9_-]{0,20}", isp):
        raise _BadCell(
            "isp",
            "office_list.bad_isp",
        )
    return Office(
        code=code,
        name_th=thai_name,
        name_en=row.get("name_en", "")[:200],
        kind=kind,
        province=province,
        district=row.get("district", "")[:100],
        isp=isp,
        parent_code=latin_digits(row.get("parent_code", "")) or None,
        pcs=_pcs(row.get("pcs", "")),
        latitude=_degrees(row, "latitude", 90),
        longitude=_degrees(row, "longitude", 180),
        source=name,
    )


def _pcs(text: str) -> int:
    text = latin_digits(text) or "1"
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 1 <= int(text) <= 500:
        raise _BadCell("pcs", "office_list.bad_pcs")
    return int(text)


def _degrees(row: Mapping[str, str], column: str, most: int) -> float | None:
    text = latin_digits(row.get(column, ""))
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,3}(\.\d{1,10})?", text, re.ASCII) or abs(float(text)) > most:
        raise _BadCell(column, "office_list.bad_degrees", most=most)
    return float(text)
