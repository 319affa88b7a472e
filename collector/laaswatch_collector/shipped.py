"""Where the files that a site may edit are found: beside the package in a wheel, else in `config/`."""

from pathlib import Path


def shipped(name: str) -> Path:
    """The path of a configuration file or folder as it was delivered."""
    inside = Path(__file__).parent / "shipped" / name
    if inside.exists():
        return inside
    return Path(__file__).parents[2] / "config" / name
