"""The one thing we read in a certificate that the system does not trust: who signed it."""

_SEQUENCE, _SET, _VERSION = 0x30, 0x31, 0xA0
_ORGANISATION = bytes.fromhex("06 03 55 04 0a")
_COMMON_NAME = bytes.fromhex("06 03 55 04 03")


def issuer_of(der: bytes) -> tuple[str, ...]:
    """The organisation and common name of a certificate's issuer, as far as they are there."""
    try:
        _, certificate, _ = _element(der, 0)
        _, signed, _ = _element(certificate, 0)
        at = 0
        tag, _, after = _element(signed, at)
        if tag == _VERSION:
            at = after
        for _ in range(2):  # the serial number, the signature's algorithm
            _, _, at = _element(signed, at)
        tag, issuer, _ = _element(signed, at)
        return _names(issuer) if tag == _SEQUENCE else ()
    except IndexError:
        return ()


def _names(issuer: bytes) -> tuple[str, ...]:
    found = []
    at = 0
    while at < len(issuer):
        tag, part, at = _element(issuer, at)
        if tag != _SET:
            continue
        _, pair, _ = _element(part, 0)
        if pair.startswith((_ORGANISATION, _COMMON_NAME)):
            _, text, _ = _element(pair, len(_ORGANISATION))
            found.append(text.decode("utf-8", errors="replace"))
    return tuple(found)


def _element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and end of the DER element at `at`; IndexError where it is cut."""
    tag, length = data[at], data[at + 1]
    start = at + 2
    if length & 0x80:
        count = length & 0x7F
        start += count
        length = int.from_bytes(data[at + 2 : start], "big")
    end = start + length
    if end > len(data):
        raise IndexError(end)
    return tag, data[start:end], end
