"""Label values from closed lists."""

ISPS = frozenset(("NT", "AIS", "3BB", "TRUE", "GIN", "MOBILE", "SATELLITE", "LOCAL"))
"""Known providers; the registry's free text must not make series, so others are `OTHER`."""
ALIASES = {"TOT": "NT", "CAT": "NT", "DTAC": "TRUE"}


def isp_label(isp: str) -> str:
    """The provider's label, one of ISPS, OTHER, or UNKNOWN where the registry says nothing."""
    name = isp.strip().upper()
    if not name:
        return "UNKNOWN"
    name = ALIASES.get(name, name)
    return name if name in ISPS else "OTHER"
