"""The short facts in `LayerResult.detail`: words, then `name=number`, separated by single spaces.

Probes write them, rules read them; never an address, a name or a URL. Names in use:

| fact | beside | meaning |
| --- | --- | --- |
| `204`, `503` | http, reference | the HTTP status |
| `after=120` | http | the server is too busy (429, 503) and asks to be left alone for so many seconds |
| `try=2` | any | the first try failed, the second did not |
| `clock=-360` | http, tls, reference | seconds by which the PC's clock is ahead of the server's (only if ≥ 60) |
| `dates` | reference | a trusted certificate, but by the PC's clock not of today |
| `issuer=1`, `issuer=0` | tls | the certificate's issuer is, is not, one of those expected |
| `connect=1020` | reference | ms of its connect (only if ≥ 900: a first packet was sent again) |
| `signer=4711` | reference | a number that stands for whoever signed a certificate that nobody trusts |
| `ipv6=0` | tcp | the site has IPv6 addresses, the PC too, and they do not answer |
| `known` | tcp | tried at the last known address, since the name gave none |
| `mtu` | tls, http | it stalled twice, and got through in small packets in between |
| `arp` | gateway | it answers nothing but address resolution: alive, unless it always said more |
| `differs` | dns | the second resolver gives other addresses |
| `errno=71`, `windows=10022`, `eai=-11`, `verify=7`, `ssl=…` | any | the number of an error that we do not know |
| `load=3900` | link | kbit/s that this PC itself moved, in the busier direction (only if ≥ 300) |
| `cpu=97`, `memory=98` | link | per cent in use (only if ≥ 90) |
"""

import re

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,3})?")


def facts(*words: str, **numbers: float | None) -> str:
    """The detail text: words as given ("" left out), then numbers (None left out)."""
    named = [f"{name}={value:.12g}" for name, value in numbers.items() if value is not None]
    return " ".join([*filter(None, words), *named])[:80]


def word(detail: str, wanted: str) -> bool:
    """Does the detail hold this word?"""
    return wanted in detail.split(" ")


def number(detail: str, name: str) -> float | None:
    """The number with this name, or None where the detail has none."""
    for part in detail.split(" "):
        left, equals, right = part.partition("=")
        if equals and left == name and _NUMBER.fullmatch(right):
            return float(right)
    return None
