"""Providers by networks: the operator's list, then the neighbours, then the registry."""

import pytest

from laaswatch_collector.localization.isp_of import (
    How,
    Inferred,
    Network,
    infer,
    parse_networks,
    prefix_of,
)

ONE, TWO, PHONE = "1.2.0.0/20", "1.2.16.0/20", "1.46.0.0/20"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("1.2.31.77", "1.2.16.0/20"),
        ("::ffff:1.2.31.77", "1.2.16.0/20"),
        ("2001:fb1:1f23:4567::8", "2001:fb1:1000::/36"),
        ("127.0.0.1", ""),
        ("192.168.1.20", ""),
        ("100.64.3.4", ""),
        ("fe80::1", ""),
        ("::1", ""),
        ("somewhere", ""),
        ("", ""),
    ],
)
def test_what_is_kept_of_an_address(address, kept):
    assert prefix_of(address) == kept


def offices(prefix, *registered, first=0):
    """Offices o0, o1 … that report from one prefix, with their registry entries."""
    names = [f"o{first + n}" for n in range(len(registered))]
    return {x: {prefix: 300} for x in names}, dict(zip(names, registered, strict=True))


@pytest.mark.parametrize(
    ("registered", "isp"),
    [
        (("NT", "NT", "NT", "TRUE"), "NT"),
        (("NT", "NT", "TRUE"), None),
        (("NT", "NT"), None),
        (("NT", "NT", "NT", ""), "NT"),
        (("NT", "NT", "", "", ""), None),
    ],
    ids=["most agree", "two of three", "too few", "the fourth says nothing", "two entries"],
)
def test_the_neighbours_vote_by_their_registry_entries(registered, isp):
    minutes, registry = offices(ONE, *registered)
    found = infer(minutes, minutes, registry)
    expected = {
        office: Inferred(isp, How.NEIGHBOURS) if isp else Inferred(own, How.REGISTRY)
        for office, own in registry.items()
    }
    assert found == expected


def test_the_operators_list_comes_first_and_its_longest_prefix_decides():
    minutes, registry = offices(ONE, "NT", "NT", "NT")
    wide, narrow = Network("1.0.0.0/8", "TRUE", "x"), Network("1.2.0.0/18", "AIS", "x")
    assert infer(minutes, minutes, registry, [wide])["o0"] == Inferred("TRUE", How.OPERATOR)
    assert infer(minutes, minutes, registry, [wide, narrow])["o0"].isp == "AIS"
    elsewhere = Network("9.0.0.0/8", "AIS", "x")
    assert infer(minutes, minutes, registry, [elsewhere])["o0"].how is How.NEIGHBOURS


def test_a_telephone_counts_by_its_minutes_of_the_day():
    week, registry = offices(ONE, "NT", "NT", "NT")
    phones, more = offices(PHONE, "AIS", "AIS", "AIS", first=3)
    week, registry = week | phones, registry | more
    for on_the_phone, isp in ((100, "NT"), (400, "AIS")):
        day = week | {"o0": {ONE: 300, PHONE: on_the_phone}}
        assert infer(day, week, registry)["o0"].isp == isp


def test_who_was_not_heard_today_is_judged_by_the_week():
    week, registry = offices(ONE, "NT", "NT", "NT", "TRUE")
    assert infer({}, week, registry)["o3"] == Inferred("NT", How.NEIGHBOURS)
    assert infer({}, {}, registry)["o3"] == Inferred("TRUE", How.REGISTRY)


def test_the_order_of_offices_and_prefixes_does_not_matter():
    minutes, registry = offices(ONE, "NT", "NT", "NT", "TRUE")
    others, more = offices(TWO, "AIS", "AIS", "AIS", first=4)
    both = minutes | others | {"o9": {TWO: 10, ONE: 10}}
    registry |= more | {"o9": ""}
    turned = {x: dict(reversed(both[x].items())) for x in reversed(both)}
    registry_turned = dict(reversed(registry.items()))
    assert infer(both, both, registry) == infer(turned, turned, registry_turned)


def test_the_list_is_read_with_its_remarks():
    text = "# ours\nprefix,isp,source\n1.2.0.0/16, nt ,letter\n\n2001:fb0::/32,AIS,\n"
    assert parse_networks(text, "f") == [
        Network("1.2.0.0/16", "NT", "letter"),
        Network("2001:fb0::/32", "AIS", ""),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1.2.3.0/24,NT,x", "only /20"),
        ("1.2.3.0/20,NT,x", "host bits"),
        ("nowhere,NT,x", "does not appear"),
        ("1.0.0.0/8,,x", "expected"),
        ("1.0.0.0/8,NT", "expected"),
    ],
)
def test_a_bad_line_is_named(line, said):
    with pytest.raises(ValueError, match=said) as error:
        parse_networks(f"# remark\nprefix,isp,source\n{line}\n", "ours.csv")
    assert "ours.csv, line 3" in str(error.value)


def test_the_shipped_example_can_be_read(request):
    text = (request.config.rootpath / "config/isp-prefixes.csv").read_text("utf-8")
    assert parse_networks(text, "isp-prefixes.csv") == []
