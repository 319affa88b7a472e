"""Facts for documents, gathered: they agree with the pages, and stay the same until something changes."""

from datetime import timedelta

import numpy as np
import pytest

from laaswatch_collector.documents.make import Kind
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store import schema
from laaswatch_collector.store.documents import About
from laaswatch_collector.store.facts import load_offices
from laaswatch_collector.store.rollups import packed_rollups, save_rollups
from laaswatch_collector.store.views.document_facts import Asked
from laaswatch_collector.store.views.documents import facts_of
from laaswatch_collector.store.views.explanations import books_of, verdicts_of
from laaswatch_collector.timeline.facts import Office
from laaswatch_collector.timeline.packed import FAILED, ROUND, WORKED
from laaswatch_collector.worktime.thai import local_date, local_midnight
from support import seeded
from support.reports_in_store import put_report

ASKED = Asked(load_calendar(), load_policy(), seeded.NOW)
OFFICE = About(seeded.FIRST, seeded.PROVINCE, seeded.MONTH)
PROVINCE = About("", seeded.PROVINCE, seeded.MONTH)


@pytest.fixture
def seeds(database):
    seeded.seed(database, offices=10, other_province=1)
    return database


def gather(database, kind=Kind.MEMO, about=OFFICE, asked=ASKED):
    return database.read(lambda c: facts_of(c, asked, kind, about))


def test_a_letters_facts_are_those_of_the_pages(seeds):
    """The same entries, verdicts and books."""
    facts = gather(seeds)
    verdicts = seeds.read(lambda c: verdicts_of(c, seeded.FIRST, seeded.MONTH))
    found = {v: sum(x.verdict == v for x in facts.late) for v in verdicts}
    assert found == verdicts
    books = seeds.read(lambda c: books_of(c, seeded.FIRST, seeded.MONTH))
    assert [x.entries for x in facts.books] == [x.entries for x in books]
    assert facts == gather(seeds)


def test_minutes_add_up_and_stand_for_the_whole_month(seeds):
    """Working minutes are up, slow, down or unknown, and nothing else."""
    x = gather(seeds).minutes
    assert x.up + x.slow + x.unknown + sum(x.down.values()) == x.working == 20 * 420
    assert x.down.keys() == {"site", "isp", "province", "office"}


def test_a_day_that_is_not_over_is_left_out(seeds):
    """The same document at nine and at four."""
    asked = [
        Asked(ASKED.calendar, ASKED.policy, seeded.at(7, clock)) for clock in ("09:00", "16:00")
    ]
    early, late = (gather(seeds, asked=x) for x in asked)
    assert early == late
    assert early.minutes.working == 4 * 420
    assert [x.id for x in early.outages] == ["o-site"]


def test_an_office_without_books_has_unknown_minutes_and_no_entries(seeds):
    """Nothing is nought that nobody looked at."""
    code = seeds.read(lambda c: c.execute(schema.offices.select()).all())[-2].code
    facts = gather(seeds, about=About(code, "90", "2026-09"))
    assert facts.late == ()
    assert facts.standing == "unknown"
    assert facts.minutes.unknown == facts.minutes.working > 0


def test_a_provinces_offices_come_with_the_unexplained_first(seeds):
    """And what rests on an estimated day is set aside."""
    before = gather(seeds, Kind.SUMMARY, PROVINCE)
    order = [x.verdicts.get("not_explained", 0) for x in before.offices]
    assert order == sorted(order, reverse=True)
    assert before.offices[0].code == seeded.FIRST
    assert len(before.offices) == 10
    x = schema.explanations
    seeds.write(
        lambda c: c.execute(
            x.update()
            .where(x.c.office_code == seeded.FIRST, x.c.verdict == "not_explained")
            .values(rests_on_estimate=True)
        )
    )
    after = next(x for x in gather(seeds, Kind.SUMMARY, PROVINCE).offices if x.code == seeded.FIRST)
    first = before.offices[0]
    assert "not_explained" not in after.verdicts
    assert (after.estimated, after.late) == (first.verdicts["not_explained"], first.late)
    assert 0 < first.weak < first.verdicts["explained"]


def _rounds(database, agent, day, *, down):
    """A round every half minute from 12:00 to 17:00, loss and delay as the outage has it."""
    start = round(seeded.at(day, "12:00").timestamp() * 1000)
    made = np.zeros(600, ROUND)
    made["at"] = start + 30_000 * np.arange(600)
    made["mono"] = made["at"]
    low, high = (round(seeded.at(day, clock).timestamp() * 1000) for clock in down)
    out = (made["at"] >= low) & (made["at"] < high)
    for layer in ("link", "gateway"):
        made[layer] = WORKED
    for layer in ("reference", "dns", "tcp", "tls", "http"):
        made[layer] = np.where(out, FAILED, WORKED)
    made["rtt"] = np.where(out, np.nan, 25.0)
    made["http_ms"] = np.where(out, np.nan, 300.0)
    put_report(database, agent, made, received=seeded.at(day, "17:05"))


def sheet(database, office="", asked=ASKED):
    about = About(office, seeded.PROVINCE, outage="o-isp")
    return gather(database, Kind.SHEET, about, asked)


def test_a_sheets_figures_are_those_of_the_rounds_summed_up_or_not(seeds):
    """Before the day's sums are made, and after: the same steps, losses and delays."""
    _rounds(seeds, "a00000", 15, down=("13:05", "16:20"))
    live = sheet(seeds, seeded.FIRST)
    assert (live.step_minutes, live.measuring) == (5, 1)
    inside = [x for x in live.measured if live.outage.start <= x.start < live.outage.end]
    outside = [x for x in live.measured if x not in inside]
    assert {(x.loss, x.delay) for x in inside} == {(1000, None)}
    assert {(x.loss, x.delay) for x in outside} == {(0, 25)}
    layers = {x.layer: x for x in live.layers}
    assert layers["gateway"].failed == layers["reference"].worked == 0
    assert layers["reference"].failed == 390
    day = local_date(seeded.at(15))

    def sum_up(connection):
        start = local_midnight(day)
        facts = load_offices(
            connection, [Office(seeded.FIRST, "", "")], start, start + timedelta(days=1)
        )
        save_rollups(connection, day, packed_rollups(facts.agents), [seeded.FIRST])

    seeds.write(sum_up)
    seeds.write(lambda c: c.execute(schema.reports.delete()))
    assert sheet(seeds, seeded.FIRST) == live


def test_a_province_sees_all_of_its_offices_and_an_office_itself(seeds):
    """Hit, not hit and unseen add up to those with the provider."""
    whole, own = sheet(seeds), sheet(seeds, seeded.FIRST)
    assert {x.code for x in whole.neighbours} >= {seeded.FIRST, "6860104"}
    assert whole.hit + whole.not_hit + whole.unseen == len(whole.neighbours) == 4
    assert (whole.isp, whole.office) == ("NT", None)
    assert (own.neighbours, own.office.code) == ((), seeded.FIRST)
    assert (own.hit, own.not_hit, own.unseen) == (whole.hit, whole.not_hit, whole.unseen)


def test_an_outage_that_is_not_theirs_makes_no_sheet(seeds):
    """Nor one that never was."""
    assert sheet(seeds, "6860102") is None
    about = About("", "90", outage="o-isp")
    assert gather(seeds, Kind.SHEET, about) is None
    assert gather(seeds, Kind.SHEET, About("", "86", outage="none")) is None


def test_an_outage_that_goes_on_is_told_up_to_now(seeds):
    """Without an end."""
    found = gather(seeds, Kind.SHEET, About(seeded.FIRST, "86", outage="o-now"))
    assert found.outage.end is None
    assert found.measured == ()
