"""An office's month carried away as a bundle: checked with nothing but Python, and every change to it is found."""

import json
import random
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from laaswatch_collector import offline
from laaswatch_collector.cli.evidence import command
from laaswatch_collector.evidence import merkle
from laaswatch_collector.evidence.leaves import Kind
from laaswatch_collector.store.evidence_log import newest_leaves
from support import seeded, tampered
from support.soak import seed, soak

REPORTS_MONTH = "2026-11"
TRIES = soak(60, 1_000)

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("bundle")]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with a log over everything in it, and its URL."""
    url = f"sqlite:///{tmp_path_factory.mktemp('bundle')}/store.db"
    whole = tampered.whole_store(url)
    yield whole, url
    whole.file.dispose()
    whole.database.close()


@pytest.fixture(scope="module")
def bundles(store, tmp_path_factory):
    """Two months of the first office: one with reports, one with entries and documents."""
    folder = tmp_path_factory.mktemp("bundles")
    made = []
    for month in (REPORTS_MONTH, seeded.MONTH):
        path = folder / f"{month}.zip"
        said = ["export", "--office", seeded.FIRST, "--month", month, str(path)]
        done = CliRunner().invoke(command, [*said, "--database", store[1]])
        assert done.exit_code == 0, done.output
        made.append(path)
    return made


def contents(path):
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def written(path, names):
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in names.items():
            bundle.writestr(name, data)
    return path


def code_in(store):
    kept = store[0].database.read(lambda c: newest_leaves(c, Kind.DOCUMENT))
    return next(k for k, v in kept.items() if v.values["office"] == seeded.FIRST)


def test_a_bundle_is_whole_without_any_of_our_packages(bundles, store, tmp_path):
    """Its own verify.py in a Python that sees no installed package at all."""
    program = tmp_path / "verify.py"
    program.write_bytes(contents(bundles[0])["verify.py"])
    for path, more in ((bundles[0], []), (bundles[1], ["--code", code_in(store).lower()])):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(program), str(path), *more],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "ครบถ้วน" in done.stdout


def test_what_it_checked_is_counted(bundles, store):
    reports, books = (offline.check(path) for path in bundles)
    assert reports.counts["reports"] == 540
    assert (
        reports.counts["older_checkpoints"] == 179
    )  # each report's beacon; the first ones have none
    assert books.counts["documents"] == 1
    assert books.counts["entries"] > 20
    assert [x.found for x in (reports, books)] == [[], []]


def test_a_code_or_receipt_that_does_not_belong_is_told(bundles, store):
    assert not offline.check(bundles[1], code="0000-0000-0000").whole
    told = store[0].told
    inside = json.loads(contents(bundles[0])["consistency.jsonl"].decode().splitlines()[0])
    kept = str(told[inside["size"]])
    assert offline.check(bundles[0], receipts=kept).counts["receipts"] == 1
    forged = f"{inside['size']}.{'ab' * 32}"
    assert [x.what for x in offline.check(bundles[0], receipts=forged).found] == ["receipt_differs"]
    other = next(
        x for x in told if x != inside["size"] and f'"size":{x}}}' not in str(contents(bundles[1]))
    )
    assert [x.what for x in offline.check(bundles[1], receipts=str(told[other])).found] == [
        "receipt_unknown"
    ]


def test_a_receipt_given_at_the_export_is_proven(store, tmp_path):
    told = store[0].told
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps([str(x) for x in told.values()]), encoding="utf-8")
    path = tmp_path / "b.zip"
    said = ["export", "--office", seeded.FIRST, "--month", seeded.MONTH, "--receipt", str(receipt)]
    CliRunner().invoke(command, [*said, str(path), "--database", store[1]], catch_exceptions=False)
    found = offline.check(path, receipts=receipt.read_text(encoding="utf-8"))
    assert (found.found, found.counts["receipts"]) == ([], len(told))


def test_every_change_to_a_bundle_is_found(bundles, tmp_path):
    """One character of one file is another one, one line is gone or doubled.

    The auditor has the checkpoint from elsewhere: whoever may write that file may write all others to fit.
    """
    dice = random.Random(seed())
    missed = []
    printed = contents(bundles[0])["checkpoint.txt"].decode()
    assert [offline.check(x, receipts=printed).found for x in bundles] == [[], []]
    for _ in range(TRIES):
        names = contents(dice.choice(bundles))
        checked = sorted(x for x, y in names.items() if y and x not in ("verify.py", "README.txt"))
        name = dice.choice(checked)
        names[name] = _changed(name, names[name], dice)
        try:
            found = offline.check(written(tmp_path / "changed.zip", names), receipts=printed).found
        except ValueError:
            continue
        if not found:
            missed.append(name)
    assert missed == []


def _changed(name, data, dice):
    lines = data.splitlines(keepends=True)
    # A proof or a leaf less proves less, and takes nothing from the rest: only reports, rows and
    # documents must be complete.
    ways = ["flip"] if not name.startswith(("reports/", "month")) else ["flip", "delete", "double"]
    way, at = dice.choice(ways), dice.randrange(len(lines))
    if way == "delete":
        return b"".join(lines[:at] + lines[at + 1 :])
    if way == "double":
        return b"".join([*lines[: at + 1], *lines[at:]])
    # Which log it is of is only a name, until the checkpoint is signed.
    first = data.index(b"\n") if name == "checkpoint.txt" else 0
    place = dice.randrange(first, len(data) - 1)
    other = dice.choice([x for x in b"0123456789abcdef" if x != data[place]])
    return data[:place] + bytes([other]) + data[place + 1 :]


def test_the_offline_program_is_of_one_mind_with_ours():
    """It has its own copy of the proofs' arithmetic: the same answers for every small tree."""
    hashes = [merkle.leaf_hash(bytes([n])) for n in range(20)]
    nodes = merkle.nodes_over(hashes)
    for size in range(1, 21):
        root = merkle.root_of(nodes, size)
        for n in range(size):
            proof = merkle.inclusion_proof(nodes, n, size)
            assert offline.includes(hashes[n], n, size, proof, root)
            assert not offline.includes(hashes[n], n, size, proof, bytes(32))
        for old in range(1, size + 1):
            proof, before = merkle.consistency_proof(nodes, old, size), merkle.root_of(nodes, old)
            assert offline.continues(old, size, proof, before, root)
            assert not offline.continues(old, size, proof, bytes(32), root)


def test_without_a_log_there_is_nothing_to_carry(tmp_path):
    done = CliRunner().invoke(
        command,
        [
            "export",
            "--office",
            "1",
            "--month",
            "2026-11",
            str(tmp_path / "b.zip"),
            "--database",
            f"sqlite:///{tmp_path}/s.db",
        ],
    )
    assert done.exit_code == 1
    assert "evidence checkpoint --now" in done.output
    done = CliRunner().invoke(
        command, ["checkpoint", "--now", "--database", f"sqlite:///{tmp_path}/s.db"]
    )
    assert (done.exit_code, len(done.output.splitlines())) == (0, 3)


@pytest.mark.parametrize("data", [b"", b"PK", b"nothing"])
def test_what_is_no_bundle_is_refused(tmp_path, data, capsys):
    path = tmp_path / "b.zip"
    path.write_bytes(data)
    assert offline.main([str(path)]) == 2
    assert "อ่านชุดหลักฐานไม่ได้" in capsys.readouterr().out
