"""Grafana's dashboards, written from the short descriptions below: `make dashboards`. A test compares them with what ships.

One description a panel: kind, title in Thai and English, queries with their legends, unit, a note.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "config" / "grafana" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HERE = 'province=~"$province",isp=~"$isp"'
BOOKS = 'month=~"$month",province=~"$province"'
SHARE_DOWN = (
    'sum by ({by}) (laaswatch_offices{{{here},state="down"}})'
    ' / (sum by ({by}) (laaswatch_offices{{{here},state!="unknown"}}) > 0)'
)


@dataclass(frozen=True)
class Panel:
    """One panel. `queries`: (expression, legend); `wide`: of 24 columns; `link`: a page of the collector."""

    kind: str
    title: str
    queries: tuple
    unit: str = "short"
    note: str = ""
    wide: int = 12
    high: int = 8
    link: str = ""


def _quantiles(metric, by):
    rate = f"sum by ({by}, le) (rate({metric}_bucket{{{HERE}}}[15m]))"
    return tuple(
        (f"histogram_quantile({q}, {rate}) >= 0", f"{{{{{by}}}}} p{int(100 * q)}")
        for q in (0.5, 0.95)
    )


STATES = "unknown = ไม่มีรายงาน ไม่ใช่ดีหรือเสีย · unknown = not heard: neither good nor bad."
LATE = "ข้อเท็จจริงประกอบการพิจารณา · Facts for consideration."
DASHBOARDS = {
    "nation": ("ประเทศและเว็บระบบบัญชี · nation and site", ("province", "isp"), (
        Panel("stat", "เว็บแต่ละส่วน จากจุดวัดของเรา · Parts of the site, by our control", (("laaswatch_site_up", "{{role}}"),), high=5, link="/site"),
        Panel("stat", "สำนักงานขณะนี้ · Offices now", ((f"sum by (state) (laaswatch_offices{{{HERE}}})", "{{state}}"),), note=STATES, high=5, link="/site"),
        Panel("timeseries", "สำนักงานตามสถานะ · Offices by state", ((f"sum by (state) (laaswatch_offices{{{HERE}}})", "{{state}}"),), note=STATES),
        Panel("timeseries", "ปัญหาอยู่ที่ใคร · Whose fault", ((f"sum by (scope) (laaswatch_offices_with_fault{{{HERE}}})", "{{scope}}"),)),
        Panel("timeseries", "เวลาตอบของเว็บ · Answer time of the site", (("laaswatch_site_answer_seconds", "{{role}}"),), "s"),
        Panel("timeseries", "เวลาแต่ละขั้นไปยังเว็บ · Each step towards the site", (("laaswatch_site_phase_seconds", "{{role}} {{layer}}"),), "s"),
        Panel("bargauge", "สัดส่วนสำนักงานที่ใช้ไม่ได้ รายจังหวัด · Share of offices down, by province", ((f"topk(20, {SHARE_DOWN.format(by='province', here=HERE)} or sum by (province) (laaswatch_offices{{{HERE}}}) * 0)", "{{province}}"),), "percentunit", high=10),
        Panel("timeseries", "เหตุที่กำลังเกิด · Outages going on", (("sum by (scope) (laaswatch_outages_going_on) or vector(0)", "{{scope}}"),), high=10, link="/site"),
    )),
    "province": ("จังหวัด · province", ("province", "isp", "month"), (
        Panel("stat", "สำนักงานขณะนี้ · Offices now", ((f"sum by (state) (laaswatch_offices{{{HERE}}})", "{{state}}"),), note=STATES, high=5, link="/provinces/${province}"),
        Panel("stat", "เครื่องที่ส่งข้อมูล · PCs heard", ((f"sum(laaswatch_pcs_heard{{{HERE}}})", "PC"),), high=5, link="/agents"),
        Panel("timeseries", "ปัญหาตามสาเหตุและอยู่ที่ใคร · Faults and whose", ((f"sum by (fault, scope) (laaswatch_offices_with_fault{{{HERE}}})", "{{fault}} {{scope}}"),)),
        Panel("timeseries", "สัดส่วนที่ใช้ไม่ได้ ตามผู้ให้บริการ · Share down, by provider", ((f"{SHARE_DOWN.format(by='isp', here=HERE)} or sum by (isp) (laaswatch_offices{{{HERE}}}) * 0", "{{isp}}"),), "percentunit"),
        Panel("timeseries", "เวลาเชื่อมต่อ · Time to connect", _quantiles("laaswatch_connect_seconds", "province"), "s"),
        Panel("timeseries", "เวลาเปิดหน้า · Time of a page", _quantiles("laaswatch_page_seconds", "province"), "s"),
        Panel("bargauge", "รายการเกินกำหนดตามคำอธิบาย · Late entries by what explains them", ((f"sum by (verdict) (laaswatch_late_entries{{{BOOKS}}})", "{{verdict}}"),), note=LATE, link="/provinces/${province}"),
        Panel("stat", "สำนักงานที่ไม่เป็นปัจจุบัน · Offices not current", ((f"sum by (month) (laaswatch_offices_not_current{{{BOOKS}}})", "{{month}}"),)),
    )),
    "office": ("สำนักงาน · office", ("province", "office"), (
        Panel("stat", "ใช้งานได้ขณะนี้ · Usable now", (('laaswatch_office_usable{office=~"$office"}', "{{office}}"),), note="1 = ได้, 0.5 = มีปัญหา, 0 = ไม่ได้, ไม่มีค่า = ไม่มีข้อมูล · 1 yes, 0.5 with trouble, 0 no, absent: not heard.", high=5, link="/offices/${office}"),
        Panel("stat", "เครื่องที่ส่งข้อมูล · PCs heard", (('laaswatch_office_pcs_heard{office=~"$office"}', "{{office}}"),), high=5, link="/offices/${office}/agents"),
        Panel("timeseries", "ใช้งานได้ · Usable", (('laaswatch_office_usable{office=~"$office"}', "{{office}}"),)),
        Panel("timeseries", "เหตุขัดข้อง · Faults", (('laaswatch_office_fault{office=~"$office"}', "{{office}} {{fault}} {{scope}}"),)),
        Panel("stat", "ติดต่อล่าสุด · Last heard", (('laaswatch_office_last_report_timestamp_seconds{office=~"$office"} * 1000', "{{office}}"),), "dateTimeAsIso"),
        Panel("bargauge", "รายการเกินกำหนด · Late entries", (('sum by (verdict) (laaswatch_office_late_entries{office=~"$office"})', "{{verdict}}"),), note=LATE, link="/offices/${office}/explanations"),
    )),
    "isps": ("ผู้ให้บริการอินเทอร์เน็ต · internet providers", ("province", "isp"), (
        Panel("bargauge", "สัดส่วนที่ใช้ไม่ได้ขณะนี้ · Share of offices down now", ((f"{SHARE_DOWN.format(by='isp', here=HERE)} or sum by (isp) (laaswatch_offices{{{HERE}}}) * 0", "{{isp}}"),), "percentunit"),
        Panel("timeseries", "สำนักงานที่ใช้ไม่ได้ · Offices down", ((f'sum by (isp) (laaswatch_offices{{{HERE},state="down"}}) or sum by (isp) (laaswatch_offices{{{HERE}}}) * 0', "{{isp}}"),)),
        Panel("timeseries", "เวลาเชื่อมต่อ · Time to connect", _quantiles("laaswatch_connect_seconds", "isp"), "s"),
        Panel("timeseries", "ข้อมูลหายเฉลี่ย · Mean loss", ((f"sum by (isp) (rate(laaswatch_report_loss_ratio_sum{{{HERE}}}[15m])) / (sum by (isp) (rate(laaswatch_report_loss_ratio_count{{{HERE}}}[15m])) > 0)", "{{isp}}"),), "percentunit"),
        Panel("timeseries", "ขั้นที่ล้มเหลว · Layers that failed", ((f'sum by (isp, layer) (rate(laaswatch_layer_rounds_total{{{HERE},result="failed"}}[15m]))', "{{isp}} {{layer}}"),), "ops"),
        Panel("stat", "เหตุของผู้ให้บริการในเดือน · Providers' outages of the months", (('sum by (month, scope) (laaswatch_outages{scope=~"isp|isp_province"})', "{{month}} {{scope}}"),), link="/site"),
    )),
    "ledgers": ("สมุดบัญชีและคำอธิบาย · ledgers and explanations", ("province", "month"), (
        Panel("bargauge", "รายการเทียบกำหนด · Entries against deadlines", ((f"sum by (book, band) (laaswatch_entries{{{BOOKS}}})", "{{book}} {{band}}"),), high=10),
        Panel("bargauge", "รายการเกินกำหนดตามคำอธิบาย · Late entries by what explains them", ((f"sum by (verdict) (laaswatch_late_entries{{{BOOKS}}})", "{{verdict}}"),), note=LATE, high=10, link="/books"),
        Panel("timeseries", "สำนักงานที่ไม่เป็นปัจจุบัน · Offices not current", ((f"sum by (province) (laaswatch_offices_not_current{{{BOOKS}}})", "{{province}}"),), link="/books"),
        Panel("bargauge", "ไม่มีเหตุอธิบาย รายจังหวัด · Unexplained, by province", ((f'sum by (province) (laaswatch_late_entries{{{BOOKS},verdict="not_explained"}})', "{{province}}"),), note=LATE),
        Panel("bargauge", "เวลาที่ขัดข้องในเดือน ตามผู้รับผิดชอบ · Outage time, by scope", (('sum by (scope) (laaswatch_outage_seconds{month=~"$month"})', "{{scope}}"),), "s"),
        Panel("timeseries", "ระยะของเหตุ · How long outages lasted", (("histogram_quantile(0.5, sum by (scope, le) (laaswatch_outage_duration_seconds_bucket)) >= 0", "{{scope}}"),), "s"),
    )),
    "itself": ("laaswatch เอง · laaswatch itself", (), (
        Panel("timeseries", "รายงานต่อวินาที · Reports per second", (("rate(laaswatch_reports_stored_total[5m])", "stored"), ("rate(laaswatch_intake_reports_total[5m])", "{{outcome}}")), "ops"),
        Panel("timeseries", "เวลาตอบรับ · Acknowledgement", (("histogram_quantile(0.99, sum by (le) (rate(laaswatch_acknowledgement_seconds_bucket[5m]))) >= 0 or vector(0)", "p99"),), "s"),
        Panel("timeseries", "งานค้าง · Backlog", (("laaswatch_recompute_waiting", "days"), ("laaswatch_store_changes_waiting", "changes"), ("sum(laaswatch_remote_write_waiting_reports) or vector(0)", "remote write"))),
        Panel("timeseries", "รอบสรุปผล · One recomputation", (("rate(laaswatch_recompute_seconds_sum[30m]) / (rate(laaswatch_recompute_seconds_count[30m]) > 0)", "mean"),), "s"),
        Panel("timeseries", "ลูปช้า · Event loop lag", (("histogram_quantile(0.99, sum by (le) (rate(laaswatch_loop_lag_seconds_bucket[5m]))) >= 0 or vector(0)", "p99"),), "s"),
        Panel("timeseries", "ขนาดฐานข้อมูลและหน่วยความจำ · Store and memory", (("laaswatch_store_bytes", "store"), ('process_resident_memory_bytes{job="laaswatch"}', "memory")), "bytes"),
        Panel("timeseries", "รายงานล่าสุด · Newest report", (("laaswatch_last_report_age_seconds", "age"),), "s", link="/agents"),
        Panel("timeseries", "สมุดหลักฐาน · Evidence log", (("laaswatch_log_checkpoint_age_seconds", "checkpoint age"),), "s"),
        Panel("timeseries", "ข้อความถึงผู้ใช้ · Messages to people", (("sum by (channel, state) (laaswatch_messages) or vector(0)", "{{channel}} {{state}}"), ("laaswatch_messages_waiting_seconds", "waiting, s")), link="/messages"),
        Panel("stat", "เครื่องตามสถานะ · Agents by state", (("sum by (state) (laaswatch_agents)", "{{state}}"), ("laaswatch_controls_heard", "controls heard"), ("sum(laaswatch_agent_rounds_dropped_total) or vector(0)", "rounds lost"))),
    )),
}  # fmt: skip
VARIABLES = {
    "province": ("จังหวัด · province", "label_values(laaswatch_offices, province)"),
    "isp": ("ผู้ให้บริการ · provider", "label_values(laaswatch_offices, isp)"),
    "month": ("เดือน · month", "label_values(laaswatch_entries, month)"),
    "office": (
        "สำนักงาน · office",
        'label_values(laaswatch_office_info{province=~"$province"}, office)',
    ),
}


def dashboard(name):
    """A dashboard as Grafana reads it."""
    title, variables, panels = DASHBOARDS[name]
    return {
        "title": f"laaswatch: {title}",
        "uid": f"laaswatch-{name}",
        "description": "",
        "tags": ["laaswatch"],
        "timezone": "Asia/Bangkok",
        "schemaVersion": 39,
        "version": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "editable": True,
        "graphTooltip": 1,
        "templating": {"list": _variables(variables)},
        "annotations": {"list": [_outages()]},
        "links": [_others()],
        "panels": _placed(panels),
    }


def _variables(names):
    found = [
        {"name": "datasource", "label": "แหล่งข้อมูล · data source", "type": "datasource",
         "query": "prometheus", "current": {}},
        {"name": "collector", "label": "ที่อยู่หน้าเว็บ · address of the pages", "type": "textbox",
         "query": "http://127.0.0.1:8080", "current": {"text": "http://127.0.0.1:8080", "value": "http://127.0.0.1:8080"}},
    ]  # fmt: skip
    for name in names:
        label, query = VARIABLES[name]
        found.append({
            "name": name, "label": label, "type": "query", "datasource": SOURCE,
            "query": {"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1,
            "multi": name != "office", "includeAll": name != "office",
            **({"allValue": ".*", "current": {"text": "All", "value": "$__all"}} if name != "office" else {"current": {}}),
        })  # fmt: skip
    return found


def _outages():
    """What hits many, as marks on every graph; single outages and closures come from the API (docs/prometheus.md)."""
    return {
        "name": "เหตุวงกว้าง · wide outages", "enable": True, "iconColor": "red", "datasource": SOURCE,
        "expr": 'sum by (scope) (laaswatch_outages_going_on{scope=~"site|isp|province|isp_province"}) > 0',
        "titleFormat": "{{scope}}", "step": "60s", "useValueForTime": False,
    }  # fmt: skip


def _others():
    return {
        "type": "dashboards", "title": "laaswatch", "tags": ["laaswatch"], "asDropdown": True,
        "includeVars": True, "keepTime": True,
    }  # fmt: skip


def _placed(panels):
    found, x, y, row = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.wide > 24:
            x, y, row = 0, y + row, 0
        found.append(_panel(number, panel, {"x": x, "y": y, "w": panel.wide, "h": panel.high}))
        x, row = x + panel.wide, max(row, panel.high)
    return found


def _panel(number, panel, place):
    instant = panel.kind != "timeseries"
    page = [{"title": "laaswatch", "url": "${collector}" + panel.link, "targetBlank": True}]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.note,
        "datasource": SOURCE,
        "gridPos": place,
        "links": page if panel.link else [],
        "targets": [
            {"refId": chr(65 + n), "expr": expr, "legendFormat": legend, "instant": instant,
             "range": not instant, "datasource": SOURCE}
            for n, (expr, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "color": {"mode": "palette-classic"}, "noValue": "–"},
            "overrides": [],
        },
        "options": _options(panel.kind),
    }  # fmt: skip


def _options(kind):
    if kind == "timeseries":
        return {
            "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }  # fmt: skip
    reduced = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    if kind == "bargauge":
        return {**reduced, "orientation": "horizontal", "displayMode": "basic"}
    return {
        **reduced, "textMode": "value_and_name", "colorMode": "none", "orientation": "auto",
        "justifyMode": "auto", "graphMode": "none",
    }  # fmt: skip


def main() -> None:
    """Write them all."""
    for name in DASHBOARDS:
        text = json.dumps(dashboard(name), ensure_ascii=False, indent=2)
        (FOLDER / f"laaswatch-{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
