"""Checkpoints and beacons: one spelling out, that spelling in, nothing else."""

import pytest

from laaswatch_collector.evidence.checkpoint import (
    Beacon,
    Checkpoint,
    read_beacon,
    read_checkpoint,
)

ROOT = bytes(range(32))
TEXT = "laaswatch.example.go.th/evidence/1\n40217\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_the_text_of_a_checkpoint_is_three_lines():
    checkpoint = Checkpoint("laaswatch.example.go.th/evidence/1", 40_217, ROOT)
    assert checkpoint.text() == TEXT
    assert read_checkpoint(TEXT) == checkpoint
    assert read_checkpoint(f"{TEXT}\n— somebody AAAA\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "a\n1\nno base64\n",
        TEXT.replace("40217", "๔๐๒๑๗"), TEXT.replace("40217", "4" * 16), TEXT.replace("laas", "ก"),
        TEXT.replace("laas", "a b"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(ValueError, match=r"checkpoint|log"):
        read_checkpoint(text)


def test_a_beacon_fits_into_a_report():
    beacon = Beacon(10**15 - 1, ROOT)
    assert len(str(beacon)) == 80
    assert read_beacon(str(beacon)) == beacon
    assert Checkpoint("a", 7, ROOT).beacon == Beacon(7, ROOT)


@pytest.mark.parametrize(
    "text", ["", "7", "7.ab", f"07.{'ab' * 32}", f"7.{'AB' * 32}", f"7.{'ab' * 32}\n"]
)
def test_what_is_no_beacon_is_none(text: str):
    assert read_beacon(text) is None
