"""Every page that a person can open, with somebody who may: one line a page, for tests that visit all.

A route that answers a page and stands on no line fails tests/unit/collector/server/test_every_page.py.
"""

from support import letters, seeded

OFFICE = f"/offices/{seeded.FIRST}"
MONTH = f"month={seeded.MONTH}"
NOBODY = ""
PAGES = (
    (NOBODY, "/sign-in"),
    ("halfway", "/sign-in/finish"),
    ("somying", "/"),
    ("admin", "/"),
    ("somying", "/site"),
    ("somchai", "/site"),
    ("support", f"/site?{MONTH}"),
    ("somying", f"/provinces/{seeded.PROVINCE}?{MONTH}"),
    ("somying", f"/provinces/{seeded.PROVINCE}?colour=red&sort=now&q=ทุ่งคา"),
    ("admin", "/provinces/90"),
    ("somying", f"/provinces/{seeded.PROVINCE}/map"),
    ("somchai", OFFICE),
    ("somchai", f"{OFFICE}/tried"),
    ("somying", "/offices/6860103/tried"),  # nothing noted
    ("somchai", f"{OFFICE}/partners"),
    ("somying", f"/provinces/{seeded.PROVINCE}/partners"),
    ("somying", "/offices/6860104"),  # silent
    ("somying", f"{OFFICE}/explanations?{MONTH}"),
    ("somying", f"{OFFICE}/explanations?{MONTH}&page=3"),
    ("somchai", f"{OFFICE}/explanations?{MONTH}&verdict=explained&book=receipts_register"),
    ("somying", f"{OFFICE}/explanations?{MONTH}&print=1"),
    ("somying", f"{OFFICE}/explanations?month=2026-09"),  # empty
    ("somying", f"{OFFICE}/ledger?{MONTH}"),
    ("somchai", f"{OFFICE}/books?{MONTH}"),
    ("somying", f"{OFFICE}/books?month=2026-09"),  # no ledger
    ("somying", f"{OFFICE}/outlook?{MONTH}"),
    ("somying", f"{OFFICE}/agents"),
    ("somying", f"/books?{MONTH}"),
    ("somying", "/agents"),
    ("somying", "/agents?show=all&page=2"),
    ("somying", "/closures"),
    ("somying", "/messages"),
    ("somying", "/knowledge"),
    ("somying", "/knowledge?q=เราเตอร์"),
    ("somying", "/knowledge/kb-07-router-silent"),
    ("somchai", f"{OFFICE}/documents?{MONTH}"),
    ("somchai", f"{OFFICE}/documents/explanation?{MONTH}"),
    ("somchai", f"{OFFICE}/documents/memo?{MONTH}"),
    ("somying", f"{OFFICE}/documents/notice?{MONTH}"),
    ("somying", f"{OFFICE}/documents/urging?{MONTH}&copy=en"),
    ("somying", f"/provinces/{seeded.PROVINCE}/documents?{MONTH}"),
    ("somying", f"/provinces/{seeded.PROVINCE}/documents/summary?{MONTH}"),
    ("somchai", "/account"),
    ("somchai", "/account/second-step"),
    ("somying", "/users"),
    ("admin", "/users?q=som"),
    ("somying", "/users/person?name=somchai"),
    ("admin", "/requests"),
    ("auditor", "/audit"),
    ("admin", "/audit?action=sign_in"),
    ("somying", "/outages/o-isp"),
    ("admin", "/outages/o-site"),
    ("somchai", "/outages/o-office"),
    ("somchai", "/outages/o-pc"),
    ("somchai", "/outages/o-inferred"),
    ("somying", "/outages/o-isp/sheet"),
    ("somchai", "/outages/o-office/sheet"),
    ("somchai", "/check"),
    ("somchai", "/check?code=ABCD-EFGH-JKMN"),
    ("somchai", f"/check/{letters.CODE}"),
    ("somchai", f"/check/{letters.CODE}?late=46&up=๗,๙๕๕"),
    ("somying", "/offices/0000000"),  # there is none: the page that says so
)
"""(who opens it, the path)."""
FACTS = (
    "/health", "/evidence/*", "/metrics", "/metrics/offices", "/v1/*", "/api/*", "/static/*", "/language", "*.csv", "*.json", "*.xlsx",
    "/offices/*/ledger/uploads/*",  # needs a file first: tests/browser/test_pages.py
)  # fmt: skip
"""What a GET answers that is no page of its own."""
