"""The base install is the agent's: small, and without any of the collector's packages."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = "aiohttp prometheus_client laaswatch_collector sqlalchemy numpy jinja2 click rich msgspec"

IMPORT_ALL = f"""
import importlib, pkgutil, sys
import laaswatch_agent
for module in pkgutil.walk_packages(laaswatch_agent.__path__, "laaswatch_agent."):
    importlib.import_module(module.name)
print([name for name in {HEAVY!r}.split() if name in sys.modules])
"""


def run(*command, **options):
    return subprocess.run(
        [str(x) for x in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT)
    if built.returncode != 0 and "hatchling" in built.stderr:
        pytest.skip("no package registry: the wheel cannot be built")
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def light(wheel, tmp_path_factory):
    """A fresh environment with the wheel and the base dependencies only; its bin folder."""
    folder = tmp_path_factory.mktemp("light")
    assert run(sys.executable, "-m", "venv", folder).returncode == 0
    bin_folder = folder / "bin"
    installed = run(bin_folder / "python", "-m", "pip", "install", "--quiet", wheel)
    assert installed.returncode == 0, installed.stderr
    return bin_folder


def test_the_wheel_carries_data_and_configuration(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "laaswatch_agent/py.typed",
        "laaswatch_agent/shipped/agent.yaml",
        "laaswatch_agent/shipped/targets.yaml",
        "laaswatch_collector/shipped/collector.yaml",
        "laaswatch_collector/shipped/lateness.yaml",
    ):
        assert wanted in names
    assert any(name.startswith("laaswatch_agent/knowledge/articles/") for name in names)
    assert any(name.startswith("laaswatch_collector/web/templates/") for name in names)
    assert any(name.startswith("laaswatch_collector/shipped/calendar/") for name in names)
    assert not any(name.startswith(("tests/", "laaswatch_agent/tests")) for name in names)


def test_every_agent_module_imports_without_the_collectors_packages(light):
    done = run(light / "python", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_agent_is_small_on_disk(light):
    site = next(light.parent.glob("lib/python*/site-packages"))
    size = sum(
        path.stat().st_size
        for path in site.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and path.relative_to(site).parts[0].split("-")[0].lower()
        not in {"pip", "setuptools", "laaswatch_collector", "_distutils_hack"}
    )
    assert size < 5 * 1024 * 1024


def test_the_agents_command_works_from_the_wheel(light):
    done = run(light / "laaswatch-agent", "check", "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout


def test_the_collectors_command_says_what_is_missing(light):
    done = run(light / "laaswatch-collector", "serve")
    assert done.returncode != 0
    assert "pip install 'laaswatch[collector]'" in done.stderr
