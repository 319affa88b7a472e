"""The collector's articles: what an agent takes, and everything that it refuses."""

import gzip
import json
from random import Random

import pytest

from laaswatch_agent.collector_client import Answer, NoAnswer
from laaswatch_agent.knowledge.articles import ArticleError, shipped_files
from laaswatch_agent.knowledge.pack import MAX_BYTES, MOST_FILES, name_of, pack, unpack
from laaswatch_agent.knowledge_file import FILE_NAME, load_knowledge
from laaswatch_agent.knowledge_refresh import PATH, KnowledgeRefresh

OWN = """
id: our-router
faults: [gateway]
track: NO_ACCESS
title: {th: เราเตอร์ของเรา, en: Our router}
symptom: {th: ก, en: a}
sign: {th: ก, en: a}
sentence: {th: เราเตอร์ที่ชั้นสองไม่ตอบ, en: The router on the second floor is silent}
actions:
  - {step: SELF, th: ไปที่ชั้นสอง, en: Go to the second floor}
next: {th: โทรหาช่าง, en: Call the technician}
"""
GOOD = pack({"our-router.yaml": OWN}, shipped_files())


def document(**changes):
    found = json.loads(GOOD)
    found.update(changes)
    return json.dumps(found, ensure_ascii=False).encode()


def own(text):
    return document(own={"our-router.yaml": text})


def test_a_good_document_has_the_provinces_articles_first():
    articles = unpack(GOOD)
    assert next(iter(articles)) == "our-router"
    assert len(articles) == len(shipped_files())  # the contacts make up for our own
    assert pack({"our-router.yaml": OWN}, shipped_files()) == GOOD  # canonical
    local = OWN.replace("ชั้นสอง", "ชั้นสาม")
    assert "ชั้นสาม" in unpack(GOOD, {"our-router.yaml": local})["our-router"].sentence.th


REFUSED = {
    "empty": b"",
    "a portal's page": b"<!doctype html><html><body>Pay first</body></html>",
    "not UTF-8": b"\xff\xfe",
    "nested beyond reason": b"[" * 100_000,
    "a list": b"[]",
    "a number": b"1",
    "too large": GOOD + b" " * MAX_BYTES,
    "cut short": GOOD[:-100],
    "another format": document(format=2),
    "a format that is no number": document(format=True),
    "a key too many": document(command="x"),
    "a key too few": json.dumps({"format": 1, "own": {}}).encode(),
    "no collection": document(own=[]),
    "a text that is none": document(own={"our-router.yaml": 1}),
    "too many files": document(own={f"a{n}.yaml": "" for n in range(MOST_FILES + 1)}),
    "not YAML": own("id: ["),
    "a YAML tag": own(OWN.replace("id: our-router", "id: !!python/name:os.system our-router")),
    "a YAML alias": own(OWN.replace("sign: {th", "sign: &a {th")),
    "an unknown field": own(OWN + "run: rm\n"),
    "an unknown field of an action": own(OWN.replace("step: SELF,", "step: SELF, run: x,")),
    "an unknown fault": own(OWN.replace("[gateway]", "[flood]")),
    "an unknown step": own(OWN.replace("step: SELF", "step: BOSS")),
    "a missing language": own(OWN.replace(", en: Our router", "")),
    "an empty language": own(OWN.replace("en: Our router", 'en: ""')),
    "no action": own(
        OWN.replace("  - {step: SELF, th: ไปที่ชั้นสอง, en: Go to the second floor}\n", "")
    ),
    "a file name that is a path": document(own={"../our-router.yaml": OWN}),
    "an unknown contact": own(OWN.replace("โทรหาช่าง", "{nobody}")),
    "a fault without an article": document(shipped={"our-router.yaml": OWN}),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(data):
    with pytest.raises(ArticleError):
        unpack(data)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_a_spoiled_file_leaves_the_shipped_articles_in_use(tmp_path, data):
    (tmp_path / FILE_NAME).write_bytes(data)
    found = load_knowledge(tmp_path, None)
    assert found.source == "shipped"
    assert "our-router" not in found.articles


class Stage:
    """A refresh with a collector whose answer the test sets."""

    def __init__(self, folder, have="", spread=0.0):
        self.asked, self.used, self.now = [], [], 0
        self.answer = Answer(200, data=GOOD)
        self.refresh = KnowledgeRefresh(
            folder, have, self, self.used.append, lambda: self.now, Random(1), spread=spread
        )

    def get_packed(self, path, most):
        assert most == MAX_BYTES
        self.asked.append(path)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_it_is_fetched_once_kept_and_used(tmp_path):
    stage = Stage(tmp_path)
    stage.refresh.step()
    assert stage.asked == []
    for _ in range(3):
        stage.refresh.announced(name_of(GOOD))
        stage.refresh.step()
        stage.now += 10**9
    assert stage.asked == [PATH]
    assert [x.name for x in stage.used] == [name_of(GOOD)]
    kept = load_knowledge(tmp_path, None)
    assert (kept.source, kept.name) == ("collector", name_of(GOOD))
    again = Stage(tmp_path, kept.name)
    again.refresh.announced(name_of(GOOD))
    again.refresh.step()
    assert again.asked == []


def test_it_comes_compressed(tmp_path):
    stage = Stage(tmp_path)
    stage.answer = Answer(200, data=gzip.compress(GOOD))
    stage.refresh.announced(name_of(GOOD))
    stage.refresh.step()
    assert stage.used


BAD_ANSWERS = {
    "another document": Answer(200, data=pack({}, shipped_files())),
    "a portal's page": Answer(200, data=REFUSED["a portal's page"]),
    "an error": Answer(503, data=GOOD),
    "a redirect": Answer(302, data=GOOD),
    "no answer": NoAnswer("timeout", "x"),
    "too large": Answer(200, data=REFUSED["too large"]),
    "a few bytes that grow": Answer(200, data=gzip.compress(bytes(100 * MAX_BYTES))),
    "cut while compressed": Answer(200, data=gzip.compress(GOOD)[:-20]),
    "damaged while compressed": Answer(200, data=b"\x1f\x8b" + b"x" * 50),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_what_is_not_the_announced_document_is_left(tmp_path, answer):
    """Nothing is kept or used; the next try comes later, and then the good one is taken."""
    stage = Stage(tmp_path, spread=60.0)
    stage.answer = answer
    stage.refresh.announced(name_of(GOOD))
    stage.now += 60_000
    stage.refresh.step()
    stage.refresh.step()
    assert len(stage.asked) == 1
    assert stage.used == []
    assert not (tmp_path / FILE_NAME).exists()
    stage.answer = Answer(200, data=GOOD)
    stage.now += 60_000
    stage.refresh.step()
    assert len(stage.used) == 1


@pytest.mark.parametrize("name", ["an unknown field", "a missing language", "an unknown fault"])
def test_an_announced_document_that_cannot_be_used_is_left_too(tmp_path, name):
    data = REFUSED[name]
    stage = Stage(tmp_path)
    stage.answer = Answer(200, data=data)
    stage.refresh.announced(name_of(data))
    stage.refresh.step()
    assert stage.asked
    assert stage.used == []
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("name", [None, 1, "", "x", "G" * 64, ["a"], "a" * 64 + "\n"])
def test_an_announcement_that_is_none_asks_for_nothing(tmp_path, name):
    stage = Stage(tmp_path)
    stage.refresh.announced(name)
    stage.refresh.step()
    assert stage.asked == []


def test_agents_do_not_come_at_once(tmp_path):
    stage = Stage(tmp_path, spread=3600.0)
    stage.refresh.announced(name_of(GOOD))
    stage.refresh.step()
    assert stage.asked == []
    stage.now += 3_600_000
    stage.refresh.step()
    assert stage.asked == [PATH]


def test_a_disk_that_refuses_stops_nothing(tmp_path):
    stage = Stage(tmp_path / "not there")
    stage.refresh.announced(name_of(GOOD))
    stage.refresh.step()
    assert stage.used[0].articles["our-router"]
