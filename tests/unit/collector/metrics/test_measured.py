"""What agents measured, counted from the reports themselves."""

from datetime import timedelta

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.metrics.measured import Measured
from laaswatch_collector.metrics.text import render
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.timeline.packed import NOT_TRIED, ROUND
from support import seeded
from support.reports_in_store import put_report

OFFICES = {seeded.FIRST: ("86", "NT")}


@pytest.fixture
def database(tmp_path):
    found = Database.open(f"sqlite:///{tmp_path}/store.db")
    seeded.seed(found, offices=1, late=0, other_province=0)
    yield found
    found.close()


def _rounds(*rounds):
    """(connect ms, page ms, reference worked) of each."""
    made = np.zeros(len(rounds), ROUND)
    made["tls"] = NOT_TRIED
    made["fault"] = FAULTS.index(Fault.NONE)
    for row, (connect, page, reference) in zip(made, rounds, strict=True):
        row["rtt"], row["http_ms"], row["reference"] = connect, page, reference
    return made


def _lines(measured):
    text = render(measured.families(), openmetrics=False)
    return {
        x.rsplit(" ", 1)[0]: float(x.rsplit(" ", 1)[1]) for x in text.splitlines() if x[0] != "#"
    }


def _look(measured, database):
    measured.look(database, seeded.NOW + timedelta(minutes=5), OFFICES)


def test_reports_are_counted_once_and_only_from_the_first_look_on(database):
    """A process that begins to be scraped does not count the past as if it happened now."""
    measured = Measured()
    put_report(database, "a00000", _rounds((10, 300, 1)))
    _look(measured, database)
    assert _lines(measured) == {}
    put_report(database, "a00000", _rounds((10, 300, 1), (600, np.nan, 0)))
    for _ in range(2):
        _look(measured, database)
    lines = _lines(measured)
    place = 'province="86",isp="NT"'
    assert lines[f'laaswatch_connect_seconds_bucket{{{place},le="0.01"}}'] == 1
    assert lines[f'laaswatch_connect_seconds_bucket{{{place},le="1.0"}}'] == 2
    assert lines[f"laaswatch_connect_seconds_count{{{place}}}"] == 2
    assert lines[f"laaswatch_connect_seconds_sum{{{place}}}"] == pytest.approx(0.61)
    assert lines[f"laaswatch_page_seconds_count{{{place}}}"] == 1
    assert lines[f'laaswatch_report_loss_ratio_bucket{{{place},le="0.25"}}'] == 0
    assert lines[f'laaswatch_report_loss_ratio_bucket{{{place},le="0.5"}}'] == 1
    assert lines[f'laaswatch_layer_rounds_total{{{place},layer="reference",result="worked"}}'] == 1
    assert lines[f'laaswatch_layer_rounds_total{{{place},layer="reference",result="failed"}}'] == 1
    assert lines[f'laaswatch_layer_rounds_total{{{place},layer="tls",result="failed"}}'] == 0


def test_a_clock_that_is_off_counts_until_it_is_right(database):
    """By the newest report of each PC."""
    measured = Measured()
    _look(measured, database)
    put_report(database, "a00000", _rounds((10, 300, 1)), clock_off=timedelta(minutes=-6))
    _look(measured, database)
    assert _lines(measured)['laaswatch_agents_clock_off{province="86"}'] == 1
    put_report(database, "a00000", _rounds((10, 300, 1)))
    _look(measured, database)
    assert _lines(measured)['laaswatch_agents_clock_off{province="86"}'] == 0


def test_our_own_probes_are_not_offices(database):
    """Controls measure the site, not a province's lines."""
    measured = Measured()
    _look(measured, database)
    control = database.read(
        lambda c: c.execute(schema.agents.select().where(schema.agents.c.role == "control")).first()
    )
    put_report(database, control.id, _rounds((10, 300, 1)))
    _look(measured, database)
    assert _lines(measured) == {}
