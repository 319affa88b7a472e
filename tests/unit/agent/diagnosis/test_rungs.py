"""The ladder that people see, and the rung at which it broke."""

import pytest

from laaswatch_agent.diagnosis.rungs import rungs, where_it_broke
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import LAYERS, Fault, Layer, Result

OK, FAIL, SKIPPED = Result.OK, Result.FAIL, Result.SKIPPED


def ladder(**results):
    return [LayerResult(Layer(name), "", result) for name, result in results.items()]


def test_each_layer_is_one_rung_the_references_by_their_best():
    one = ProbeRound(
        0,
        0,
        Fault.SITE_TCP,
        "site_tcp",
        (
            LayerResult(Layer.REFERENCE, "a", FAIL),
            LayerResult(Layer.REFERENCE, "b", OK),
            LayerResult(Layer.TCP, "app", OK),
            LayerResult(Layer.TCP, "login", FAIL),
        ),
    )
    found = dict(rungs(one, "login"))
    assert list(found) == list(LAYERS)
    assert (found[Layer.REFERENCE].target, found[Layer.TCP].target) == ("b", "login")
    assert found[Layer.LINK] is None


BROKEN = {
    "the fault's own rung": (
        Fault.UPLINK, ladder(gateway=OK, reference=FAIL, tcp=FAIL), Layer.REFERENCE,
    ),
    "a lossy line that let the references pass": (
        Fault.UPLINK, ladder(gateway=OK, reference=OK, tcp=OK, tls=FAIL, http=SKIPPED), Layer.TLS,
    ),
    "not tried is not fine": (Fault.GATEWAY, ladder(link=OK, gateway=SKIPPED), Layer.GATEWAY),
    "nothing broke": (Fault.NONE, ladder(link=OK, http=OK), None),
    "no rung is known": (Fault.DNS, [None], Layer.DNS),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "shown", "layer"), BROKEN.values(), ids=BROKEN.keys())
def test_the_rung_that_broke(fault, shown, layer):
    assert where_it_broke(fault, shown) is layer
