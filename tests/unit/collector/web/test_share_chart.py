"""Bars of those that were down: heights are shares, and nobody heard is neither up nor down."""

import re
import xml.etree.ElementTree as ET

from laaswatch_collector.web.share_chart import HEIGHT, Bars, share_chart


def rects(chart):
    return [(x.get("class"), float(x.get("height"))) for x in ET.fromstring(str(chart))]


def test_heights_are_shares():
    found = rects(share_chart(Bars([0, 1, 2, 4, 0], [4, 4, 4, 4, 0]), "ก", (20, 80)))
    assert found[2:] == [
        ("up", 6), ("down", round(HEIGHT / 4)), ("down", HEIGHT / 2), ("down", HEIGHT), ("unknown", 3),
    ]  # fmt: skip


def test_one_of_thousands_can_still_be_seen():
    assert rects(share_chart(Bars([1], [7000]), "ก", (0, 100)))[2] == ("down", 3)


def test_the_label_is_escaped_and_the_picture_well_formed():
    chart = str(share_chart(Bars([1], [1]), '<"&', (0, 0)))
    assert ET.fromstring(chart).get("aria-label") == '<"&'
    assert re.search(r'class="during" x="0.00%" width="0.50%"', chart)
