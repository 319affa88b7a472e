"""Six digits are good once, for a minute and a half, and only from the right telephone."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from laaswatch_collector.access.second_step import (
    accepted_step,
    address,
    code_hash,
    recovery_codes,
    secret_of,
)

NOW = datetime(2026, 11, 23, 3, 0, 7, tzinfo=UTC)
SECRET = secret_of("ab" * 32)
STEP = int(NOW.timestamp()) // 30


def code(seconds=0):
    return pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=seconds))


def test_the_digits_are_those_of_rfc_6238():
    """Appendix B: the secret 12345678901234567890 at 1111111109 seconds."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = datetime.fromtimestamp(1111111109, UTC)
    assert accepted_step(secret, "081804", at, None) == 1111111109 // 30


@pytest.mark.parametrize(("seconds", "step"), [(0, 0), (-30, -1), (30, 1)])
def test_a_telephones_clock_may_be_half_a_minute_off(seconds, step):
    assert accepted_step(SECRET, code(seconds), NOW, None) == STEP + step


@pytest.mark.parametrize("seconds", [-90, -60, 60, 90])
def test_older_and_later_codes_are_refused(seconds):
    assert accepted_step(SECRET, code(seconds), NOW, None) is None


def test_a_code_is_good_once_and_so_are_those_before_it():
    assert accepted_step(SECRET, code(), NOW, STEP) is None
    assert accepted_step(SECRET, code(-30), NOW, STEP) is None
    assert accepted_step(SECRET, code(30), NOW, STEP) == STEP + 1


def test_thai_digits_and_spaces_are_read():
    thai = code().translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert accepted_step(SECRET, f" {thai[:3]} {thai[3:]}", NOW, None) == STEP


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "²²²²²²", "١٢٣٤٥٦"])
def test_what_is_no_code_is_refused(typed):
    assert accepted_step(SECRET, typed, NOW, None) is None
    assert accepted_step("", code(), NOW, None) is None


def test_each_session_is_shown_a_secret_of_its_own():
    assert len(SECRET) == 32
    assert secret_of("ab" * 32) == SECRET != secret_of("ac" * 32)


def test_the_address_names_whose_it_is():
    assert address(SECRET, "สมหญิง", "laaswatch").startswith("otpauth://totp/laaswatch:%E0%B8%AA")
    assert f"secret={SECRET}" in address(SECRET, "a", "laaswatch")


def test_recovery_codes_are_read_as_they_are_typed_and_belong_to_one():
    codes = recovery_codes()
    assert len(set(codes)) == 10
    assert {len(x) for x in codes} == {19}
    one = codes[0]
    assert code_hash("a", one) == code_hash("a", f" {one.lower().replace('-', ' ')} ")
    assert code_hash("a", one) != code_hash("b", one)
