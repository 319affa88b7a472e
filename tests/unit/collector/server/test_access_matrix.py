"""Every route × every principal × every scope, asked of the real application over a real socket.

`TABLE` is a second opinion on access/policy.py: written by hand from what each role is for, never computed.
A route that stands on no line of it fails. Forbidden looks like absent: the same status, head and body.
"""

import hashlib
import http.client
import re
from itertools import product
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.documents.check_code import code_of
from laaswatch_collector.server.app import create_app
from laaswatch_collector.server.routing import Context
from laaswatch_collector.store import schema
from laaswatch_collector.store.programs import make_access_token, reach_of
from support import letters, seeded
from support.pages import serving

AGENT = "a9" * 32
"""The secret of a PC of the first office."""
NAMES = {
    "V": "viewer", "C": "somchai", "P": "somying", "S": "support", "U": "auditor", "A": "admin",
    "M": "metrics", "G": "agent", "H": "halfway", "N": "",
    "O": "office reader", "R": "province reader", "B": "book reader",
}  # fmt: skip
"""viewer, clerk, province, support, aUditor, admin, metrics, aGent, half (gave a password), nobody; programs
that read one Office, a province (R), or the country with its Books."""
REACH = {"V": "own", "C": "own", "G": "own", "O": "own", "P": "own sibling", "R": "own sibling"}
"""The scopes of what is about an office; the rest reach everywhere."""
PROVINCE_REACH = {"V": "", "C": "", "G": "", "O": "", "P": "own", "R": "own"}
SCOPES = {
    "one": {"own": {}},
    "office": {
        "own": {"code": seeded.FIRST},
        "sibling": {"code": "6860102"},
        "other": {"code": "6900100"},
        "absent": {"code": "0000000"},
    },
    "province": {
        "own": {"province": seeded.PROVINCE},
        "other": {"province": "90"},
        "absent": {"province": "99"},
    },
    "outage": {
        "own": {"outage": "o-office"},
        "sibling": {"outage": "o-sibling"},
        "other": {"outage": "o-other"},
        "absent": {"outage": "o-none"},
    },
    "document": {
        "own": {"code": letters.CODE},
        "sibling": {"code": code_of(bytes(32))},
        "other": {"code": code_of(b"\1" * 32)},
        "absent": {"code": code_of(b"\2" * 32)},
    },
    "person": {
        "own": {"name": "somchai"},
        "sibling": {"name": "malee"},
        "other": {"name": "outsider"},
        "absent": {"name": "nobody here"},
    },
    "article": {"own": {"id": "kb-07-router-silent"}, "absent": {"id": "kb-00-none"}},
    "asset": {"own": {"name": "style.css"}, "absent": {"name": "none.css"}},
}
"""By kind of route: what fills its path."""
UPLOAD = (
    b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n0\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\r\n--x--\r\n'
)
FILLED = {
    "agent": "a00000",
    "token": "00" * 16,
    "number:[0-9]{1,9}": "1",
}
"""The rest of a path; what it names is looked up only after leave was given and the form was checked."""
_SPAN = "?from=2026-10-27T00:00:00Z&to=2026-10-28T00:00:00Z"
QUERY = {
    "/metrics/offices": "?province=86",
    "/users/person": "?name={name}",
    "/language": "?lang=en&next=/",
    "/api/v1/calendar": "?month=2026-10",
    "/api/v1/outages": _SPAN,
    "/api/v1/annotations": _SPAN,
    "/api/v1/offices/{code}/states": _SPAN,
    "/api/v1/offices/{code}/measurements": _SPAN,
    "/api/v1/offices/{code}/books": "?month=2026-10",
    "/api/v1/offices/{code}/entries": "?month=2026-10",
    "/provinces/{province}/list.csv": "?month=2026-10",
    "/offices/{code}/explanations.csv": "?month=2026-10",
}
TABLE = """
POST /v1/reports                                  one      G          400
POST /v1/enrolments                               one      VCPSUAMGHNORB 400
GET  /v1/config                                   one      G
GET  /v1/knowledge                                one      G
GET  /health                                      one      VCPSUAMGHNORB
GET  /evidence/checkpoint                         one      VCPSUAMGHNORB
GET  /evidence/keys                               one      VCPSUAMGHNORB
GET  /metrics                                     one      UAM
GET  /metrics/offices                             one      UAM
GET  /api/v1/prometheus/targets                   one      UAM

GET  /api/v1/openapi.json                         one      VCPSUAORB
GET  /api/v1/site                                 one      VCPSUAORB
GET  /api/v1/provinces                            one      VCPSUAORB
GET  /api/v1/closures                             one      VCPSUAORB
GET  /api/v1/calendar                             one      VCPSUAORB
GET  /api/v1/offices                              one      VCPSUAORB
GET  /api/v1/outages                              one      VCPSUAORB
GET  /api/v1/annotations                          one      VCPSUAORB
GET  /api/v1/outages/{id}                         outage   VCPSUAORB
GET  /api/v1/offices/{code}                       office   VCPSUAORB
GET  /api/v1/offices/{code}/states                office   VCPSUAORB
GET  /api/v1/offices/{code}/measurements          office   VCPSUAORB
GET  /api/v1/offices/{code}/books                 office   VCPUAB
GET  /api/v1/offices/{code}/entries               office   VCPUAB

GET  /sign-in                                     one      VCPSUAMGHNORB
POST /sign-in                                     one      VCPSUAMGHNORB
POST /sign-out                                    one      VCPSUAMGHNORB
GET  /sign-in/finish                              one      H
POST /sign-in/code                                one      H
POST /sign-in/set-up                              one      H
POST /sign-in/password                            one      H
GET  /language                                    one      VCPSUAMGHNORB 303
GET  /static/{name}                               asset    VCPSUAMGHNORB

GET  /                                            one      VCPSUA     303
GET  /site                                        one      VCPSUA
GET  /provinces/{province}                        province PSUA
GET  /provinces/{province}/map                    province PSUA
GET  /provinces/{province}/list.csv               province PSUA
GET  /offices/{code}                              office   VCPSUA
GET  /offices/{code}/outlook                      office   VCPSUA
GET  /offices/{code}/tried                        office   VCPSUA
POST /offices/{code}/tried                        office   CPS
POST /offices/{code}/tried/{number:[0-9]{1,9}}    office   CPS
GET  /offices/{code}/partners                     office   VCPSUA
POST /offices/{code}/partners                     office   CP
POST /offices/{code}/partners/{number:[0-9]{1,9}} office   CPS
POST /offices/{code}/visits/{number:[0-9]{1,9}}   office   CPS
GET  /provinces/{province}/partners               province PSUA
POST /provinces/{province}/partners               province P
GET  /outages/{outage}                            outage   VCPSUA
GET  /outages/{outage}/sheet                      outage   VCPSUA
POST /outages/{outage}/sheet                      outage   CPSA

GET  /books                                       one      VCPUA
GET  /books.json                                  one      VCPUA
GET  /offices/{code}/explanations                 office   VCPUA
GET  /offices/{code}/explanations.csv             office   VCPUA
GET  /offices/{code}/books                        office   VCPUA
GET  /offices/{code}/ledger                       office   VCPUA
GET  /offices/{code}/books.json                   office   VCPUA
GET  /ledger-template.xlsx                        one      VCPSUA
POST /offices/{code}/ledger/statements            office   CP
POST /offices/{code}/ledger/quiet                 office   CP
POST /offices/{code}/ledger/uploads               office   CP
GET  /offices/{code}/ledger/uploads/{token}       office   -
POST /offices/{code}/ledger/uploads/{token}       office   CP
GET  /offices/{code}/ledger/uploads/{token}/mend.csv office -

GET  /agents                                      one      VCPSUA
GET  /offices/{code}/agents                       office   VCPSUA
POST /offices/{code}/agents/{agent}               office   CPA
POST /offices/{code}/codes                        office   PA
GET  /closures                                    one      VCPSUA
POST /closures                                    one      PA
POST /closures/{number:[0-9]{1,9}}/end            one      PA
GET  /messages                                    one      VCPSUA
POST /messages                                    one      VCPSUA
POST /messages/{number:[0-9]{1,9}}                one      VCPSUA
GET  /knowledge                                   one      VCPSUA
GET  /knowledge/{id}                              article  VCPSUA

GET  /offices/{code}/documents                    office   CPA
GET  /offices/{code}/documents/explanation        office   CPA
POST /offices/{code}/documents/explanation        office   CPA
GET  /offices/{code}/documents/memo               office   CPA
POST /offices/{code}/documents/memo               office   CPA
GET  /offices/{code}/documents/notice             office   PA
POST /offices/{code}/documents/notice             office   PA
GET  /offices/{code}/documents/urging             office   PA
POST /offices/{code}/documents/urging             office   PA
GET  /provinces/{province}/documents              province PA
GET  /provinces/{province}/documents/summary      province PA
POST /provinces/{province}/documents/summary      province PA
GET  /account                                     one      VCPSUA
POST /account/password                            one      VCPSUA
POST /account/sessions                            one      VCPSUA
GET  /account/second-step                         one      VCPSUA
POST /account/second-step                         one      VCPSUA
POST /account/second-step/renew                   one      VCPSUA
GET  /users                                       one      PA
POST /users                                       one      PA
GET  /users/person                                person   PA
POST /users/person                                person   PA
GET  /requests                                    one      A
POST /requests                                    one      A
POST /requests/{number:[0-9]{1,9}}                one      A
GET  /audit                                       one      UA
POST /audit/export                                one      UA
GET  /check                                       one      VCPUA
GET  /check/{code}                                document VCPUA
"""
"""method, path, kind of scope, who may, the answer to them if not the usual one.

Usual: 200 to a GET; 403 to a POST, which comes from another site here, so that nothing is changed and no
form is accepted unseen. `-`: nobody, since what it would show is its maker's alone.
"""
LINES = {
    (method, path): (kind, set(who) - {"-"}, int(status[0]) if status else 0)
    for method, path, kind, who, *status in (x.split() for x in TABLE.strip().splitlines() if x)
}
CASES = [
    (method, path, letter, scope)
    for (method, path), (kind, _, _) in LINES.items()
    for letter, scope in product(NAMES, SCOPES[kind])
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("matrix"), offices=3, late=2, other_province=1) as found:
        found.database.write(_more)
        found.readers = found.database.write(_readers)
        yield found


def _more(connection):
    """An outage and a document for each scope, and a secret for a PC of the first office."""
    one = connection.execute(
        sa.select(schema.outages).where(schema.outages.c.id == "o-office")
    ).one()
    for name, code in (("o-sibling", "6860102"), ("o-other", "6900100")):
        row = one._asdict() | {"id": name, "key": code, "office_codes": f'["{code}"]'}
        connection.execute(schema.outages.insert().values(row))
    connection.execute(
        schema.users.insert().values(
            name="outsider",
            role="clerk",
            office_code="6900100",
            province="90",
            created_at=seeded.NOW,
        )
    )
    kept = connection.execute(sa.select(schema.documents)).one()
    for code, office, province in (
        (code_of(bytes(32)), "6860102", "86"),
        (code_of(b"\1" * 32), "6900100", "90"),
    ):
        row = kept._asdict() | {"code": code, "office_code": office, "province": province}
        connection.execute(schema.documents.insert().values(row))
    connection.execute(
        schema.agents.update()
        .where(schema.agents.c.id == "a00000")
        .values(token_sha256=hashlib.sha256(AGENT.encode()).digest())
    )


READERS = {
    "O": ("reader", seeded.FIRST, ""),
    "R": ("reader", "", seeded.PROVINCE),
    "B": ("book_reader", "", ""),
}


def _readers(connection):
    return {
        letter: make_access_token(
            connection, NAMES[letter], reach_of(connection, *reach), now=seeded.NOW
        )
        for letter, reach in READERS.items()
    }


@pytest.fixture(scope="module")
def ask(site):
    """Status, head and body of an answer, as (method, path, who) got it; one connection for all."""
    line = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)

    def sent(method, path, letter):
        headers = _who(site, letter)
        body = None
        if method == "POST":
            kind, body = "application/x-www-form-urlencoded", b"a=b"
            if path.startswith("/v1/"):
                kind = "application/x-ndjson" if path == "/v1/reports" else "application/json"
            if path.endswith("/uploads"):
                kind, body = "multipart/form-data; boundary=x", UPLOAD
            headers |= {"Content-Type": kind, "Origin": "https://elsewhere.example"}
        line.request(method, path, body, headers)
        answer = line.getresponse()
        head = {k.lower(): v for k, v in answer.getheaders()}
        text = answer.read()
        if body is not None:  # a refusal may leave the body unread, and closes
            line.close()
        return answer.status, head, text

    yield sent
    line.close()


def _who(site, letter):
    if letter == "M":
        return {"Authorization": f"Bearer {site.token}"}
    if letter == "G":
        return {"Authorization": f"Bearer {AGENT}"}
    if letter in READERS:
        return {"Authorization": f"Bearer {site.readers[letter]}"}
    return {"Cookie": site.cookie_header(NAMES[letter])} if NAMES[letter] else {}


def _filled(path, names):
    def fill(found):
        name = found[1]
        if name in names:
            return names[name]
        return next(iter(names.values())) if name == "id" else FILLED[name]

    path += QUERY.get(path, "")
    return re.sub(r"\{((?:[^{}]|\{[^{}]*\})+)\}", fill, path).replace(" ", "%20")


def _reaches(kind, letter, scope):
    if scope == "absent":
        return False
    reach = {"province": PROVINCE_REACH}.get(kind, REACH)
    return kind in ("one", "article", "asset") or scope in reach.get(letter, "own sibling other")


def _expected(method, path, letter, scope):
    """(status, where to) of an answer."""
    kind, who, status = LINES[method, path]
    if letter in who:
        if not _reaches(kind, letter, scope):
            return 404, None
        return status or (200 if method == "GET" else 403), None
    if letter in "NH":
        if path.startswith(("/v1/", "/api/", "/metrics", "/health")):
            return 401, None
        return 303, "/sign-in" if letter == "N" else "/sign-in/finish"
    return 404, None


def test_every_route_stands_in_the_table(site):
    """And nothing stands there that is no route."""
    app = create_app(Context(site.database, CollectorConfig(), lambda: seeded.NOW))
    routes = {(x.method, x.resource.canonical) for x in app.router.routes()}
    table = {(m, re.sub(r":\[[^}]*\}\}", "}", p)) for m, p in LINES}
    assert routes == table


@pytest.mark.parametrize(("method", "path"), LINES)
def test_a_route_is_open_to_those_alone(ask, method, path):
    """As the table says, in every scope; and the refusals give nothing away."""
    kind = LINES[method, path][0]
    wrong, absent = [], {}
    for letter, scope in product(NAMES, reversed(SCOPES[kind])):
        asked = _filled(path, SCOPES[kind][scope])
        status, head, body = ask(method, asked, letter)
        where = head.get("location", "").split("?")[0] or None
        expected = _expected(method, path, letter, scope)
        if expected[1] is None:
            where = None
        if (status, where) != expected:
            wrong.append((NAMES[letter] or "nobody", scope, asked, status, where, expected))
        if status == 404:
            text = re.sub(r'next=[^"]*', "", body.decode())  # the way back: what was asked for
            head = {k: v for k, v in head.items() if k not in ("date", "content-length")}
            if absent.setdefault(letter, (text, head)) != (text, head):
                wrong.append((NAMES[letter], scope, asked, "told apart from what is absent"))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_matrix_is_whole(capsys):
    """Thirteen principals, every scope of every kind."""
    with capsys.disabled():
        print(f"\naccess matrix: {len(CASES)} cases over {len(LINES)} routes")
    assert len(CASES) == len(NAMES) * sum(len(SCOPES[kind]) for kind, _, _ in LINES.values())
    assert len(CASES) > 1000
