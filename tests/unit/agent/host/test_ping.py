"""What a reply of Windows' echo means, by its status."""

import struct

import pytest

from laaswatch_agent.host.ping import reply_ms


@pytest.mark.parametrize(
    ("replies", "status", "took", "expected"),
    [
        (1, 0, 17, 17.0),
        (1, 0, 0, 0.5),  # faster than Windows counts
        (0, 11010, 0, None),
        (
            1,
            11003,
            4,
            None,
        ),  # a router says that the host is unreachable: a reply, but not the host's
        (1, 11013, 4, None),
        (0, 11050, 0, None),
        (1, 12345, 4, None),
    ],
)
def test_an_echo_of_windows(replies, status, took, expected):
    reply = struct.pack("=III", 0x0101A8C0, status, took) + bytes(244)
    assert reply_ms(replies, reply) == expected
