"""The articles on their way: from the province's folder through the real collector onto the agent's page."""

import json
import threading
import time
from dataclasses import replace
from random import Random

import pytest

from laaswatch_agent import identity
from laaswatch_agent.cli.main import main
from laaswatch_agent.config import load_agent_config
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.knowledge.articles import shipped_files
from laaswatch_agent.knowledge_file import FILE_NAME, load_knowledge
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_agent.service import Service
from laaswatch_collector.store.database import Database
from support.agents import a_round
from support.intake import NOW, add_office, enrol
from support.server import RunningServer

pytestmark = pytest.mark.system

OURS = "เราเตอร์ที่ชั้นสองไม่ตอบ"


def until(condition, patience=20.0):
    give_up = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.02)


def test_a_provinces_own_article_reaches_the_page_without_a_restart(store_url, tmp_path, capsys):
    own, folder = tmp_path / "articles", tmp_path / "agent"
    own.mkdir()
    folder.mkdir()
    shipped = shipped_files()["kb-07-router-silent.yaml"]
    sentence = next(x for x in shipped.split("sentence:")[1].splitlines() if "th:" in x)
    text = shipped.replace(sentence, f"  th: {OURS}").replace("kb-07-router-silent", "our-router")
    (own / "our-router.yaml").write_text(text, encoding="utf-8")
    page = folder / "status.html"
    config = replace(
        load_agent_config(None),
        state_dir=folder,
        status_page=page,
        fast=True,
        round_seconds=0.1,
        report_seconds=0.2,
        round_deadline=1.0,
    )

    def gateway_dead(_config, _history, clock, **_):
        return replace(a_round(0, Fault.GATEWAY), at=clock.wall_ms(), mono=clock.mono_ms())

    database = Database.open(store_url)
    add_office(database)
    sender = enrol(database)
    try:
        with RunningServer(database, lambda: NOW, knowledge_dir=str(own)) as server:
            mine = identity.Identity(server.url, "", "n", sender.token, "h", agent=sender.agent)
            identity.adopt(folder, mine)
            stop = threading.Event()
            service = Service(
                config,
                load_knowledge(folder, None),
                clock=Clock(),
                dice=Random(1),
                measure=gateway_dead,
            )
            thread = threading.Thread(target=service.run, args=(stop,))
            thread.start()
            try:
                until(lambda: page.exists() and OURS in page.read_text(encoding="utf-8"))
            finally:
                stop.set()
                thread.join(15)
    finally:
        database.close()
    assert not thread.is_alive()
    kept = load_knowledge(folder, None)
    assert kept.source == "collector"
    assert kept.name[:8] in page.read_text(encoding="utf-8")
    # `status` reads the same articles, with no collector any more.
    main(["status", "--json", "--state-dir", str(folder)])
    found = json.loads(capsys.readouterr().out)
    assert found["sentence"]["th"] == OURS
    assert found["knowledge"] == {"source": "collector", "sha256": kept.name}
    # A file that rots costs only the news.
    (folder / FILE_NAME).write_bytes(b"<html>")
    main(["status", "--json", "--state-dir", str(folder)])
    found = json.loads(capsys.readouterr().out)
    assert found["knowledge"]["source"] == "shipped"
    assert OURS not in found["sentence"]["th"]
