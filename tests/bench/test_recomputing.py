"""The benchmark of recomputation runs to its end on a small province; never how fast."""

import pytest

from support.recomputing import main

pytestmark = [pytest.mark.bench, pytest.mark.xdist_group("bench")]


def test_every_row_of_the_table_is_there(capsys):
    main(2)
    said = capsys.readouterr().out
    assert said.count("\n") == 11
    assert "2 offices" in said
    assert "152 painted offices read and concluded" in said
