"""The demo's folder: only its own is ever deleted, and every part can read its configuration."""

import pytest

from laaswatch_agent.config import load_agent_config
from laaswatch_collector.cli.demo.stage import FolderTaken, passwords, prepare
from laaswatch_collector.config import load_collector_config

PORTS = {
    f"{side}_{what}": 40000 + n
    for n, (side, what) in enumerate(
        (side, what)
        for side in ("pc", "control")
        for what in ("site", "reference_1", "reference_2", "names")
    )
}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    """A folder with anything that the demo did not make is refused, and stays as it is."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(FolderTaken):
        prepare(tmp_path, keep=False)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_our_own_folder_starts_afresh_unless_kept(tmp_path):
    """A second demo throws the first one's files away; `keep` does not."""
    stage = prepare(tmp_path / "demo", keep=False)
    stage.database.write_text("old", encoding="utf-8")
    stage.facts.write_text("{}", encoding="utf-8")
    prepare(tmp_path / "demo", keep=True)
    assert stage.database.exists()
    assert not stage.facts.exists()  # it would say that the demo is ready
    prepare(tmp_path / "demo", keep=False)
    assert not stage.database.exists()


def test_every_part_reads_its_configuration(tmp_path):
    """The written files pass the strict readers of agent and collector."""
    stage = prepare(tmp_path / "demo", keep=False)
    for side in ("pc", "control"):
        stage.write_agent_config(side, PORTS)
        config = load_agent_config(stage.agent_config(side))
        assert config.fast
        assert config.round_seconds == 5
        assert config.targets[0].addresses[0].endpoint.port == PORTS[f"{side}_site"]
        assert config.resolver == ("127.0.0.1", PORTS[f"{side}_names"])
        assert config.resolver != config.second_resolver
        assert config.state_dir == tmp_path / "demo" / side
    stage.write_collector_config("127.0.0.1:8080")
    collector = load_collector_config(stage.collector_config)
    assert collector.database == f"sqlite:///{tmp_path}/demo/laaswatch.db"
    assert "ตัวแทน" in collector.stand_in_th
    assert "stand-in" in collector.stand_in_en
    assert collector.control_agent.config == str(stage.agent_config("control"))


def test_passwords_are_long_and_never_the_same():
    """Each person gets another one, each time."""
    first, second = passwords(["a", "b"]), passwords(["a", "b"])
    found = {*first.values(), *second.values()}
    assert len(found) == 4
    assert all(len(x) >= 12 for x in found)
