"""The metrics file: labels from closed lists, no sample for what is not known."""

import re

from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result
from laaswatch_agent.spool_tables import SpoolCounts
from laaswatch_agent.textfile import textfile
from support.agents import START, a_round

COUNTS = SpoolCounts(3, 2, 9, 1234, 0, START)


def samples(text):
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name not in found
            found[name] = float(value)
    return found


def test_the_last_round_in_numbers():
    """State and fault are one-hot, layers say ok or not, times are in seconds."""
    found = samples(textfile(a_round(0, Fault.SITE_HTTP), COUNTS, START, 4))
    assert found['laaswatch_agent_state{state="down"}'] == 1
    assert sum(v for k, v in found.items() if k.startswith("laaswatch_agent_state")) == 1
    assert found['laaswatch_agent_fault{fault="site_http"}'] == 1
    assert found['laaswatch_agent_layer_ok{layer="http",role="login"}'] == 0
    assert found['laaswatch_agent_layer_seconds{layer="dns",role="login"}'] == 0.0125
    assert found["laaswatch_agent_round_timestamp_seconds"] == START / 1000
    assert found["laaswatch_agent_unsaved_rounds"] == 4
    assert found["laaswatch_agent_contact_timestamp_seconds"] == START / 1000


def test_what_is_not_known_is_absent():
    """No contact yet: no sample, and never a zero that looks like 1970."""
    assert "contact" not in textfile(a_round(), COUNTS, None)


def test_names_never_become_labels():
    """References share one label set, whatever they are called; skipped layers have no sample."""
    layers = [
        LayerResult(Layer.REFERENCE, f"ref-{n}", Result.OK if n == 3 else Result.FAIL, Reason.NONE)
        for n in range(9)
    ]
    layers.append(LayerResult(Layer.TLS, "odd-role", Result.SKIPPED, Reason.DEADLINE))
    text = textfile(ProbeRound(START, 1, Fault.NONE, "r", tuple(layers)), COUNTS, None)
    assert samples(text)['laaswatch_agent_layer_ok{layer="reference",role="reference"}'] == 1
    assert not re.search(r"ref-\d|odd-role|layer=\"tls", text)
