"""The site, the provinces, closures and the calendar."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.server.api import asking
from laaswatch_collector.server.api.endpoint import Asked, Endpoint, Look, Page
from laaswatch_collector.server.api.shapes import (
    DeclaredClosure,
    Province,
    Site,
    SitePart,
    WorkingDay,
)
from laaswatch_collector.server.live import is_fresh, parts_of_site
from laaswatch_collector.server.routes.pages_shared import calendar_of, month_days, own_part
from laaswatch_collector.store.closures import list_closures
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.offices import office_codes
from laaswatch_collector.store.views.pages_of import late_by_province, provinces_of
from laaswatch_collector.worktime.provinces import PROVINCES

_CANNOT_TELL = ("no_evidence", "pending", "undetermined")


def site(look: Look, asked: Asked) -> Site | None:
    """The site now, and the offices that one may see."""
    live = look.live
    if live is None:
        return None
    codes = office_codes(look.connection, asked.part)
    states = Counter(str(x.state) for code, x in live.view.offices.items() if code in codes)
    heard = states["up"] + states["degraded"] + states["down"]
    undecided = str(live.view.site_scope) == "undecided"
    return Site(
        state="undecided" if undecided else live.view.site_state.value,
        controls=sum(is_fresh(x, look.now) for x in live.controls),
        offices_up=states["up"],
        offices_degraded=states["degraded"],
        offices_down=states["down"],
        offices_not_heard=len(codes) - heard,
        parts=tuple(
            SitePart(
                role=x.role,
                result=str(x.result.result),
                layer=str(x.result.layer),
                reason=str(x.result.reason),
                ms=x.result.ms,
                checked=x.checked_at,
            )
            for x in parts_of_site(live, look.now)
        ),
    )


def provinces(look: Look, asked: Asked) -> Page:
    """Every province that one may see, with its offices now and its late entries of a month."""
    part: Resource = asked.part
    month = asked["month"] or max(months_of(look.connection, part), default="")
    late = late_by_province(look.connection, part, month)
    view = look.live.view.offices if look.live else {}
    found = []
    for code, codes in sorted(provinces_of(look.connection, part).items()):
        states = Counter(str(view[x].state) if x in view else "unknown" for x in codes)
        verdicts = late.get(code, {})
        names = PROVINCES.get(code)
        found.append(
            Province(
                province=code,
                name_th=names.name_th if names else code,
                name_en=names.name_en if names else code,
                offices=len(codes),
                up=states["up"],
                degraded=states["degraded"],
                down=states["down"],
                unknown=states["unknown"],
                month=month,
                late=sum(verdicts.values()),
                explained=verdicts.get("explained", 0),
                partly=verdicts.get("partly", 0),
                not_explained=verdicts.get("not_explained", 0),
                cannot_tell=sum(verdicts.get(x, 0) for x in _CANNOT_TELL),
            )
        )
    return Page(found)


def closures(look: Look, asked: Asked) -> Page:
    """What the site's owner declared."""
    return Page(
        [
            DeclaredClosure(
                id=x.id,
                start=x.closure.start,
                end=x.closure.end,
                catch_up=x.closure.catch_up,
                province=x.closure.province,
                source=x.source,
                declared=x.declared_at,
            )
            for x in list_closures(look.connection, asked.part)
        ]
    )


def calendar(look: Look, asked: Asked) -> Page:
    """The days of a month as they count in a province, or in the whole country."""
    first, after = month_days(asked["month"])
    found, province = calendar_of(look.context), asked["province"] or asked.part.province
    clock = found.work_clock(province)

    def of(day: date) -> WorkingDay:
        return WorkingDay(
            day=day,
            works=clock.is_working_day(day),
            minutes=sum(end - start for start, end in clock.periods(day)),
            estimated=found.estimated(day, province),
            why=" · ".join(x.name_th for x in found.rows_of(day, province)),
        )

    return Page([of(first + timedelta(days=n)) for n in range((after - first).days)])


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint(
        "/api/v1/site", "site", "เว็บระบบบัญชีตอนนี้ · Is it the site?", Site, site,
        Action.READ_OVERVIEW, own_part, wants_live=True, parameters=(asking.shown_as(),),
    ),
    Endpoint(
        "/api/v1/provinces", "provinces", "จังหวัด · Provinces in numbers", Province, provinces,
        Action.READ_OVERVIEW, own_part, many=True, wants_live=True,
        parameters=(asking.month(required=False), asking.shown_as()),
    ),
    Endpoint(
        "/api/v1/closures", "closures", "การปิดระบบที่ประกาศ · Declared closures of the site",
        DeclaredClosure, closures, Action.READ_OVERVIEW, own_part, many=True,
        parameters=(asking.shown_as(),),
    ),
    Endpoint(
        "/api/v1/calendar", "calendar", "วันทำการของเดือน · The working days of a month", WorkingDay, calendar,
        Action.READ_OVERVIEW, own_part, many=True,
        parameters=(asking.month(), asking.province(), asking.shown_as()),
    ),
)  # fmt: skip
