"""Documents from the command line: a file and its code, and the code again."""

import json

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.document import command
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from support import letters, seeded


@pytest.fixture
def url(tmp_path):
    """A database of a few offices."""
    found = f"sqlite:///{tmp_path}/store.db"
    database = Database.open(found)
    seeded.seed(database, offices=6)
    database.close()
    return found


def run(url, *words):
    return CliRunner().invoke(command, [*words, "--database", url])


def test_a_file_is_written_and_its_code_opens_it(url, tmp_path):
    """Both endings; what was typed is on the paper."""
    for ending, start in (("pdf", b"%PDF-"), ("docx", b"PK")):
        path = tmp_path / f"letter.{ending}"
        made = run(
            url, "make", "explanation", "--office", seeded.FIRST, "--month", seeded.MONTH,
            "--field", "signer=สมชาย", "--out", str(path),
        )  # fmt: skip
        assert made.exit_code == 0, made.output
        assert path.read_bytes().startswith(start)
    code = made.output.split()[-1]
    told = json.loads(run(url, "check", code, "--json").output)
    assert (told["code"], told["kind"], told["whole"]) == (code, "explanation", True)
    assert told["figures"]["late"] == 46
    assert told["changes"] == []
    assert "สมชาย" not in json.dumps(told, ensure_ascii=False)
    assert "ข้อเท็จจริงยังเหมือนเดิมทุกข้อ" in run(url, "check", code.lower()).output


@pytest.mark.parametrize(
    "words",
    [("summary", "--province", seeded.PROVINCE, "--month", seeded.MONTH),
     ("sheet", "--province", seeded.PROVINCE, "--outage", "o-isp", "--field", "circuit=77J1"),
     ("notice", "--office", seeded.FIRST, "--month", seeded.MONTH, "--english")],
)  # fmt: skip
def test_every_kind_can_be_made(url, tmp_path, words):
    """Of a province, an outage, an office."""
    path = tmp_path / "x.docx"
    assert run(url, "make", *words, "--out", str(path)).exit_code == 0
    assert path.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [(("make", "memo", "--office", seeded.FIRST, "--month", seeded.MONTH, "--out", "x.odt"), ".docx"),
     (("make", "memo", "--month", seeded.MONTH, "--out", "x.pdf"), "which office"),
     (("make", "sheet", "--office", seeded.FIRST, "--outage", "none", "--out", "x.pdf"), "no such"),
     (("make", "memo", "--office", seeded.FIRST, "--month", seeded.MONTH, "--out", "x.pdf",
       "--field", "salary=1"), "NAME=TEXT"),
     (("check", "ABCD"), "swapped"), (("check", "0000-0000-0000"), "no such document")],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_line(url, words, said):
    """In both languages."""
    answer = run(url, *words)
    assert answer.exit_code == 1
    assert said in answer.output
    assert "·" in answer.output


def test_altered_facts_end_with_an_error(url):
    """For scripts."""
    database = Database.open(url)
    database.write(lambda c: c.execute(schema.documents.update().values(sha256=bytes(32))))
    database.close()
    answer = run(url, "check", letters.CODE)
    assert answer.exit_code == 1
    assert "altered or damaged" in answer.output
