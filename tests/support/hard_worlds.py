"""Countries drawn at random by hypothesis, and conclusions as bytes to compare."""

from dataclasses import fields

import numpy as np
from hypothesis import strategies as st

from laaswatch_collector.timeline.conclusions import Conclusions
from support.country import (
    DNS,
    LINK,
    ROUTER,
    SITE_HTTP,
    SITE_TCP,
    UPLINK,
    country,
    office,
    pc,
)

spans = st.tuples(st.integers(540, 700), st.integers(1, 60)).map(lambda x: (x[0], x[0] + x[1]))
faults = st.tuples(spans, st.sampled_from([DNS, LINK, ROUTER, SITE_HTTP, SITE_TCP, UPLINK])).map(
    lambda x: (*x[0], x[1])
)


@st.composite
def countries(draw):
    offices, agents = [], []
    for i in range(draw(st.integers(1, 6))):
        name = f"o{i}"
        offices.append(office(name, isp=("NT", "AIS")[i % 2], province=("57", "50")[i // 2 % 2]))
        agents += [
            pc(
                f"{name}-{k}",
                name,
                200,
                faults=draw(st.lists(faults, max_size=3)),
                off=draw(st.lists(spans, max_size=2)),
                cadence=draw(st.sampled_from([60.0, 120.0])),
            )
            for k in range(draw(st.integers(1, 2)))
        ]
    return country(offices, [a for a in agents if len(a.t)])


def as_bytes(conclusions: Conclusions) -> list[object]:
    """Everything that was concluded, so that two can be compared to the byte."""
    values = [getattr(conclusions, f.name) for f in fields(conclusions)]
    return [v.tobytes() if isinstance(v, np.ndarray) else repr(v) for v in values]
