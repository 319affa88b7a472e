"""Files that wait for their sender's word: few, bounded in time, nobody else's, and gone afterwards."""

import os
import stat
import tempfile
import time
from datetime import UTC, datetime, timedelta

import pytest

from laaswatch_collector.server.uploads import (
    _ABANDONED,
    _FOLDER,
    KEPT,
    MOST_OF_ONE,
    MOST_WAITING,
    Upload,
    Uploads,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def uploads(folder):
    found = Uploads()
    yield found
    found.close()
    assert not list(folder.glob(f"{_FOLDER}*"))


def put(uploads, owner="somchai", at=NOW):
    """A file that has come; its upload."""
    token, path = uploads.new_path()
    path.write_bytes(b"x")
    upload = Upload(token, path, "a.csv", owner, "6860101", None, None, at, bytes(32))
    uploads.add(upload)
    return upload


def test_a_file_is_found_by_its_sender_for_its_office_only(uploads):
    mine = put(uploads)
    assert uploads.find(mine.token, "somchai", "6860101", NOW) == mine
    assert uploads.find(mine.token, "malee", "6860101", NOW) is None
    assert uploads.find(mine.token, "somchai", "6860102", NOW) is None
    assert uploads.find("0" * 32, "somchai", "6860101", NOW) is None


def test_nobody_else_on_the_machine_can_look_into_the_folder(uploads):
    if os.name == "nt":
        pytest.skip("Windows keeps other users out of a person's temporary folder by itself")
    assert stat.S_IMODE(put(uploads).path.parent.stat().st_mode) == 0o700


def test_a_file_waits_for_half_an_hour(uploads):
    mine = put(uploads)
    late = NOW + KEPT
    assert uploads.find(mine.token, "somchai", "6860101", late) == mine
    assert uploads.find(mine.token, "somchai", "6860101", late + timedelta(seconds=1)) is None
    assert not mine.path.exists()


def test_the_next_file_takes_old_ones_away(uploads):
    mine = put(uploads)
    put(uploads, "malee", NOW + KEPT + timedelta(minutes=1))
    assert not mine.path.exists()


def test_one_person_s_files_push_out_only_their_own(uploads):
    other = put(uploads, "malee")
    mine = [put(uploads) for _ in range(MOST_OF_ONE + 2)]
    assert other.path.exists()
    assert [x.path.exists() for x in mine] == [False, False, True, True, True]


def test_the_oldest_makes_room(uploads):
    files = [put(uploads, f"u{n}") for n in range(MOST_WAITING + 1)]
    assert [x.path.exists() for x in files] == [False] + [True] * MOST_WAITING


def test_a_folder_that_somebody_took_away_is_made_again(uploads):
    first = put(uploads)
    first.path.unlink()
    first.path.parent.rmdir()
    assert put(uploads).path.exists()


def test_what_a_killed_server_left_behind_is_swept(folder, uploads):
    old, young = folder / f"{_FOLDER}old", folder / f"{_FOLDER}young"
    for left in (old, young):
        left.mkdir()
        (left / "book").write_bytes(b"names")
    long_ago = time.time() - _ABANDONED - 60
    os.utime(old, (long_ago, long_ago))
    put(uploads)
    assert not old.exists()
    assert young.exists(), "it may be another server's"
    (young / "book").unlink()
    young.rmdir()


def test_dropping_twice_does_no_harm(uploads):
    mine = put(uploads)
    uploads.drop(mine.token)
    uploads.drop(mine.token)
    assert not mine.path.exists()
    assert uploads.find(mine.token, "somchai", "6860101", NOW) is None
