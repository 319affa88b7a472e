"""What the link layer says of interfaces as people have them."""

import pytest

from laaswatch_agent.host.interfaces import (
    Interface,
    Load,
    LoadMeter,
    TrafficMeter,
    busier,
    interfaces,
    outward,
)
from laaswatch_agent.probes.link import judge_link, loaded, look
from laaswatch_agent.report.vocabulary import Layer, Reason, Result

CALM = Load(3.0, 40.0)
CABLE_OUT = Interface(wireless=False, up=False, addresses=())
CABLE = Interface(wireless=False, up=True, addresses=("192.168.1.7", "fe80::1"))
WIFI = Interface(wireless=True, up=True, addresses=("10.0.0.7",))
WIFI_OFF = Interface(wireless=True, up=False, addresses=())
NO_DHCP = Interface(wireless=False, up=True, addresses=("169.254.3.4", "fe80::1"))
BARE = Interface(wireless=False, up=True, addresses=("fe80::1",))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], Reason.NO_INTERFACE),
        ([CABLE_OUT], Reason.CABLE_OUT),
        ([CABLE_OUT, WIFI_OFF], Reason.CABLE_OUT),
        ([WIFI_OFF], Reason.WIFI_OFF),
        ([NO_DHCP, WIFI_OFF], Reason.SELF_ASSIGNED_ADDRESS),
        ([BARE], Reason.NO_ADDRESS),
    ],
)
def test_why_there_is_no_link(found, reason):
    row = judge_link(found, CALM, 0.5)
    assert (row.layer, row.result, row.reason) == (Layer.LINK, Result.FAIL, reason)


@pytest.mark.parametrize(
    ("found", "detail"),
    [([CABLE, WIFI_OFF], "wired"), ([CABLE_OUT, WIFI], "wireless"), ([CABLE, WIFI], "wired")],
)
def test_one_interface_with_an_address_is_enough(found, detail):
    row = judge_link(found, CALM, 0.5)
    assert (row.result, row.detail) == (Result.OK, detail)


def test_a_pc_out_of_breath_says_so():
    assert judge_link([CABLE], Load(96.4, 91.0), 0.5).detail == "wired cpu=96 memory=91"


def test_what_the_pc_itself_moves_is_said_from_some_amount_on():
    row = judge_link([CABLE], CALM, 0.5)
    assert loaded(row, 299.0) == row
    assert loaded(row, 3900.4).detail == "wired load=3900"


@pytest.mark.parametrize(
    ("before", "now", "seconds", "spare", "expected"),
    [
        ((0, 0), (500_000, 20_000), 4.0, 0, 1000.0),
        ((0, 0), (20_000, 500_000), 4.0, 0, 1000.0),
        ((0, 0), (500_000, 0), 4.0, 400_000, 200.0),
        ((0, 0), (500_000, 0), 4.0, 600_000, 0.0),
        ((900, 900), (0, 0), 4.0, 0, 0.0),
    ],
)
def test_traffic_in_the_busier_direction(before, now, seconds, spare, expected):
    assert busier(before, now, seconds, spare) == expected


def test_a_moment_is_too_short_for_traffic():
    assert TrafficMeter().read() == 0.0


def test_this_very_pc():
    assert look().layer is Layer.LINK
    assert all(isinstance(i, Interface) for i in interfaces())


def test_a_program_that_just_started_does_not_measure_itself():
    assert LoadMeter().read().cpu == 0.0


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["lo", "eth0", "docker0", "veth12ab"], ["eth0"]),
        (["lo", "veth-pc", "tunl0"], ["veth-pc"]),
        (["Loopback Pseudo-Interface 1", "Ethernet", "vEthernet (WSL)"], ["Ethernet"]),
        (["lo"], []),
        (["lowlan0", "อีเทอร์เน็ต"], ["lowlan0", "อีเทอร์เน็ต"]),
    ],
)
def test_which_interfaces_lead_outside(names, expected):
    assert outward(names) == expected
