"""A month in columns: the same explanations as with an object for each entry, however the work is shared."""

import numpy as np
import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.explain_all import command
from laaswatch_collector.explanation.columns import WORDS, ColumnsExplainer, Period, by_office
from laaswatch_collector.explanation.explain import explain
from laaswatch_collector.explanation.model import EntryTimes
from laaswatch_collector.timeline.conclusions import Conclusions
from support.columns import CLOCK, FIRST, MINUTES, make_columns

OFFICES = 7
START = CLOCK.second(FIRST, 0)
SETTLED = START + MINUTES * 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("columns")
    make_columns(found, OFFICES, 300, 150)
    return found


def arrays(folder):
    return np.load(folder / "entries.npy"), np.load(folder / "runs.npy")


def conclusions_of(runs):
    fields = ("state", "scope", "fault", "inferred", "witnesses")
    painted = {name: np.zeros((OFFICES, MINUTES), runs.dtype[name]) for name in fields}
    for run in runs:
        for name in fields:
            painted[name][run["office"], run["start"] : run["end"]] = run[name]
    codes = tuple(str(k) for k in range(OFFICES))
    return Conclusions("test", START, codes, **painted, outages=(), settled_until=SETTLED)


def test_columns_say_what_objects_say(folder):
    entries, runs = arrays(folder)
    objects = explain(
        [
            EntryTimes(
                k, str(x["office"]), int(x["transacted"]),
                CLOCK.deadline(int(x["transacted"]), 1),
                None if x["posted"] < 0 else int(x["posted"]),
            )
            for k, x in enumerate(entries)
        ],
        conclusions_of(runs),
        CLOCK,
    )  # fmt: skip
    period = Period(CLOCK, START, MINUTES, (1, None), SETTLED, 1 << 60)
    explainer = ColumnsExplainer(period)
    a, b = by_office(entries, OFFICES), by_office(runs, OFFICES)
    found = {}
    for k in range(OFFICES):
        for row in explainer.office(entries[a[k] : a[k + 1]], runs[b[k] : b[k + 1]]):
            found[int(row["entry"] + a[k])] = row
    assert len(objects) > 50
    assert {x.entry for x in objects} == set(found)
    for x in objects:
        row = found[x.entry]
        assert WORDS["verdict"][row["verdict"]] == x.verdict
        assert WORDS["scope"][row["scope"]] == x.scope
        assert WORDS["fault"][row["fault"]] == (x.fault or WORDS["fault"][0])
        assert WORDS["grade"][row["grade"]] == x.grade
        assert row["explained"] == pytest.approx(x.explained_fraction, abs=1e-4)
        assert row["counterfactual"] == (-1 if x.counterfactual is None else x.counterfactual)
        for name in ("tardiness", "window_minutes", "usable_minutes", "down_minutes"):
            assert row[name] == getattr(x, name)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_however_many_processes_share_it_the_result_is_the_same(folder, tmp_path, workers):
    done = CliRunner().invoke(
        command, ["--from", str(folder), "--to", str(tmp_path), "--workers", workers]
    )
    assert done.exit_code == 0, done.output
    assert "2100 entries" in done.output
    (part,) = sorted(tmp_path.glob("late-*.npy"))
    rows = np.load(part)
    entries, _ = arrays(folder)
    assert (np.diff(rows["entry"]) > 0).all()
    assert (entries["transacted"][rows["entry"]] < rows["due"]).all()


def test_a_folder_that_does_not_fit_is_told_in_one_line(folder, tmp_path):
    for name in ("config.json", "offices.json", "runs.npy"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    entries, _ = arrays(folder)
    np.save(tmp_path / "entries.npy", entries[::-1])
    done = CliRunner().invoke(command, ["--from", str(tmp_path), "--to", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "entries.npy: offices must be ordered" in done.output


def test_one_source_must_be_named():
    assert CliRunner().invoke(command, []).exit_code == 2
