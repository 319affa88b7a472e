"""The families of `/metrics/offices`: single offices, for those who want them; never a PC. Pure."""

from collections.abc import Iterator, Mapping

from laaswatch_agent.report.vocabulary import State
from laaswatch_collector.metrics.labels import isp_label
from laaswatch_collector.metrics.text import Family, labelled
from laaswatch_collector.server.live import Live
from laaswatch_collector.store.views.office_figures import OfficeFigures

LABELS = ("province", "isp", "office")
_ROUNDED = {State.UP: 1.0, State.DEGRADED: 0.5, State.DOWN: 0.0}


def families(live: Live, known: Mapping[str, OfficeFigures], month: str) -> Iterator[Family]:
    """Families over these offices. An office that is not heard has no state: its series end."""
    own = {
        code: labelled(LABELS, (x.province, isp_label(x.isp), code)) for code, x in known.items()
    }
    seen = {code: x for code, x in live.view.offices.items() if code in own}
    yield _family(
        "office_info",
        "The office's names; always 1.",
        (
            (labelled((*LABELS, "name_th", "name_en"), (x.province, isp_label(x.isp), code, x.name_th, x.name_en)), 1)
            for code, x in known.items()
        ),
    )  # fmt: skip
    yield _family(
        "office_usable",
        "Whether the office can use the site now: 1, 0.5 with trouble, 0 not; absent if it is not heard.",
        ((own[c], _ROUNDED[x.state]) for c, x in seen.items() if x.state in _ROUNDED),
    )
    yield _family(
        "office_pcs",
        "PCs of the office that are enrolled.",
        ((own[c], x.agents) for c, x in seen.items()),
    )
    yield _family(
        "office_pcs_heard",
        "PCs of the office whose newest round speaks about now.",
        ((own[c], x.fresh) for c, x in seen.items()),
    )
    yield _family(
        "office_last_report_timestamp_seconds",
        "When the office was last heard.",
        ((own[c], x.last_received) for c, x in seen.items() if x.last_received is not None),
    )
    yield _family(
        "office_fault",
        "What is wrong now, and whose fault it seems to be; always 1, absent if nothing is.",
        (
            (f'{own[c][:-1]},fault="{x.fault}",scope="{x.scope or "none"}"}}', 1)
            for c, x in seen.items()
            if x.state in (State.DOWN, State.DEGRADED)
        ),
    )
    yield _family(
        "office_late_entries",
        "Late ledger entries of the newest month by what explains them.",
        (
            (f'{own[c][:-1]},month="{month}",verdict="{verdict}"}}', count)
            for c, x in known.items()
            for verdict, count in sorted(x.late.items())
        ),
    )


def _family(name: str, text: str, samples: Iterator[tuple[str, float]]) -> Family:
    return Family(f"laaswatch_{name}", "gauge", text, list(samples))
