"""The commands as a person uses them: what they print, what they leave behind."""

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli import ledger, office
from laaswatch_collector.shipped import shipped
from support.ledgers import HEAD, OFFICE


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(command, *words):
        database = () if "template" in words else ("--database", str(tmp_path / "x.db"))
        return CliRunner().invoke(command, [*words, *database])

    return run


@pytest.fixture
def offices(run):
    done = run(office.command, "import", str(shipped("offices.example.csv")))
    assert done.exit_code == 0, done.output
    return done


def test_offices_are_imported_and_counted(run, offices):
    assert "4 added" in offices.output
    again = run(office.command, "import", str(shipped("offices.example.csv")))
    assert "4 the same" in again.output


def test_a_bad_list_of_offices_is_refused_whole(run, tmp_path):
    (tmp_path / "o.csv").write_text("code,name_th,province\n1,ก,57\n2,ข,99\n", encoding="utf-8")
    done = run(office.command, "import", "o.csv")
    assert done.exit_code == 1
    assert "row 3 [province]" in done.output
    assert "no office was imported" in done.output
    assert run(office.command, "import", "nowhere.csv").exit_code == 1


def test_good_rows_come_in_bad_ones_are_listed_and_kept_to_mend(run, offices, tmp_path):
    (tmp_path / "สมุดเงินสดรับ.csv").write_text(
        HEAD + "5/10/2569,R-1,ลับ,1\n31/2/69,R-2,ลับ,1\n", encoding="cp874"
    )
    done = run(ledger.command, "import", "สมุดเงินสดรับ.csv", "--office", OFFICE)
    assert done.exit_code == 1
    assert "1 good, 1 bad (1 new" in done.output
    assert "row 3 [วันที่]: ไม่มีวันที่ 31/2/2569" in done.output
    mend = tmp_path / "สมุดเงินสดรับ.mend.csv"
    text = mend.read_text(encoding="utf-8-sig")
    assert "R-2" in text
    assert "ลับ" not in text
    mend.write_text(text.replace("31/2/69", "6/10/69"), encoding="utf-8")
    mended = run(ledger.command, "import", mend.name)
    assert mended.exit_code == 0, mended.output
    assert "1 good, 0 bad (1 new" in mended.output


def test_a_whole_bad_file_does_not_stop_the_others(run, offices, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "สมุดเงินสดรับ.csv").write_text(HEAD + "5/10/2569,R-1,,\n", encoding="utf-8")
    done = run(ledger.command, "import", "a.pdf", "none.csv", "สมุดเงินสดรับ.csv", "--office", OFFICE)
    assert done.exit_code == 1
    assert "a.pdf: ทั้งแฟ้ม" in done.output
    assert "none.csv" in done.output
    assert "1 good" in done.output


def test_an_unknown_office_is_a_bad_row(run, tmp_path):
    (tmp_path / "สมุดเงินสดรับ.csv").write_text(HEAD + "5/10/2569,R-1,,\n", encoding="utf-8")
    done = run(ledger.command, "import", "สมุดเงินสดรับ.csv", "--office", "9999999")
    assert done.exit_code == 1
    assert "no office with the code “9999999”" in done.output


def test_the_time_of_the_export_may_be_told(run, offices, tmp_path):
    (tmp_path / "สมุดเงินสดรับ.csv").write_text(HEAD + "5/10/2568,R-1,,\n", encoding="utf-8")
    words = ("import", "สมุดเงินสดรับ.csv", "--office", OFFICE, "--exported-at")
    assert run(ledger.command, *words, "5/10/2568 16:45").exit_code == 0
    for wrong in ("5/10/2568", "พรุ่งนี้", "5/10/2640 08:00"):
        done = run(ledger.command, *words, wrong)
        assert done.exit_code == 2
        assert "--exported-at" in done.output


def test_the_template_is_written(run, tmp_path):
    assert run(ledger.command, "template", "t.xlsx").exit_code == 0
    assert (tmp_path / "t.xlsx").read_bytes().startswith(b"PK")
    assert run(ledger.command, "template", "no/where.xlsx").exit_code == 1


def test_a_filled_in_template_is_never_written_over(run, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"filled in")
    done = run(ledger.command, "template", "t.xlsx")
    assert done.exit_code == 1
    assert "exists already" in done.output
    assert (tmp_path / "t.xlsx").read_bytes() == b"filled in"


OWN_WORDS = "เมื่อไร,ใบที่,เรื่อง\n5/10/2569,R-1,ลับ\n6/10/2569,R-2,ลับ\n"


def test_a_preview_shows_columns_and_rows_and_imports_nothing(run, offices, tmp_path):
    (tmp_path / "สมุดเงินสดรับ.csv").write_text(
        HEAD + "5/10/2569,R-1,ลับ,1\n31/2/69,R-2,ลับ,1\n", encoding="utf-8"
    )
    done = run(ledger.command, "preview", "สมุดเงินสดรับ.csv", "--office", OFFICE)
    assert done.exit_code == 0, done.output
    assert "A  event_date    วันที่" in done.output
    assert "B  doc_no        เลขที่เอกสาร" in done.output
    assert "R-1  5 ต.ค. 2569" in done.output
    assert "1 good, 1 bad" in done.output
    assert "ลับ" not in done.output
    after = run(ledger.command, "import", "สมุดเงินสดรับ.csv", "--office", OFFICE)
    assert "(1 new" in after.output


def test_columns_said_once_are_used_by_later_imports(run, offices, tmp_path):
    (tmp_path / "a.csv").write_text(OWN_WORDS, encoding="utf-8")
    which = ("a.csv", "--office", OFFICE, "--book", "cash_receipts_journal")
    assert "no ledger heading" in run(ledger.command, "import", *which).output
    unknown = run(ledger.command, "preview", *which)
    assert unknown.exit_code == 1
    assert "ใบที่ (text)" in unknown.output
    said = ("--column", "event_date=A", "--column", "doc_no=b", "--confirm")
    done = run(ledger.command, "preview", *which, *said)
    assert done.exit_code == 0, done.output
    assert "these columns are kept" in done.output
    assert "2 good, 0 bad (2 new" in run(ledger.command, "import", *which).output
    assert "2 the same" in run(ledger.command, "import", *which).output


def test_the_same_file_with_other_columns_is_another_one(run, offices, tmp_path):
    (tmp_path / "a.csv").write_text("เมื่อไร,ใบที่,คู่\n5/10/2569,R-1,S-1\n", encoding="utf-8")
    which = ("a.csv", "--office", OFFICE, "--book", "cash_receipts_journal")
    for letter in "BC":
        said = ("--column", "event_date=A", "--column", f"doc_no={letter}", "--confirm")
        assert run(ledger.command, "preview", *which, *said).exit_code == 0
        assert "(1 new" in run(ledger.command, "import", *which).output


def test_a_preview_is_for_an_office_that_exists(run, offices, tmp_path):
    (tmp_path / "a.csv").write_text(OWN_WORDS, encoding="utf-8")
    done = run(ledger.command, "preview", "a.csv", "--office", "9999999", "--confirm")
    assert done.exit_code == 1
    assert "there is no office 9999999" in done.output


@pytest.mark.parametrize(
    "column", ["amount=A", "event_date", "event_date=1", "event_date=A", "doc_no=ก"]
)
def test_odd_columns_are_refused(run, offices, tmp_path, column):
    (tmp_path / "a.csv").write_text(OWN_WORDS, encoding="utf-8")
    done = run(ledger.command, "preview", "a.csv", "--office", OFFICE, "--column", column)
    assert done.exit_code == 2
    assert "--column" in done.output
