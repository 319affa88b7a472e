"""The privacy register is the wire's: no field leaves a PC without its row, and no row is of nothing."""

import json
import re
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from laaswatch_agent.beacons import ECHO_HEADER
from laaswatch_agent.identity import Identity
from laaswatch_agent.report import model
from laaswatch_agent.report.codec import (
    MalformedReport,
    pack_delivery,
    seal,
    unpack_delivery,
    unseal,
)
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, PresenceKind, Reason, Result
from laaswatch_collector.server.routes.enrolment import EnrolmentRequest
from laaswatch_collector.store.schema import metadata
from support.register import register, rows

TEXT = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
PERSONAL = ("ไม่ · no", "อาจใช่ · perhaps", "ใช่ · yes")
LAYER = model.LayerResult(Layer.DNS, "login", Result.FAIL, Reason.NXDOMAIN, 12.5, "ipv4")
ROUND = model.ProbeRound(1, 2, Fault.DNS, "r-1", (LAYER,), (Also.DNS_SLOW,))
MARK = model.PresenceMark(PresenceKind.ASLEEP, 1, "b-1", 2)
GAP = model.Gap(3, 1, 2, "spool_full")
REPORT = model.Report(
    1, model.NO_HASH, "b-1", 1, 30.0, "r", "0.1", (ROUND,), (MARK,), (GAP,), "login", ""
)
ENVELOPE = model.Envelope("agent-1", "0123456789abcdef", "b-1", 1, 2, 1)
ROWS_ON_THE_WIRE = {
    "round": model.ProbeRound,
    "layer": model.LayerResult,
    "presence": model.PresenceMark,
    "gap": model.Gap,
}
"""What travels as a row without names: its fields are the model's, in this order."""
OF_PEOPLE = ("users", "sessions", "recovery_codes")
"""Tables of which every column is about a person."""
TELLING = re.compile(
    r"(?!leased_by).*_by|who|user_name|address|browser|contact|label|prefix|reason|file_name|last_contact_at"
)
"""Columns of other tables that may tell of a person, by their names."""
NOT_OF_PEOPLE = {
    "isp_prefixes.prefix",  # whose networks are whose, from the operator's file
    "explanation_changes.reason",  # a word: why a verdict changed
}


def on_the_wire():
    """Every field of a sealed report and of an envelope, read from the bytes themselves."""
    report = json.loads(seal(REPORT))
    head = json.loads(pack_delivery(model.Delivery(ENVELOPE, (seal(REPORT),))).split(b"\n")[0])
    found = {f"report.{x}" for x in report} | {f"envelope.{x}" for x in head}
    written = {
        "round": report["rounds"][0],
        "layer": report["rounds"][0][4][0],
        "presence": report["presence"][0],
        "gap": report["gaps"][0],
    }
    for name, kind in ROWS_ON_THE_WIRE.items():
        names = [x.name for x in fields(kind)]
        assert len(written[name]) == len(names), f"{name}: the row has other fields than its model"
        found |= {f"{name}.{x}" for x in names}
    return found


def enrolling():
    asked = Identity("https://c", "", "0" * 64, "1" * 64, "2" * 64).request("CODE", "0.1")
    taken = {x.name for x in msgspec.structs.fields(EnrolmentRequest)}
    assert set(asked) == taken
    return {f"enrolment.{x}" for x in asked}


def of_people():
    found = set()
    for table in metadata.tables.values():
        for column in table.columns:
            if table.name in OF_PEOPLE or TELLING.fullmatch(column.name):
                found.add(f"{table.name}.{column.name}")
    return found - NOT_OF_PEOPLE


def test_every_field_that_leaves_a_pc_has_a_row_and_every_row_a_field():
    said = {x for x in register() if x.split(".")[0] in {*ROWS_ON_THE_WIRE, "report", "envelope"}}
    assert said == on_the_wire()


def test_every_field_of_an_enrolment_has_a_row_and_every_row_a_field():
    assert {x for x in register() if x.startswith("enrolment.")} == enrolling()


def test_the_remembered_checkpoint_has_a_row():
    assert f"header.{ECHO_HEADER.lower()}" in register()


def test_every_column_that_may_tell_of_a_person_has_a_row():
    """A new column of such a name gets a row in docs/privacy.md, or says here why it is none."""
    stored = {x for x in register() if x.split(".")[0] in metadata.tables}
    assert of_people() <= stored, of_people() - stored
    columns = {f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.columns}
    assert stored <= columns, stored - columns


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_row_says_what_why_and_whether_it_is_personal(row):
    field, what, _, personal = row[:4]
    assert " · " in what or field.startswith(("header.", "envelope.count")) or "gzip" in what
    assert personal in PERSONAL


def test_no_field_has_two_rows():
    names = [row[0] for row in rows()]
    assert sorted(set(names)) == sorted(names)


def test_counts_of_words_are_those_of_the_vocabulary():
    assert f"one of {len(Fault)} words" in TEXT
    assert f"of {len(Also)} words" in TEXT
    assert f"of {len(Layer)} words" in TEXT


@pytest.mark.parametrize("field", ["user", "hostname", "mac", "ssid"])
def test_a_field_outside_the_register_is_refused(field):
    """In a report, an envelope, a row and an enrolment: refused, not passed over."""
    report = json.loads(seal(REPORT))
    assert unseal(json.dumps(report).encode()) == REPORT
    with pytest.raises(MalformedReport):
        unseal(json.dumps(report | {field: "x"}).encode())
    head, *sealed = pack_delivery(model.Delivery(ENVELOPE, (seal(REPORT),))).split(b"\n")
    more = json.dumps(json.loads(head) | {field: "x"}).encode()
    with pytest.raises(MalformedReport):
        unpack_delivery(b"\n".join((more, *sealed)))
    for path in (("rounds", 0), ("rounds", 0, 4, 0), ("presence", 0), ("gaps", 0)):
        longer = json.loads(seal(REPORT))
        row = longer
        for step in path:
            row = row[step]
        row.append("x")
        with pytest.raises(MalformedReport):
            unseal(json.dumps(longer).encode())
    asked = Identity("https://c", "", "0" * 64, "1" * 64, "2" * 64).request("CODE", "0.1")
    asked["system"] = "linux"
    msgspec.convert(asked, EnrolmentRequest)
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert(asked | {field: "x"}, EnrolmentRequest)
