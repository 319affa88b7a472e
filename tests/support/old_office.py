"""Files of Excel before 2007 and of workbooks with a password, made byte by byte: a compound file."""

import struct

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def old_workbook(*rows):
    """A BIFF8 workbook (.xls of Excel 97 to 2003) with one sheet of texts."""
    cells = b"".join(
        _record(0x0204, struct.pack("<HHHHB", r, c, 0, len(text), 1) + text.encode("utf-16-le"))
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    )
    end = _record(0x000A, b"")
    size = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + size + cells + end
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    at = len(begin) + 4 + 14 + len(end)
    named = _record(0x0085, struct.pack("<IHBB", at, 0, 6, 0) + b"Sheet1")
    return compound({"Workbook": begin + named + end + sheet})


def oldest_workbook():
    """A bare BIFF2 stream, as Excel 2 wrote it."""
    return (
        _record(0x0009, struct.pack("<HH", 0x0002, 0x0010))
        + _record(0x0004, struct.pack("<HH", 0, 0) + b"\x00\x00\x00\x03R-1")
        + _record(0x000A, b"")
    )


def locked_workbook():
    """What Excel writes when a password is asked to open: the workbook is one encrypted stream."""
    return compound(
        {"EncryptionInfo": b"\x04\x00\x04\x00" + b"\x40" * 60, "EncryptedPackage": b"\x99" * 5000}
    )


def compound(streams):
    """A compound file (OLE2) with these streams, each in sectors of its own."""
    sectors, chains, starts = [], [], []
    for data in streams.values():
        size = max(4096, -(-len(data) // _SECTOR) * _SECTOR)  # smaller ones would lie elsewhere
        starts.append(len(sectors))
        padded = data.ljust(size, b"\x00")
        sectors += [padded[n : n + _SECTOR] for n in range(0, size, _SECTOR)]
        chains += [*range(starts[-1] + 1, len(sectors)), _END]
    first = len(sectors)
    names = [("Root Entry", 5, _END, 0, 1 if streams else _FREE)]
    names += [
        (name, 2, start, max(4096, len(data)), _FREE)
        for (name, data), start in zip(streams.items(), starts, strict=True)
    ]
    entries = b""
    for n, (name, kind, start, size, child) in enumerate(names):
        right = n + 1 if 0 < n < len(names) - 1 else _FREE
        entries += name.encode("utf-16-le").ljust(64, b"\x00")
        entries += struct.pack("<HBBIII", len(name) * 2 + 2, kind, 1, _FREE, right, child)
        entries += b"\x00" * 36 + struct.pack("<IQ", start, size)
    entries = entries.ljust(-(-len(entries) // _SECTOR) * _SECTOR, b"\x00")
    sectors += [entries[n : n + _SECTOR] for n in range(0, len(entries), _SECTOR)]
    chains += [*range(first + 1, len(sectors)), _END]
    chains.append(_FAT)
    table = struct.pack("<128I", *chains, *[_FREE] * (128 - len(chains)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    header += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, first, 0, 4096, _END, 0, _END, 0
    )
    header += struct.pack("<109I", len(sectors), *[_FREE] * 108)
    return header + b"".join(sectors) + table


def _record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data
