"""Load a province's month into SQLite and a nation's into PostgreSQL; print sizes and the time of each page.

    PYTHONPATH=tests python -m support.month [--offices 103] [--busy 8] [--days 22] [--hours 1] [--turns 30]

Whole, it wants about an hour and 25 GB of scratch (TMPDIR).
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from support import postgresql
from support.month import pages, sizes
from support.month.nation import HOURS, load_nation
from support.month.province import BUSY, OFFICES, load_province, make_province


def main() -> None:
    """Everything, in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--offices", type=int, default=OFFICES, help="of the province")
    parser.add_argument("--busy", type=float, default=BUSY, help="times the demo's entries")
    parser.add_argument("--days", type=int, help="working days of reports (all)")
    parser.add_argument("--hours", type=int, default=HOURS, help="of the nation's reports")
    parser.add_argument("--turns", type=int, default=30, help="requests for each page")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="laaswatch-month-") as folder:
        file = Path(folder) / "province.db"
        url = f"sqlite:///{file}"
        province = make_province(asked.offices, asked.busy)
        print(load_province(url, province, datetime.now(UTC), asked.days, say=_say))
        _show("A province's month on SQLite", url, asked.turns)
        if why := postgresql.why_not():
            print(f"no nation: {why}")
            return
        with postgresql.Cluster() as cluster:
            nation = cluster.new_database()
            print(load_nation(nation, file, asked.hours, say=_say))
            _show("A nation's month on PostgreSQL", nation, asked.turns)


def _show(title: str, url: str, turns: int) -> None:
    print(f"\n## {title}\n\n{sizes.table(sizes.sizes(url))}\n")
    print(pages.table(pages.measure_pages(url, turns)), flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
