"""A folder of articles that cannot be used is named at the start, not on somebody's page."""

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.main import main
from laaswatch_collector.server import logs


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_broken_article_is_named_before_anything_starts(tmp_path, monkeypatch, command):
    monkeypatch.setattr(
        logs, "set_up", lambda: None
    )  # its handler would outlive this test's streams
    (tmp_path / "ours.yaml").write_text("id: ours\nfaults: [gatway]\n", "utf-8")
    settings = tmp_path / "collector.yml"
    settings.write_text(
        f"database: sqlite:///{tmp_path}/store.db\nknowledge_dir: {tmp_path}\n", "utf-8"
    )
    found = CliRunner().invoke(main, [command, "--config", str(settings)])
    assert found.exit_code != 0
    assert "ours.yaml" in found.output
    assert "gatway" in found.output
    assert not (tmp_path / "store.db").exists()
