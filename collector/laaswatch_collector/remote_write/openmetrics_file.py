"""Rounds as an OpenMetrics file with timestamps, for `promtool tsdb create-blocks-from openmetrics`.

The same series and samples as remote write sends. Offices are read a few at a time and each metric is
written to a file of its own first, since a file must name each metric once; memory does not grow with the
period.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from laaswatch_collector.metrics.text import labelled
from laaswatch_collector.remote_write.series import HELP, Series, count


def write_openmetrics(path: Path, parts: Iterable[Sequence[Series]]) -> tuple[int, int]:
    """Write the file, and tell how many samples of how many series; no series may be in two parts."""
    samples = series = 0
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, contextlib.ExitStack() as stack:
        files: Mapping[str, BinaryIO] = {
            name: stack.enter_context((Path(folder) / name).open("w+b")) for name in HELP
        }
        for part in parts:
            samples += count(part)
            series += len(part)
            for one in part:
                files[dict(one.labels)["__name__"]].writelines(_lines(one))
        with path.open("wb") as whole:
            for name, text in HELP.items():
                if files[name].tell():
                    whole.write(f"# HELP {name} {text}\n# TYPE {name} gauge\n".encode())
                    files[name].seek(0)
                    shutil.copyfileobj(files[name], whole)
            whole.write(b"# EOF\n")
    return samples, series


def _lines(one: Series) -> Iterator[bytes]:
    (_, name), *labels = one.labels
    head = name + labelled(tuple(k for k, _ in labels), tuple(v for _, v in labels))
    for at, value in zip(one.at.tolist(), one.values.tolist(), strict=True):
        yield f"{head} {value} {at / 1000:.3f}\n".encode()
