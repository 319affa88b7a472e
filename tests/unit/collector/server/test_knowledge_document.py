"""`GET /v1/knowledge`: agents get the articles that their orders name, the province's own among them."""

import gzip
import json

import pytest

from laaswatch_agent.knowledge.articles import shipped_files
from laaswatch_agent.knowledge.pack import MAX_BYTES, name_of, unpack
from support.intake import NOW
from support.server import RunningServer

PATH = "/v1/knowledge"


@pytest.fixture
def folder(tmp_path):
    text = shipped_files()["kb-07-router-silent.yaml"]
    own = tmp_path / "articles"
    own.mkdir()
    changed = text.replace("id: kb-07-router-silent", "id: our-router")
    (own / "our-router.yaml").write_text(changed, encoding="utf-8")
    return own


def bearer(sender, **more):
    return {"Authorization": f"Bearer {sender.token}", **more}


def test_the_document_is_the_one_that_the_orders_name(database, sender, folder):
    with RunningServer(database, lambda: NOW, knowledge_dir=str(folder)) as server:
        status, headers, body = server.ask("GET", PATH, headers=bearer(sender))
        _, _, orders = server.ask("GET", "/v1/config", headers=bearer(sender))
        packed = server.ask("GET", PATH, headers=bearer(sender, **{"Accept-Encoding": "gzip"}))
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(orders)["knowledge_sha256"] == name_of(body)
    assert len(body) <= MAX_BYTES
    assert next(iter(unpack(body))) == "our-router"
    assert packed[1]["content-encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == body
    assert len(packed[2]) < len(body) / 3


def test_other_articles_change_the_orders_name(database, sender, folder):
    seen = []
    for settings in ({}, {"knowledge_dir": str(folder)}):
        with RunningServer(database, lambda: NOW, **settings) as server:
            seen.append(json.loads(server.ask("GET", "/v1/config", headers=bearer(sender))[2]))
    assert seen[0]["etag"] != seen[1]["etag"]
    assert seen[0]["knowledge_sha256"] != seen[1]["knowledge_sha256"]


def test_nobody_else_gets_it(database, sender):
    with RunningServer(database, lambda: NOW) as server:
        assert server.ask("GET", PATH)[0] == 401
        wrong = {"Authorization": "Bearer " + "0" * 64}
        assert server.ask("GET", PATH, headers=wrong)[0] == 401
