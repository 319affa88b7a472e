"""The maps of tiles: every province once, every tile a link, nothing from outside as markup."""

import itertools
import re

from laaswatch_collector.web.tile_map import CELLS, SIGNS, Tile, office_map, province_map
from laaswatch_collector.worktime.provinces import PROVINCES


def _tile(state="up", title="แห่งหนึ่ง"):
    return Tile("/somewhere", "ชพ", "3", state, title)


def test_every_province_has_one_cell_of_its_own():
    assert set(CELLS) == set(PROVINCES)
    assert len(CELLS) == 77
    assert len(set(CELLS.values())) == 77


def test_neighbours_are_near_and_north_is_up():
    """Some borders that everybody knows: at most two cells apart; and the order along the coast."""
    pairs = [x.split() for x in ("10 11", "10 12", "50 51", "50 58", "83 82", "85 86", "92 93")]
    for a, b in pairs:
        (ax, ay), (bx, by) = CELLS[a], CELLS[b]
        assert max(abs(ax - bx), abs(ay - by)) <= 2, (a, b)
    north_to_south = ["57", "54", "60", "10", "77", "86", "84", "93", "96"]
    rows = [CELLS[x][1] for x in north_to_south]
    assert all(a < b for a, b in itertools.pairwise(rows))


def test_a_tile_says_its_state_by_colour_sign_number_and_title():
    svg = province_map({"86": _tile("down", "ชุมพร: 3 แห่งเข้าไม่ได้")}, "แผนที่")
    assert svg.count("<a ") == 1
    assert svg.count('<use href="#tile" class="none"') == 76
    assert '<use href="#tile" class="down"' in svg
    assert f"{SIGNS['down']} 3" in svg
    assert "<title>ชุมพร: 3 แห่งเข้าไม่ได้</title>" in svg


def test_names_are_escaped():
    svg = province_map({"86": _tile(title="<script>&")}, 'a"b')
    assert "<script>" not in svg
    assert 'a"b' not in svg
    assert "<b>" not in office_map([("<b>", [_tile(title="<i>")])], "x", 5)


def test_offices_stand_in_rows_by_district_inside_the_picture():
    groups = [("เมือง", [_tile()] * 12), ("ปะทิว", [_tile("down")] * 3)]
    svg = office_map(groups, "แผนที่", 5)
    assert svg.count("<a ") == 15
    width, height = (int(x) for x in re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    places = [
        (int(x), int(y))
        for x, y in re.findall(r'<a href="/somewhere" transform="translate\((\d+) (\d+)\)"', svg)
    ]
    assert len(set(places)) == 15
    assert all(13 <= x <= width - 13 and y + 26 <= height for x, y in places)
    assert [x for x in ("เมือง", "ปะทิว") if f">{x}</text>" in svg] == ["เมือง", "ปะทิว"]
