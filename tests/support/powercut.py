"""Power cuts without pulling a plug: record what a process asked of the disk, then play every loss.

`record` runs a worker under strace. `Disk` replays the record as a disk with a cache: what was written
since the last sync of that file may be gone, there in part, or torn at a sector; names made, moved or
removed since the last sync of their folder likewise, in their order. `crash_states` draws such states.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512
_TESTS = Path(__file__).parents[1]
_PACKAGES = ("agent", "collector")
_CALLS = "openat,pwrite64,write,ftruncate,fdatasync,fsync,unlink,rename,mkdir,rmdir,close"
_LINE = re.compile(rb"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_QUOTED = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One system call that succeeded: its name, its quoted arguments, its numbers and its result."""

    name: str
    texts: tuple[bytes, ...]
    numbers: tuple[str, ...]
    result: int


def strace_works() -> bool:
    """May this machine trace its own processes?"""
    strace = shutil.which("strace")
    return (
        strace is not None
        and subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode == 0
    )


def record(script: Path, *arguments: str, root: Path, log: Path) -> list[Call]:
    """Run a Python script under strace to its end; its calls about files from the first below `root`.

    Only its first thread is seen.
    """
    path = os.pathsep.join(str(x) for x in (_TESTS, *(_TESTS.parent / n for n in _PACKAGES)))
    wanted = ["strace", "-o", str(log), "-xx", "-s", "4000000", "-e", f"trace={_CALLS}"]
    subprocess.run(
        [*wanted, sys.executable, "-B", str(script), *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    with log.open("rb") as file:
        calls = [_parsed(line) for line in file]
    log.unlink()
    done = [c for c in calls if c is not None]
    first = next(n for n, c in enumerate(done) if any(os.fsencode(root) in t for t in c.texts))
    return done[first:]  # what came before is Python loading its modules


def with_failing_calls(script: Path, folder: Path, how: str) -> bytes:
    """Run the spool's worker to its end with calls on its files refused by the kernel; what it said.

    `how` is strace's own word, such as `error=EIO:when=7` or `error=ENOSPC:when=30+`.
    """
    files = [folder / f"spool.sqlite{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
    paths = [x for file in files for x in ("-P", str(file))]
    calls = "openat,pread64,pwrite64,ftruncate,fdatasync,unlink"
    command = [sys.executable, "-B", str(script), str(folder), "spool", "right"]
    refuse = ["-e", f"trace={calls}", "-e", f"inject={calls}:{how}"]
    done = subprocess.run(
        ["strace", "-o", "/dev/null", *paths, *refuse, *command],
        check=False,
        capture_output=True,
        timeout=300,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(_TESTS), str(_TESTS.parent / "agent")]),
            "LAASWATCH_ROUNDS": "60",
        },
    )
    if done.returncode:
        raise AssertionError(done.stderr.decode(errors="replace")[-2000:])
    return done.stdout


def _parsed(line: bytes) -> Call | None:
    found = _LINE.match(line)
    if found is None or int(found[3]) < 0:
        return None
    texts = tuple(bytes.fromhex(t.replace(b"\\x", b"").decode()) for t in _QUOTED.findall(found[2]))
    bare = _QUOTED.sub(b'""', found[2]).decode()
    return Call(found[1].decode(), texts, tuple(bare.split(", ")), int(found[3]))


@dataclass(slots=True)
class File:
    """A file: what the platters have, what was written since, and whether a length was cut."""

    synced: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, data), or (length, None) for a truncation."""

    def sync(self) -> None:
        for change in self.waiting:
            _apply(self.synced, change)
        self.waiting.clear()


Step = list[tuple[bytes, "File | Folder | None"]]
"""Names of a folder that change at once; None = gone."""


@dataclass(slots=True)
class Folder:
    """A folder: the names that are durable, and the changes since (name, file or None for gone)."""

    synced: dict[bytes, "File | Folder"] = field(default_factory=dict)
    waiting: list[Step] = field(default_factory=list)

    def now(self) -> dict[bytes, "File | Folder"]:
        return self.after(len(self.waiting))

    def after(self, changes: int) -> dict[bytes, "File | Folder"]:
        names = dict(self.synced)
        for step in self.waiting[:changes]:
            for name, entry in step:
                if entry is None:
                    names.pop(name, None)
                else:
                    names[name] = entry
        return names

    def sync(self) -> None:
        self.synced = self.now()
        self.waiting.clear()


def _apply(data: bytearray, change: tuple[int, bytes | None]) -> None:
    at, written = change
    if written is None:
        data.extend(bytes(max(0, at - len(data))))
        del data[at:]
        return
    data.extend(bytes(max(0, at - len(data))))
    data[at : at + len(written)] = written


class Disk:
    """The folder `root` as the disk sees it, call by call; `said` is what the worker wrote to stdout.

    A plain write goes on where the last one of that descriptor ended: a worker may not seek. Memory-mapped
    writes (SQLite's -shm index) are not seen; that file is rebuilt at every start.
    """

    def __init__(self, root: Path) -> None:
        self.top = Folder()
        self.said = b""
        self._root = os.fsencode(root)
        self._open: dict[int, tuple[File | Folder, int]] = {}
        self._moved: list[tuple[Folder, Step, Folder, File | Folder]] = []

    def play(self, call: Call) -> None:
        getattr(self, f"_{call.name}")(call)

    # ------------------------------------------------------------------ system calls
    def _openat(self, call: Call) -> None:
        self._open.pop(call.result, None)
        entry = self._find(call.texts[0])
        if entry is None:
            slot = self._slot(call.texts[0])
            if slot is None:
                return
            entry = File()
            slot[0].waiting.append([(slot[1], entry)])
        elif isinstance(entry, File) and "O_TRUNC" in call.numbers[2]:
            entry.waiting.append((0, None))
        self._open[call.result] = (entry, 0)

    def _close(self, call: Call) -> None:
        self._open.pop(int(call.numbers[0]), None)

    def _write(self, call: Call) -> None:
        number = int(call.numbers[0])
        data = call.texts[0][: call.result]
        if number == 1:
            self.said += data
        elif number in self._open:
            file, at = self._open[number]
            assert isinstance(file, File)
            file.waiting.append((at, data))
            self._open[number] = (file, at + len(data))

    def _pwrite64(self, call: Call) -> None:
        entry = self._open.get(int(call.numbers[0]))
        if entry is not None and isinstance(entry[0], File):
            entry[0].waiting.append((int(call.numbers[3]), call.texts[0][: call.result]))

    def _ftruncate(self, call: Call) -> None:
        entry = self._open.get(int(call.numbers[0]))
        if entry is not None and isinstance(entry[0], File):
            entry[0].waiting.append((int(call.numbers[1]), None))

    def _fsync(self, call: Call) -> None:
        entry = self._open.get(int(call.numbers[0]))
        if entry is not None:
            entry[0].sync()

    _fdatasync = _fsync

    def _unlink(self, call: Call) -> None:
        slot = self._slot(call.texts[0])
        if slot is not None:
            slot[0].waiting.append([(slot[1], None)])

    _rmdir = _unlink

    def _mkdir(self, call: Call) -> None:
        slot = self._slot(call.texts[0])
        if slot is not None:
            slot[0].waiting.append([(slot[1], Folder())])

    def _rename(self, call: Call) -> None:
        source, target = self._slot(call.texts[0]), self._slot(call.texts[1])
        if source is None or target is None:
            return
        entry = source[0].now()[source[1]]
        if source[0] is target[0]:  # one step of one folder: never both names, never none
            source[0].waiting.append([(source[1], None), (target[1], entry)])
        else:
            target[0].waiting.append([(target[1], entry)])
            source[0].waiting.append([(source[1], None)])
            self._moved.append((source[0], source[0].waiting[-1], target[0], entry))

    def _find(self, path: bytes) -> File | Folder | None:
        """What lies at a path, or None where nothing does or it is outside the root."""
        if path == self._root:
            return self.top
        if not path.startswith(self._root + b"/"):
            return None
        found: File | Folder | None = self.top
        for part in path[len(self._root) + 1 :].split(b"/"):
            found = found.now().get(part) if isinstance(found, Folder) else None
        return found

    def _slot(self, path: bytes) -> tuple[Folder, bytes] | None:
        """The folder that holds a name, and the name; None outside the root."""
        folder, _, name = path.rpartition(b"/")
        holder = self._find(folder)
        return (holder, name) if isinstance(holder, Folder) else None

    # ------------------------------------------------------------------ the cut
    def cut(self, into: Path, mode: str, dice: Random) -> None:
        """Write to `into` what a power cut now might leave: `mode` is dropped, subset, prefix or torn."""
        views: dict[int, dict[bytes, File | Folder]] = {}
        for folder in self._folders(self.top):
            views[id(folder)] = folder.after(self._durable(folder, mode, dice, views))
        _lay_out(self.top, views, into, mode, dice)

    def _durable(
        self,
        folder: Folder,
        mode: str,
        dice: Random,
        views: dict[int, dict[bytes, "File | Folder"]],
    ) -> int:
        """How many of the waiting changes of a folder made it.

        What was moved to another folder is gone from here only if it arrived there: no file system
        loses a file by a rename.
        """
        count = 0 if mode == "dropped" else dice.randint(0, len(folder.waiting))
        for source, step, target, entry in self._moved:
            if source is folder and any(step is s for s in folder.waiting[:count]):
                there = views.get(id(target), target.synced)
                if not any(entry is e for e in there.values()):
                    count = next(n for n, s in enumerate(folder.waiting) if s is step)
        return count

    def _folders(self, folder: Folder) -> list[Folder]:
        """Every folder below, the inner ones first."""
        seen: dict[int, Folder | File] = {}
        for names in (folder.synced, *(dict(step) for step in folder.waiting)):
            seen.update({id(e): e for e in names.values() if e is not None})
        inner = [f for e in seen.values() if isinstance(e, Folder) for f in self._folders(e)]
        return [*inner, folder]


def _lay_out(
    folder: Folder,
    views: dict[int, dict[bytes, "File | Folder"]],
    into: Path,
    mode: str,
    dice: Random,
) -> None:
    into.mkdir()
    for name, entry in views[id(folder)].items():
        path = into / os.fsdecode(name)
        if isinstance(entry, Folder):
            _lay_out(entry, views, path, mode, dice)
        else:
            path.write_bytes(_survived(entry, mode, dice))


def _survived(file: File, mode: str, dice: Random) -> bytes:
    data = bytearray(file.synced)
    changes = file.waiting
    if mode == "dropped":
        changes = []
    elif mode in ("prefix", "torn"):
        changes = changes[: dice.randint(0, len(changes))]
    elif mode == "subset":
        changes = [c for c in changes if dice.random() < 0.5]
    for n, change in enumerate(changes):
        written = change[1]
        if mode != "torn" or written is None or n < len(changes) - 1:
            _apply(data, change)
            continue
        for at in range(0, len(written), SECTOR):  # the last write: any of its sectors
            if dice.random() < 0.5:
                _apply(data, (change[0] + at, written[at : at + SECTOR]))
    return bytes(data)


MODES = ("dropped", "subset", "prefix", "torn")


def crash_states(
    calls: list[Call], root: Path, into: Path, count: int, seed: int
) -> Iterator[tuple[str, Path, bytes]]:
    """`count` states at random moments: (what was cut where, the folder, what had been said by then).

    Each folder is removed when the next state is asked for.
    """
    dice = Random(seed)
    disk, played = Disk(root), 0
    for n, moment in enumerate(sorted(dice.choices(range(1, len(calls) + 1), k=count))):
        while played < moment:
            disk.play(calls[played])
            played += 1
        mode = MODES[n % len(MODES)]
        place = into / f"state-{n}"
        disk.cut(place, mode, dice)
        yield f"state {n} ({mode} after call {moment})", place, disk.said
        shutil.rmtree(place)
