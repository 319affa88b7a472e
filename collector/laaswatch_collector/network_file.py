"""The operator's file of networks (config/isp-prefixes.csv)."""

from pathlib import Path

from laaswatch_collector.localization.isp_of import Network, parse_networks


def load_networks(file: str) -> list[Network]:
    """Whose networks are whose; none without a file. Raises ValueError that names it."""
    if not file:
        return []
    try:
        return parse_networks(Path(file).read_text(encoding="utf-8-sig"), file)
    except OSError as error:
        raise ValueError(f"{file}: cannot be read: {error.strerror}") from error
