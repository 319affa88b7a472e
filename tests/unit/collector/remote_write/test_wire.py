"""The bytes of remote write, read back by a reader that knows only the published field numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.remote_write.series import HELP, Series
from laaswatch_collector.remote_write.wire import FIRST_MS, LAST_MS, Protocol, encode, headers
from support.wire_reader import read_v1, read_v2

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
SERIES = st.lists(
    st.builds(
        lambda name, office, samples: Series(
            (("__name__", name), ("office", office)),
            np.array(sorted(samples), np.int64),
            np.array([samples[at] for at in sorted(samples)], np.float64),
        ),
        st.sampled_from(sorted(HELP)),
        TEXT,
        st.dictionaries(st.integers(FIRST_MS, LAST_MS), st.floats(allow_nan=False), max_size=5),
    ),
    unique_by=lambda x: x.labels,
    max_size=6,
)


def _as_told(series):
    return {x.labels: dict(zip(x.at.tolist(), x.values.tolist(), strict=True)) for x in series}


@given(SERIES)
def test_both_versions_say_what_was_meant(series):
    assert read_v1(encode(series, Protocol.V1)) == _as_told(series)
    found, told = read_v2(encode(series, Protocol.V2))
    assert found == _as_told(series)
    assert told == {x.labels: HELP[dict(x.labels)["__name__"]] for x in series}


@pytest.mark.parametrize("at", [0, -1, FIRST_MS - 1, LAST_MS + 1])
def test_a_time_that_cannot_be_written_is_refused(at):
    """Rather than written wrong."""
    one = Series((("__name__", "laaswatch_round_usable"),), np.array([at]), np.array([1.0]))
    with pytest.raises(ValueError, match="outside"):
        encode([one], Protocol.V1)


def test_each_version_names_itself():
    assert headers(Protocol.V1)["X-Prometheus-Remote-Write-Version"] == "0.1.0"
    assert headers(Protocol.V2)["Content-Type"].endswith("proto=io.prometheus.write.v2.Request")
