"""The text that scrapers read: checked by the parsers of the client library, which know both formats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_plain

from laaswatch_collector.metrics.text import Exemplar, Family, bucketed, counter, gauge, render


def _read(families, *, openmetrics):
    text = render(families, openmetrics=openmetrics)
    return list(read_openmetrics(text + "# EOF\n") if openmetrics else read_plain(text))


@pytest.mark.parametrize("openmetrics", [False, True])
@given(st.dictionaries(st.tuples(st.text(max_size=8), st.text(max_size=8)), st.integers(0, 9)))
def test_any_label_comes_back_as_it_was(openmetrics, values):
    """Quotes, backslashes and line feeds in a registry's text break nothing."""
    # The client library's own reader of OpenMetrics splits lines at every kind of line end.
    values = {k: v for k, v in values.items() if "".join(k).isprintable() or not openmetrics}
    values = {
        k: v
        for k, v in values.items()
        if not set("".join(k)) & set("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    }
    families = _read(
        [gauge("x", 'a "help"\nin \\ two', ("a", "b"), values)], openmetrics=openmetrics
    )
    found = {(s.labels["a"], s.labels["b"]): s.value for f in families for s in f.samples}
    assert found == values


def test_counters_end_in_total_in_both_formats():
    """The family's own name has the suffix in the old format only."""
    family = counter("seen", "Seen.", ("isp",), {("NT",): 3})
    assert render([family], openmetrics=False).splitlines()[1:] == [
        "# TYPE laaswatch_seen_total counter",
        'laaswatch_seen_total{isp="NT"} 3',
    ]
    assert render([family], openmetrics=True).splitlines()[1:] == [
        "# TYPE laaswatch_seen counter",
        'laaswatch_seen_total{isp="NT"} 3',
    ]


def test_a_bucket_carries_its_case():
    """OpenMetrics has exemplars; the old format has the same figures without them."""
    samples = bucketed(("scope",), ("isp",), ("1.0", "+Inf"), (2, 1), 7.5)
    key = samples[0][0]
    family = Family(
        "d_seconds", "gaugehistogram", "Long.", samples, {key: Exemplar({"outage": "o-1"}, 0.5, 9)}
    )
    (read,) = _read([family], openmetrics=True)
    assert read.type == "gaugehistogram"
    told = [(s.name, s.labels.get("le"), s.value) for s in read.samples]
    assert told == [
        ("d_seconds_bucket", "1.0", 2),
        ("d_seconds_bucket", "+Inf", 3),
        ("d_seconds_gsum", None, 7.5),
        ("d_seconds_gcount", None, 3),
    ]
    assert read.samples[0].exemplar.labels == {"outage": "o-1"}
    (plain,) = _read([family], openmetrics=False)
    assert plain.type == "histogram"
    assert [s.value for s in plain.samples] == [2, 3, 7.5, 3]


def test_a_family_without_samples_is_left_out():
    """What is not known is absent."""
    assert render([gauge("x", "X.", ("a",), {})], openmetrics=False) == ""
