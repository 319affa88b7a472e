"""A small province written straight into the tables, for tests of what only reads: pages and metrics."""

import hashlib
import json
import random
from datetime import UTC, date, datetime, time, timedelta, timezone

from laaswatch_agent.knowledge.articles import Step, Text
from laaswatch_collector.advice.partners import Partner, Place
from laaswatch_collector.advice.tried import Outcome, TriedStep
from laaswatch_collector.documents.make import Kind
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.documents import About, keep_document
from laaswatch_collector.store.explanations import replace_explanations
from laaswatch_collector.store.partners import agree, plan_visit
from laaswatch_collector.store.tried import write_down
from support import letters

BANGKOK = timezone(timedelta(hours=7))
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=BANGKOK).astimezone(UTC)
"""A Monday morning after the seeded month of October 2026."""
MONTH = "2026-10"
PROVINCE = "86"
FIRST = "6860101"
"""The office with most to show."""
HOLIDAYS = (date(2026, 10, 13), date(2026, 10, 23))
ISPS = ("NT", "AIS", "TRUE")


def at(day: int, clock: str = "00:00", month: int = 10) -> datetime:
    """A local time of the seeded month, in UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=BANGKOK).astimezone(UTC)


def seed(database: Database, offices: int = 100, late: int = 46, other_province: int = 3) -> None:
    """Fill an empty database: offices, PCs, states, outages, three books with late entries."""
    database.write(lambda c: _seed(c, offices, late, other_province))


def _seed(connection, count, late, other_province):
    rng = random.Random(7)
    codes = [f"686{1 + n // 25:02}{1 + n % 25:02}" for n in range(count)]
    rows = [_office(n, code, PROVINCE) for n, code in enumerate(codes)]
    rows += [_office(n, f"690010{n}", "90") for n in range(other_province)]
    rows.append(
        _office(0, "CONTROL", "10")
        | {"name_th": "จุดวัดของเรา", "name_en": "our control", "kind": "control", "source": ""}
    )
    connection.execute(schema.offices.insert(), rows)
    for n, row in enumerate(rows):
        _agents(connection, row["code"], n, 2 if n % 3 == 0 else 1, row["kind"] == "control")
    outages = _outages(codes)
    connection.execute(schema.outages.insert(), outages)
    for code in codes[: min(count, 12)]:
        connection.execute(schema.state_runs.insert(), list(_runs(code, outages)))
    connection.execute(
        schema.ledger_imports.insert().values(
            id=1, office_code=FIRST, file_name="ตุลาคม.xlsx", sha256=bytes(32), book="",
            imported_at=NOW, snapshot_at=NOW, imported_by="somchai", rows_good=900, rows_bad=2,
            added=900, changed=0, vanished=0, errors="[]",
        )
    )  # fmt: skip
    entries, judged = [], []
    for n, code in enumerate(codes):
        _books(rng, code, late if code == FIRST else (n * 7) % 11, outages, entries, judged)
    connection.execute(schema.entries.insert(), entries)
    for code in codes:
        own = [row for row in judged if row["office_code"] == code]
        replace_explanations(connection, code, own)
    _tried(connection, codes)
    # A letter of facts that are others by now, to be checked by its code (letters.CODE).
    about = About(FIRST, PROVINCE, MONTH)
    keep_document(connection, Kind.EXPLANATION, letters.office_month(), about, NOW, "somchai")


def _tried(connection, codes):
    """A month's log of the first office, and two partners: an agency and an authority."""
    for n, (at_, step, what, result, due) in enumerate([
        (at(27, "08:45"), Step.SELF, "ปิดเปิดเราเตอร์", Outcome.DID_NOT_HELP, None),
        (at(27, "09:30"), Step.ISP, "แจ้งผู้ให้บริการ", Outcome.HELPED, None),
        (at(2, "09:20", 11), Step.SELF, "ถอดเสียบสายใหม่", Outcome.DID_NOT_HELP, None),
        (at(2, "09:30", 11), Step.ISP, "แจ้งผู้ให้บริการ", Outcome.WAITING, date(2026, 11, 3)),
    ]):  # fmt: skip
        outage = "o-office" if n < 2 else "o-now"
        step_ = TriedStep(
            0, codes[0], at_, step, "", Text(what, "a step"), f"T-{n}" if step is Step.ISP else "",
            due, result, outage, "gateway" if n < 2 else "uplink", "office", "NT", "somchai",
        )  # fmt: skip
        write_down(connection, step_, now=NOW)
    for office, name, kind, place in [
        ("", "โรงเรียนบ้านหนองแวง", "school", Place(PROVINCE, "01", 10.5, 99.2)),
        (codes[:2][-1], "องค์การบริหารส่วนตำบลทุ่งคา 2", "office", Place(PROVINCE, "01")),
    ]:
        partner = Partner(
            0, office, name, "a partner", kind, place, "AIS", time(8, 30), time(16, 30),
            "0-7700-0000", 2,
        )  # fmt: skip
        number = agree(connection, partner, source="ชพ 0023/1", who="somying", now=NOW)
    plan_visit(connection, number, codes[0], at(28, "09:00"), who="somchai", now=NOW)


def _office(n, code, province):
    kind = "tao" if n % 3 else "subdistrict"
    name = ("บ้านหนองแวง", "ทุ่งคา", "ปากตะโก", "นาสัก", "ท่าข้าม", "วังตะกอ", "สะพลี", "ดอนยาง")[n % 8]
    return {
        "code": code,
        "name_th": f"{'องค์การบริหารส่วนตำบล' if n % 3 else 'เทศบาลตำบล'}{name} {n + 1}",
        "name_en": f"Ban Nong {n + 1} {'Subdistrict Administrative Organization' if n % 3 else 'Subdistrict Municipality'}",
        "kind": kind, "province": province, "district": "01", "isp": ISPS[n % 3],
        "pcs": 2, "source": "simulated",
    }  # fmt: skip


def _agents(connection, code, n, pcs, control):
    for k in range(pcs):
        agent = f"a{n:04}{k}"
        contact = NOW - timedelta(seconds=4 * 3600 if n % 5 == 3 and not control else 40)
        connection.execute(
            schema.agents.insert().values(
                id=agent, office_code=code, role="control" if control else "pc", state="active",
                label="" if control else f"การเงิน {k + 1}", token_sha256=hashlib.sha256(agent.encode()).digest(),
                enrol_nonce=hashlib.sha256(f"n{agent}".encode()).digest(), version="0.1.0",
                system="windows", created_at=at(1), token_at=at(1), last_contact_at=contact,
            )
        )  # fmt: skip
        fault = "none" if control or n % 9 else ("uplink" if n % 2 == 0 else "dns")
        if not control and n % 17 == 5:
            fault = "slow"
        connection.execute(
            schema.latest_rounds.insert().values(
                agent_id=agent, at=contact - timedelta(seconds=5), received_at=contact, cadence=30.0,
                fault=fault, rule=f"R-{fault}", layers=json.dumps(_layers(fault)), also="[]",
                asked_at=contact - timedelta(seconds=5),
            )
        )  # fmt: skip


def _layers(fault):
    failing = {"uplink": ("reference", "tcp", "tls", "http"), "dns": ("dns", "tcp", "tls", "http")}
    bad = failing.get(fault, ())
    reasons = {"dns": "resolver_timeout", "reference": "timeout", "tcp": "timeout"}
    rows = []
    for layer, target in (
        ("link", ""), ("gateway", ""), ("dns", "login"), ("reference", "reference_a"),
        ("reference", "reference_b"), ("tcp", "login"), ("tls", "login"), ("http", "login"),
        ("http", "app"), ("http", "kb"), ("http", "identity"),
    ):  # fmt: skip
        if layer not in bad:
            rows.append([layer, target, "ok", "none", 12.0 + len(rows), ""])
        elif layer in ("tls", "http"):
            rows.append([layer, target, "skipped", "earlier_layer_failed", None, ""])
        else:
            rows.append([layer, target, "fail", reasons[layer], 3000.0, ""])
    return rows


def _outages(codes):
    def outage(name, scope, key, fault, start, end, hit, grade="corroborated", **more):
        return {
            "id": name, "revision": 1, "day": (start + timedelta(hours=7)).date(), "scope": scope,
            "key": key, "fault": fault, "layer": "", "start_at": start, "end_at": end, "settled": True,
            "offices": len(hit), "observed": max(1, len(codes) - 4), "inferred_minutes": 0, "grade": grade,
            "office_codes": json.dumps(list(hit)), "evidence": "{}", "rule_version": "test", "computed_at": NOW,
        } | more  # fmt: skip

    first = codes[0]
    return [
        outage("o-site", "site", "", "site_http", at(6, "09:10"), at(6, "15:45"), codes),
        outage("o-isp", "isp", "NT", "uplink", at(15, "13:05"), at(15, "16:20"), codes[::3]),
        outage("o-province", "province", PROVINCE, "uplink", at(20, "10:00"), at(20, "10:40"), codes),
        outage("o-office", "office", first, "gateway", at(27, "08:30"), at(28, "11:15"), [first], "measured"),
        outage("o-pc", "pc", "a00000", "pc_link", at(29, "09:00"), at(29, "09:30"), [first], "single_pc"),
        outage("o-inferred", "office", first, "uplink", at(30, "14:00"), at(30, "14:50"), [first], "inferred", inferred_minutes=50),
        outage("o-now", "office", first, "uplink", at(2, "09:12", 11), None, [first], "measured", settled=False, revision=2),
    ]  # fmt: skip


def _runs(code, outages):
    for day in range(1, 31):
        local = date(2026, 10, day)
        start = at(day)
        end = start + timedelta(days=1)
        if local.weekday() > 4 or local in HOLIDAYS:
            yield _run(code, local, start, end, "unknown", "unknown", "", 0)
            continue
        on, off = at(day, "08:20"), at(day, "16:40")
        yield _run(code, local, start, on, "unknown", "unknown", "", 0)
        moment = on
        for x in sorted(outages, key=lambda x: x["start_at"]):
            if code not in json.loads(x["office_codes"]) or x["scope"] == "pc":
                continue
            a, b = max(x["start_at"], moment), min(x["end_at"] or off, off)
            if a >= b:
                continue
            if a > moment:
                yield _run(code, local, moment, a, "up", "none", "", 2)
            yield _run(
                code, local, a, b, "down", x["fault"], x["scope"], 2, x["grade"] == "inferred"
            )
            moment = b
        if moment < off:
            slow = min(off, moment + timedelta(minutes=50))
            if slow > moment:
                yield _run(code, local, moment, slow, "degraded", "slow", "", 2)
            if slow < off:
                yield _run(code, local, slow, off, "up", "none", "", 2)
        yield _run(code, local, off, end, "unknown", "unknown", "", 0)


def _run(code, day, start, end, state, fault, scope, witnesses, inferred=False):
    return {
        "office_code": code, "from_at": start, "to_at": end, "day": day, "state": state, "fault": fault,
        "scope": scope, "inferred": inferred, "witnesses": witnesses,
    }  # fmt: skip


def _books(rng, code, late, outages, entries, judged):
    working = [
        d
        for d in range(1, 31)
        if date(2026, 10, d).weekday() < 5 and date(2026, 10, d) not in HOLIDAYS
    ]
    verdicts = (
        "explained",
        "not_explained",
        "partly",
        "no_evidence",
        "explained",
        "not_explained",
        "pending",
    )
    books = ("receipts_register", "cash_receipts_journal", "cash_payments_journal")
    quiet = {working[8], working[9]}  # two days without any entry
    total = late + 24
    for n in range(total):
        number = len(entries) + 1
        day = rng.choice([d for d in working[:-3] if d not in quiet])
        event = at(day, f"{rng.randint(9, 15):02}:{rng.choice((5, 20, 40)):02}")
        is_late = n < late
        following = [d for d in working if d > day]
        due = at(following[0], "16:30")
        posted = (
            at(following[min(len(following) - 1, rng.randint(1, 3))], "10:15")
            if is_late
            else event + timedelta(hours=1)
        )
        unposted = is_late and n == late - 1 and late > 5
        book = books[n % 3]
        entries.append({
            "id": number, "office_code": code, "book": book, "fiscal_year": 2570, "doc_no": f"RCPT-{number:05}/70",
            "line": 1, "kind": "counter", "event_at": event, "event_precision": "minute" if n % 2 else "day",
            "recorded_from_at": None if unposted else posted, "recorded_to_at": None if unposted else posted,
            "recorded_precision": "none" if unposted else ("day" if n % 4 == 0 else "minute"),
            "first_import_id": 1, "last_import_id": 1,
        })  # fmt: skip
        verdict = verdicts[n % len(verdicts)] if is_late else ""
        judged.append(_judged(number, code, book, due, verdict, unposted, posted, outages))


def _judged(entry, code, book, due, verdict, unposted, posted, outages):
    figures = {
        "": (0, 0, 0, 0, 0, 0, 0), "explained": (1, 0.9, 480, 42, 438, 0, 105),
        "partly": (0.46, 0.5, 810, 560, 250, 0, 390), "not_explained": (0.05, 0.1, 810, 790, 20, 0, 615),
        "no_evidence": (0, 0, 480, 90, 0, 390, 200), "pending": (0, 0, 480, 400, 0, 80, 120),
    }[verdict]  # fmt: skip
    band = (
        "not_posted"
        if unposted
        else ("late" if verdict else ("same_day" if entry % 3 else "next_day"))
    )
    fraction, shift, window, usable, down, unknown, tardy = figures
    return {
        "entry_id": entry, "office_code": code, "month": MONTH, "book": book, "due_at": due, "band": band,
        "tardiness_minutes": tardy, "verdict": verdict, "explained_fraction": fraction, "shift_fraction": shift,
        "counterfactual_at": due - timedelta(minutes=25) if verdict == "explained" else None,
        "scope": "site" if down and entry % 2 else ("office" if down else ""), "fault": "site_http" if down else "",
        "grade": "corroborated" if down and entry % 2 else ("inferred" if down else ""), "window_minutes": window,
        "usable_minutes": usable, "down_minutes": down, "unknown_minutes": unknown,
        "outage_ids": json.dumps(["o-site"] if down else []), "rule_version": "test", "computed_at": NOW,
    }  # fmt: skip
