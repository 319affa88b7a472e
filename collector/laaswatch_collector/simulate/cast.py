"""Who takes part: the offices of one province, their internet providers and their PCs.

Names are invented ("ตัวอย่าง" means example) and codes lie in districts 91 to 99, which no province
has, so that no real authority can be taken for one of them.
"""

from dataclasses import dataclass, replace

from laaswatch_collector.simulate.streams import stream

PROVINCE = "57"
SOURCE = "simulated"
CONTROL_CODE = "0570000"
"""The office that stands for the simulated control agent: well connected, no ledger."""

ISPS = (("NT", 0.45), ("AIS", 0.3), ("TRUE", 0.25))
OFFICES_A_DISTRICT = 12

# kind, digit of the code, Thai, English; how many of every hundred offices
_KINDS = (
    ("pao", "2", "อบจ.", "PAO", 1),
    ("city", "3", "ทน.", "City", 1),
    ("town", "4", "ทม.", "Town", 3),
    ("subdistrict", "5", "ทต.", "Subdistrict", 30),
    ("tao", "6", "อบต.", "TAO", 65),
)


@dataclass(frozen=True, slots=True)
class SimulatedOffice:
    """An invented local authority. `entries_a_day` is what its three books grow by on a usual day."""

    code: str
    name_th: str
    name_en: str
    kind: str
    district: str
    isp: str
    pcs: int
    entries_a_day: float
    province: str = PROVINCE
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class SimulatedAgent:
    """A PC with an agent. `office` is a position in the cast; the control agent has none (-1).

    `clock_off` is how far its clock is wrong, in seconds; `base_ms` its usual connect time to the
    site; `gateway_silent` means that its router never answers ping (many never do).
    """

    name: str
    office: int
    office_code: str
    label: str
    role: str
    clock_off: int
    base_ms: float
    gateway_silent: bool
    phase: int


def cast_offices(seed: int, count: int) -> tuple[SimulatedOffice, ...]:
    """The offices: mostly small, each with one provider, one to three PCs."""
    random = stream(seed, "offices")
    kinds = [kind for kind in _KINDS for _ in range(kind[4])]
    # A small province keeps the mix: every n-th of the hundred.
    chosen = [kinds[i * len(kinds) // count] for i in range(count)]
    names, shares = [name for name, _ in ISPS], [share for _, share in ISPS]
    offices = []
    for number, (kind, digit, short_th, short_en, _) in enumerate(chosen, start=1):
        district = 91 + (number - 1) // OFFICES_A_DISTRICT
        running = (number - 1) % OFFICES_A_DISTRICT + 1
        large = kind in ("pao", "city", "town")
        offices.append(
            SimulatedOffice(
                code=f"{digit}{PROVINCE}{district:02d}{running:02d}",
                name_th=f"{short_th}ตัวอย่าง {number}",
                name_en=f"Example {short_en} {number}",
                kind=kind,
                district=f"{PROVINCE}{district:02d}",
                # The first three offices show each provider once, whatever the draw.
                isp=names[number - 1] if number <= 3 else str(random.choice(names, p=shares)),
                pcs=3 if large else int(random.choice([1, 2, 3], p=[0.6, 0.35, 0.05])),
                entries_a_day=float((24 if large else 9) * random.lognormal(0, 0.3)),
            )
        )
    return tuple(offices)


def cast_agents(seed: int, offices: tuple[SimulatedOffice, ...]) -> tuple[SimulatedAgent, ...]:
    """One agent a PC; some clocks are wrong, some routers never answer."""
    random = stream(seed, "agents")
    agents: list[SimulatedAgent] = []
    for position, office in enumerate(offices):
        silent = bool(random.random() < 0.15)
        base = float(random.choice([24, 38, 60, 95]))
        agents += [
            SimulatedAgent(
                name=f"{office.code}-{pc}",
                office=position,
                office_code=office.code,
                label=f"PC {pc}",
                role="pc",
                clock_off=_clock(random.random(), random.uniform(30, 400)),
                base_ms=base,
                gateway_silent=silent,
                phase=int(random.integers(0, 300)),
            )
            for pc in range(1, office.pcs + 1)
        ]
    # Whatever the draw, one PC keeps UTC as local time: the commonest wrong clock of all.
    if len(agents) > 4:
        agents[4] = replace(agents[4], clock_off=-25_200)
    agents.append(
        SimulatedAgent("control", -1, CONTROL_CODE, "control", "control", 0, 24.0, False, 0)
    )
    return tuple(agents)


def _clock(chance: float, far: float) -> int:
    if chance < 0.88:
        return round((chance / 0.88 - 0.5) * 4)
    return round(far if chance < 0.94 else -far)
