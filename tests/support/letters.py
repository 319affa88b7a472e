"""Facts for documents, made by hand, with every kind of verdict; and documents made of them."""

from datetime import UTC, datetime

from laaswatch_collector.documents.facts import (
    BookCount,
    Entry,
    LayerCount,
    Measured,
    Minutes,
    Neighbour,
    Office,
    OfficeLine,
    OfficeMonth,
    Outage,
    OutageSheet,
    ProvinceMonth,
    Replay,
    Tried,
)
from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.make import MADE_OF, Kind, make, stamp_of
from laaswatch_collector.web.words import words_in

MADE_AT = int(datetime(2026, 11, 2, 3, 0, tzinfo=UTC).timestamp())
DAY = 86_400
OCTOBER = int(datetime(2026, 10, 1, 2, 0, tzinfo=UTC).timestamp())
URL = "https://laaswatch.example.go.th/check/"
OFFICE = Office("6860101", "เทศบาลตำบลบ้านหนองแวง", "Ban Nong Waeng SM", "86", "NT")


def entry(number=1, verdict="explained", **more):
    """One late entry; a pending or undetermined one has no figures to explain it."""
    values = {
        "book": "cash_receipts_journal", "number": f"RCPT-{number:05}/70", "event": OCTOBER + number * 600,
        "event_precision": "minute", "due": OCTOBER + DAY, "posted_from": OCTOBER + 3 * DAY,
        "posted_to": OCTOBER + 3 * DAY, "posted_precision": "minute", "verdict": verdict,
        "grade": "corroborated", "scope": "site", "fault": "site_http", "tardiness": 105, "window": 480,
        "usable": 42, "down": 438, "unknown": 0, "backlog": 0, "explained": 1000, "explained_to": None,
        "share": 900, "counterfactual": OCTOBER + DAY - 1500, "between": (), "estimated": False,
        "outages": ("o-site",), "flags": (),
    }  # fmt: skip
    if verdict == "undetermined":
        values["between"] = ("explained", "partly")
    if verdict in ("partly", "not_explained"):
        values |= {"explained": 460 if verdict == "partly" else 50, "counterfactual": None}
    return Entry(**values | more)


def outage(name="o-site", **more):
    """One outage of the site."""
    values = {
        "id": name, "revision": 1, "scope": "site", "key": "", "fault": "site_http", "start": OCTOBER,
        "end": OCTOBER + 6 * 3600, "settled": True, "offices": 96, "observed": 98, "inferred_minutes": 0,
        "grade": "corroborated", "working_minutes": 330,
    }  # fmt: skip
    return Outage(**values | more)


def office_month(late=(), **more):
    """An office's October."""
    late = tuple(late) or tuple(
        entry(n, verdict)
        for n, verdict in enumerate(
            ("explained", "partly", "not_explained", "no_evidence", "pending", "undetermined"), 1
        )
    )
    values = {
        "office": OFFICE, "month": "2026-10", "standing": "not_current", "known_until": "2026-10-30",
        "books": (
            BookCount("receipts_register", 20, 14, 4, 2, 0, 0),
            BookCount("cash_receipts_journal", 24, 15, 5, 3, 0, 1),
            BookCount("cash_payments_journal", 26, 20, 5, 1, 0, 0),
        ),
        "late": late, "outages": (outage(), outage("o-own", scope="office", grade="inferred", offices=1)),
        "minutes": Minutes(8400, 7195, 760, {"site": 335, "office": 80}, 30),
        "replay": Replay(3, 120, 14, 940),
        "tried": (Tried(OCTOBER + 3600, "ปิดเปิดเราเตอร์", "restarted the router", "did_not_help"),),
        "estimated_days": (), "rules": ("v7",),
    }  # fmt: skip
    return OfficeMonth(**values | more)


def province_month(**more):
    """A province of three offices, one of them without books."""
    values = {
        "province": "86", "month": "2026-10",
        "offices": (
            OfficeLine("6860101", "เทศบาลตำบลบ้านหนองแวง", "Ban Nong Waeng SM", "NT", "not_current", 70, 9, 1,
                       {"not_explained": 4, "explained": 3, "pending": 1}, 1, 2),
            OfficeLine("6860102", "องค์การบริหารส่วนตำบลทุ่งคา", "Thung Kha SAO", "AIS", "current", 33, 0, 0, {}, 0, 0),
            OfficeLine("6860103", "องค์การบริหารส่วนตำบลนาสัก", "Na Sak SAO", "NT", "unknown", 0, 0, 0, {}, 0, 0),
        ),
        "outages": (outage(),), "estimated_days": (),
    }  # fmt: skip
    return ProvinceMonth(**values | more)


def outage_sheet(**more):
    """An outage of a provider in an office, measured in five minutes' steps, some of them missing."""
    steps = [n for n in range(72) if n not in (10, 11)]
    values = {
        "outage": outage("o-isp", scope="isp", key="NT", fault="uplink", start=OCTOBER + 7200,
                         end=OCTOBER + 3 * 3600, offices=34),
        "province": "86", "isp": "NT", "office": OFFICE, "hit": 34, "not_hit": 1, "unseen": 2,
        "neighbours": (
            Neighbour("6860101", "เทศบาลตำบลบ้านหนองแวง", "Ban Nong Waeng SM", 60, 0, 0, 0),
            Neighbour("6860103", "องค์การบริหารส่วนตำบลนาสัก", "Na Sak SAO", 0, 0, 0, 60),
        ),
        "step_minutes": 5,
        "measuring": 1,
        "measured": tuple(
            Measured(OCTOBER + n * 300, 20, 950 if 24 <= n < 36 else 10,
                     None if 24 <= n < 36 else 30 + n, None if 24 <= n < 36 else 80 + n)
            for n in steps
        ),
        "layers": (LayerCount("gateway", 1, 999, 0, 240), LayerCount("reference", 12, 988, 228, 12)),
    }  # fmt: skip
    return OutageSheet(**values | more)


FACTS = {OfficeMonth: office_month, ProvinceMonth: province_month, OutageSheet: outage_sheet}


def facts_of(kind):
    """The facts by hand that a kind of document is made of."""
    return FACTS[MADE_OF[kind]]()


def document(kind, facts=None, language="th", **form):
    """A document of a kind."""
    kind = Kind(kind)
    facts = facts or facts_of(kind)
    return make(kind, words_in(language), facts, Form(**form), stamp_of(kind, facts, MADE_AT, URL))


CODE = stamp_of(Kind.EXPLANATION, office_month(), MADE_AT, URL).code
"""The check code of the letter that seeded databases keep."""
