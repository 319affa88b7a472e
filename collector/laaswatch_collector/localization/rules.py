"""The thresholds of blame (methods.md §6), with a version that every conclusion carries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares are failing offices ÷ observed offices; counts are offices unless named otherwise."""

    version: str = "2026-11-23.2"
    site_share: float = 0.6
    site_offices: int = 5
    site_isps: int = 2
    site_offices_per_isp: int = 2
    isp_share: float = 0.6
    isp_offices: int = 3
    isp_provinces: int = 2
    province_share: float = 0.7
    province_offices: int = 3
    province_isps: int = 2
    cell_share: float = 0.7
    cell_offices: int = 2
    edge_minutes: int = 3
    """An office's own outage this short, right beside a wider one, is that one's ragged edge."""
    settle_working_days: int = 3
    slow_share: float = 0.6
    slow_offices: int = 5
    slow_isp_offices: int = 3


DEFAULT_RULES = Rules()
