"""The audit: found by who, what and when; taken along with a reason, which is written down."""

import csv
import io
import urllib.error
from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.store import schema
from laaswatch_collector.store.audit import record
from support import seeded
from support.pages import serving

HOURS = 130


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Lines of five days, an hour apart, of three people."""

    def work(connection):
        for n in range(HOURS):
            at = seeded.NOW - timedelta(hours=HOURS - n)
            who = ("somchai", "somying", "=cmd()")[n % 3]
            what = ("import_ledger", "sign_in")[n % 2]
            record(
                connection, at, who, what, f"บ้าน-{n:03}", "refused" if n % 7 == 0 else "ok", rows=n
            )

    with serving(tmp_path_factory.mktemp("audit"), offices=2, late=1, other_province=1) as found:
        found.database.write(work)
        yield found


def numbers(page):
    return [n for n in range(HOURS) if f"บ้าน-{n:03}" in page]


def look(site, question=""):
    return site.get(f"/audit{question}", user="auditor").decode()


def test_the_newest_come_first_a_page_at_a_time(site):
    first = look(site)
    assert numbers(first)[-1] == HOURS - 1
    assert first.index("บ้าน-129") < first.index("บ้าน-128")
    seen, page = numbers(first), first
    for _ in range(5):
        if 'href="/audit?before=' not in page:
            break
        older = page.split('href="/audit?before=')[1].split('"')[0].replace("&amp;", "&")
        page = look(site, f"?before={older}")
        seen += numbers(page)
    assert sorted(seen) == list(range(HOURS)), "each once"


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("?who=somying", lambda n: n % 3 == 1),
        ("?action=import_ledger", lambda n: n % 2 == 0),
        ("?subject=-12", lambda n: 120 <= n < 130),
        ("?who=somchai&action=sign_in", lambda n: n % 3 == 0 and n % 2 == 1),
        ("?who=nobody", lambda _: False),
        ("?from=2026-11-02&to=2026-11-02", lambda n: n >= HOURS - 10),
        ("?to=2026-10-28", lambda n: n < HOURS - 10 - 4 * 24),
    ],
)
def test_it_is_found_by_who_what_and_when(site, question, kept):
    wanted = [n for n in range(HOURS) if kept(n)]
    assert numbers(look(site, question)) == wanted[-60:]


@pytest.mark.parametrize("question", ["?action=dance", "?from=yesterday", "?from=2569-01-01"])
def test_what_cannot_be_looked_for_is_refused(site, question):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        look(site, question)


@pytest.mark.parametrize("reason", ["", "because", "  short   "])
def test_without_a_reason_nothing_leaves(site, reason):
    status, page = site.post("/audit/export", "auditor", reason=reason, who="somying")
    assert status == 400
    assert 'role="alert"' in page
    assert 'value="somying"' in page


def test_it_is_taken_along_with_a_reason_that_is_written_down(site):
    reason = "ตรวจสอบประจำไตรมาส ที่ ชพ 0023/55"
    status, text = site.post("/audit/export", "auditor", reason=reason, who="=cmd()")
    assert status == 200
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == sum(n % 3 == 2 for n in range(HOURS))
    assert {x["who"] for x in rows} == {"'=cmd()"}, "no spreadsheet runs it"
    line = site.database.read(
        lambda c: c.execute(
            sa.select(schema.audit).where(schema.audit.c.action == "export_audit")
        ).all()
    )[-1]
    assert line.who == "auditor"
    assert "0023/55" in line.detail
    assert '"lines": 43' in line.detail


def test_a_line_of_an_unknown_kind_is_shown_by_its_name(site):
    site.database.write(lambda c: record(c, seeded.NOW, "x", "of_a_newer_version", "y"))
    assert "of_a_newer_version" in look(site, "?who=x")
