"""Check an evidence bundle without the collector, without its packages, and without believing anybody.

    python verify.py BUNDLE.zip [--code XXXX-XXXX-XXXX] [--receipt FILE] [--key KEY]

This one file needs nothing but Python 3.11. Take it from a release of laaswatch that you trust, not from the
bundle alone: whoever could forge the one could forge the other. `python -m laaswatch_collector.offline`
is the same program. Exit 0: everything follows from the checkpoint; 1: something does not; 2: no bundle.

A bundle is a ZIP file:

    checkpoint.txt       the log's checkpoint: origin, leaves, root (base64); signatures, where it is signed
    leaves.jsonl         leaves of the log, each with its position and the proof that it is under that root
    reports/….jsonl      the reports of one life of one PC's spool: sealed lines, when they arrived
    month.jsonl          the office's entries of the month, and what is said of each
    documents/CODE.json  the facts behind a check code
    consistency.jsonl    older checkpoints (of reports and receipts), each with the proof that it lies on this log
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST_BYTES = 2 * 1024**3
"""That a bundle may unpack to."""
BEACON = re.compile(r"(?<![0-9.])([1-9][0-9]{0,14})\.([0-9a-f]{64})(?![0-9a-f])")
NOTE = re.compile(r"^[A-Za-z0-9._:/-]{1,120}\n([0-9]{1,15})\n([A-Za-z0-9+/]{43}=)$", re.MULTILINE)
TEXTS = {
    "not_in_log": "ใบบันทึกไม่อยู่ใต้จุดตรวจสอบ · a leaf is not under the checkpoint",
    "not_on_log": "จุดตรวจสอบเก่าไม่อยู่บนบันทึกเดียวกัน · an older checkpoint does not lie on this log",
    "receipt_differs": "ใบรับไม่ตรงกับบันทึกนี้ ประวัติถูกเขียนใหม่ · a receipt is of another log: its past was rewritten",
    "receipt_unknown": "ไม่มีข้อพิสูจน์สำหรับใบรับนี้ ขอชุดหลักฐานใหม่ที่ทำด้วย --receipt · no proof for this receipt here, ask for a bundle made with --receipt",
    "key_differs": "จุดตรวจสอบไม่ได้ลงลายมือชื่อด้วยกุญแจนี้ · the checkpoint is not signed with this key",
    "beacon_differs": "จุดตรวจสอบในรายงานไม่อยู่บนบันทึกนี้ · a report names a checkpoint that is not on this log",
    "report_altered": "รายงานถูกแก้ไข หาย หรือถูกเพิ่ม · a day's reports are not those of its leaf",
    "chain_broken": "สายของรายงานขาด · the chain of reports is broken",
    "day_without_leaf": "รายงานของวันนี้ไม่มีใบบันทึก · a day's reports have no leaf",
    "day_without_reports": "มีใบบันทึกแต่ไม่มีรายงาน (อาจเก่าเกินระยะเก็บ) · a leaf, but no reports (perhaps too old to be kept)",
    "month_altered": "รายการบัญชีของเดือนไม่ตรงกับใบบันทึก · the month's entries are not those of the leaf",
    "document_altered": "ข้อเท็จจริงของเอกสารถูกแก้ไข · a document's facts are not those of its code and leaf",
    "code_unknown": "รหัสตรวจสอบนี้ไม่อยู่ในชุดหลักฐาน · this check code is not in the bundle",
}  # fmt: skip
NO_FAULT = frozenset({"day_without_reports", "receipt_unknown"})
"""Findings that accuse nobody; they are told."""


class Found(NamedTuple):
    """A finding: a word of TEXTS, and of what."""

    what: str
    of: str


class Result(NamedTuple):
    """Counts of what was checked, and everything that was found."""

    counts: dict[str, int]
    found: list[Found]

    @property
    def whole(self) -> bool:
        """Whether everything follows from the checkpoint."""
        return all(x.what in NO_FAULT for x in self.found)


def check(path: Path, code: str = "", receipts: str = "", keys: Sequence[str] = ()) -> Result:
    """Check a bundle; `receipts`: the text of files with checkpoints. Raises ValueError if it is none.

    `keys`: the log's public keys (name+id+key), as they were kept elsewhere; one of them must have signed.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            if sum(x.file_size for x in bundle.infolist()) > MOST_BYTES:
                raise ValueError("too large")
            return _check(bundle, code, receipts, keys)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise ValueError(f"not a bundle: {error}") from error


def _check(bundle: zipfile.ZipFile, code: str, receipts: str, keys: Sequence[str]) -> Result:
    note = bundle.read("checkpoint.txt").decode()
    size, root = _checkpoint(note)
    found: list[Found] = []
    signed = [key for key in keys if signed_with(note, key)]
    if keys and not signed:
        found.append(Found("key_differs", str(size)))
    leaves = _leaves(bundle, size, root, found)
    older = _older(bundle, size, root, found) | {size: root}
    reports = _reports(bundle, leaves, older, found)
    rows = _month(bundle, leaves, found)
    codes = _documents(bundle, leaves, found)
    if code and read_code(code) not in codes:
        found.append(Found("code_unknown", code))
    kept = list(_told(receipts))
    for number, other in kept:
        if number not in older:
            found.append(Found("receipt_unknown", str(number)))
        elif older[number] != other:
            found.append(Found("receipt_differs", str(number)))
    counts = {
        "log": size, "leaves": len(leaves), "reports": reports, "entries": rows,
        "documents": len(codes), "older_checkpoints": len(older) - 1, "receipts": len(kept),
        "signatures": len(signed),
    }  # fmt: skip
    return Result(counts, found)


def _leaves(
    bundle: zipfile.ZipFile, size: int, root: bytes, found: list[Found]
) -> list[dict[str, Any]]:
    """What the leaves say that are under the root."""
    said = []
    for one in _lines(bundle, "leaves.jsonl"):
        proof = [bytes.fromhex(x) for x in one["proof"]]
        leaf = hashlib.sha256(b"\x00" + one["body"].encode()).digest()
        if includes(leaf, one["position"], size, proof, root):
            said.append(json.loads(one["body"]))
        else:
            found.append(Found("not_in_log", str(one["position"])))
    return said


def _older(bundle: zipfile.ZipFile, size: int, root: bytes, found: list[Found]) -> dict[int, bytes]:
    """By size, the roots of older checkpoints that lie on this log."""
    good = {}
    for one in _lines(bundle, "consistency.jsonl"):
        proof, old = [bytes.fromhex(x) for x in one["proof"]], bytes.fromhex(one["root"])
        if continues(one["size"], size, proof, old, root):
            good[one["size"]] = old
        else:
            found.append(Found("not_on_log", str(one["size"])))
    return good


def _reports(
    bundle: zipfile.ZipFile,
    leaves: Sequence[dict[str, Any]],
    older: dict[int, bytes],
    found: list[Found],
) -> int:
    """How many reports there are; each day's must be those of its newest leaf."""
    wanted = {
        _day_of(x): x for x in leaves if x["kind"] == "agent_day"
    }  # the newest of each is last
    count = 0
    for name in sorted(x for x in bundle.namelist() if x.startswith("reports/")):
        days: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for one in _lines(bundle, name):
            days.setdefault((one["day"], one["agent"], one["incarnation"]), []).append(one)
            count += 1
            for number, root in _told(json.loads(one["line"])["beacon"]):
                if older.get(number) != root:
                    found.append(Found("beacon_differs", f"{name} {one['seq']}"))
        before: tuple[int, str] | None = None
        for key in sorted(days):
            leaf = wanted.pop(key, None)
            if leaf is None:
                found.append(Found("day_without_leaf", " ".join(key)))
            elif _day_digest(days[key]) != (leaf["sha256"], leaf["reports"], leaf["head"]):
                found.append(Found("report_altered", " ".join(key)))
        for one in sorted((x for day in days.values() for x in day), key=lambda x: int(x["seq"])):
            report, sha256 = json.loads(one["line"]), _sha256(one["line"])
            follows = before is not None and report["seq"] == before[0] + 1
            if report["seq"] != one["seq"] or (
                follows and before and report["previous"] != before[1]
            ):
                found.append(Found("chain_broken", f"{name} {one['seq']}"))
            before = (report["seq"], sha256)
    found += [Found("day_without_reports", " ".join(key)) for key in sorted(wanted)]
    return count


def _day_of(leaf: dict[str, Any]) -> tuple[str, str, str]:
    return leaf["day"], leaf["agent"], leaf["incarnation"]


def _day_digest(day: Sequence[dict[str, Any]]) -> tuple[str, int, str]:
    """As the leaf has it: digest of the receipts by their numbers, how many, the last one's hash."""
    rows = sorted(day, key=lambda x: int(x["seq"]))
    receipts = [
        [x["seq"], _sha256(x["line"]), x["received"], x["sent"], x["mono"], x["boot"]] for x in rows
    ]
    lines = (json.dumps(x, separators=(",", ":")) for x in receipts)
    return _digest(lines), len(rows), _sha256(rows[-1]["line"])


def _month(bundle: zipfile.ZipFile, leaves: Sequence[dict[str, Any]], found: list[Found]) -> int:
    """How many entries there are; they must be those of the newest leaf."""
    rows = bundle.read("month.jsonl").decode().splitlines()
    months = [x for x in leaves if x["kind"] == "office_month"]
    if months and (months[-1]["rows"], months[-1]["sha256"]) != (len(rows), _digest(rows)):
        found.append(Found("month_altered", months[-1]["month"]))
    if not months and rows:
        found.append(Found("month_altered", "?"))
    return len(rows)


def _documents(
    bundle: zipfile.ZipFile, leaves: Sequence[dict[str, Any]], found: list[Found]
) -> set[str]:
    """The codes of documents whose facts are whole."""
    kept = {x["code"]: x["sha256"] for x in leaves if x["kind"] == "document"}
    good = set()
    for name in bundle.namelist():
        if not name.startswith("documents/"):
            continue
        code = name.removeprefix("documents/").removesuffix(".json")
        sha256 = hashlib.sha256(bundle.read(name)).digest()
        if kept.get(code) == sha256.hex() and code_of(sha256) == code:
            good.add(code)
        else:
            found.append(Found("document_altered", code))
    return good


def includes(leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof lead from a leaf's hash to the root? (RFC 9162 §2.1.3.2)"""
    if not 0 <= position < size:
        return False
    at, last, found = position, size - 1, leaf
    for beside in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = _node(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def continues(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Does the proof show that the older tree is the beginning of the newer one? (RFC 9162 §2.1.4.2)"""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = _node(beside, before), _node(beside, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = _node(after, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def signed_with(note: str, key: str) -> bool:
    """Whether a signed note bears this key's signature. Raises ValueError for what is no key (c2sp.org/signed-note)."""
    name, number, encoded = (*key.strip().split("+", 2), "", "")[:3]
    public = base64.b64decode(encoded, validate=True)
    own = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    if len(public) != 33 or public[:1] != b"\x01" or own.hex() != number:
        raise ValueError(f"no key: {key}")
    text, empty, lines = note.rpartition("\n\n")
    for line in lines.split("\n") if empty else ():
        said = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]{91}=)", line)
        if said is not None and said[1] == name:
            signed = base64.b64decode(said[2])
            if signed[:4] == own:
                return signature_holds(public[1:], f"{text}\n".encode(), signed[4:])
    return False


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the key's Ed25519 signature, by the library `cryptography` where it is there."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return ed25519_holds(public, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# Ed25519 as RFC 8032 has it; checking only, so nothing here is secret. Points are (X, Y, Z, T), x = X/Z, y = Y/Z.
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """The same in Python alone, in some milliseconds."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, scalar = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or scalar >= _ORDER:
        return False
    told = hashlib.sha512(signature[:32] + public + message).digest()
    digest = int.from_bytes(told, "little") % _ORDER
    # R = [scalar] base - [digest] key, both at once
    base = _BASE
    away = (-key[0] % _P, key[1], key[2], -key[3] % _P)
    steps = {(1, 0): base, (0, 1): away, (1, 1): _sum(base, away)}
    found: _Point = (0, 1, 1, 0)
    for bit in range(253, -1, -1):
        found = _sum(found, found)
        step = (scalar >> bit & 1, digest >> bit & 1)
        found = _sum(found, steps[step]) if step in steps else found
    return _spelled(found) == signature[:32]


def _sum(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point(spelled: bytes) -> "_Point | None":
    """The point of this spelling; None where there is none."""
    number = int.from_bytes(spelled, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _spelled(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE: _Point = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
    1,
    46827403850823179245072216630277197565144205554125654976674165829533817101731,
)


def code_of(sha256: bytes) -> str:
    """The check code of facts with this hash: XXXX-XXXX-XXXX."""
    number = int.from_bytes(sha256[:7], "big") >> 1
    text = "".join(ALPHABET[number >> 5 * n & 31] for n in reversed(range(11)))
    text += ALPHABET[_times_x(_remainder(text))]
    return "-".join(text[n : n + 4] for n in range(0, 12, 4))


def read_code(typed: str) -> str:
    """The code that was typed, as printed."""
    text = typed.upper().translate(str.maketrans("OIL๐๑๒๓๔๕๖๗๘๙", "0110123456789", " -–—."))
    return "-".join(text[n : n + 4] for n in range(0, len(text), 4))


def _remainder(text: str) -> int:
    value = 0
    for character in text:
        value = _times_x(value) ^ ALPHABET.index(character)
    return value


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _checkpoint(text: str) -> tuple[int, bytes]:
    for number, root in _told(text):
        return number, root
    raise ValueError("not a bundle: checkpoint.txt has no checkpoint")


def _told(text: str) -> Iterator[tuple[int, bytes]]:
    """Size and root of every checkpoint in a text, in both its spellings."""
    text = text.replace("\\n", "\n").replace('"', "\n")  # a note within JSON
    for note in NOTE.finditer(text):
        root = base64.b64decode(note[2])
        if base64.b64encode(root).decode() == note[2]:  # no second spelling of the same root
            yield int(note[1]), root
    for beacon in BEACON.finditer(text):
        yield int(beacon[1]), bytes.fromhex(beacon[2])


def _lines(bundle: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    for line in bundle.read(name).decode().splitlines():
        yield json.loads(line)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(lines: Iterable[str]) -> str:
    found = hashlib.sha256()
    for line in lines:
        found.update(line.encode() + b"\n")
    return found.hexdigest()


def _keys(given: str) -> list[str]:
    """The keys in a file, or the key itself."""
    text = Path(given).read_text(encoding="utf-8") if Path(given).is_file() else given
    return re.findall(r"[^\s+\"]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}", text) or [given]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the bundle that the arguments name, say what was found."""
    for stream in (sys.stdout, sys.stderr):  # old Windows consoles: Thai must not end the program
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(description="ตรวจชุดหลักฐาน · check an evidence bundle")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--code", default="", help="รหัสตรวจสอบบนเอกสาร · a document's check code")
    parser.add_argument(
        "--receipt", type=Path, action="append", default=[], help="ใบรับ · a file with checkpoints"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        help="กุญแจสาธารณะ หรือไฟล์ · the log's public key, or a file",
    )
    options = parser.parse_args(arguments)
    try:
        keys = [x for given in options.key for x in _keys(given)]
        receipts = "\n\n".join(
            x.read_text(encoding="utf-8", errors="replace") for x in options.receipt
        )
        result = check(options.bundle, options.code, receipts, keys)
    except (OSError, ValueError) as error:
        print(f"อ่านชุดหลักฐานไม่ได้ · cannot be read: {error}")
        return 2
    print("  ".join(f"{name}={count}" for name, count in result.counts.items()))
    for one in result.found[:50]:
        print(f"  {TEXTS[one.what]}: {one.of}")
    print(
        "ครบถ้วน ทุกอย่างสืบได้จากจุดตรวจสอบ · whole: everything follows from the checkpoint"
        if result.whole
        else "ไม่ครบถ้วน พบสิ่งที่ถูกแก้ไข · not whole: something was altered"
    )
    return 0 if result.whole else 1


if __name__ == "__main__":
    sys.exit(main())
