"""Every refusal of the server in one table, and the one shape in which it is told.

    Refused(Exception)       raised anywhere below a handler; becomes the answer
      code -> status, Thai, English in TEXTS

The API answers `{"error", "message_th", "message_en"}`; a page answers the same words as a small page.
"""

import math
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from aiohttp import web

TEXTS: dict[str, tuple[int, str, str]] = {
    "malformed": (400, "ข้อมูลที่ส่งมาผิดรูปแบบ", "The request is not of the expected form."),
    "cut_body": (
        400,
        "ข้อมูลที่ส่งมาเสียหายหรือขาดหาย",
        "The compressed body is damaged, cut short or has bytes after its end.",
    ),
    "other_agent": (
        400,
        "รายงานนี้เป็นของเครื่องอื่น",
        "The envelope names another agent than the one whose token came with it.",
    ),
    "not_signed_in": (
        401,
        "ต้องเข้าสู่ระบบก่อน หรือรหัสประจำเครื่องไม่ถูกต้อง",
        "Sign in first, or send a valid token.",
    ),
    "old_token": (
        401,
        "รหัสประจำเครื่องนี้ถูกเปลี่ยนไปแล้ว ถ้าเพิ่งกู้คืนเครื่องจากสำเนา ให้ลงทะเบียนใหม่",
        "This agent's secret has been renewed since. If the PC was restored from a backup, enrol it again.",
    ),
    "agent_suspended": (
        403,
        "เครื่องนี้ถูกระงับ โปรดติดต่อจังหวัด",
        "This agent is suspended or revoked; ask the province.",
    ),
    "code_refused": (
        403,
        "รหัสลงทะเบียนใช้ไม่ได้ โปรดขอรหัสใหม่จากจังหวัด",
        "The enrolment code was refused; ask the province for a new one.",
    ),
    "cross_site": (
        403,
        "คำขอนี้มาจากเว็บไซต์อื่น",
        "The request came from another web site.",
    ),
    "not_found": (404, "ไม่พบหน้านี้", "There is nothing here."),
    "method_not_allowed": (405, "ใช้วิธีเรียกนี้ไม่ได้", "This method is not allowed here."),
    "too_slow": (408, "ส่งข้อมูลช้าเกินไป", "The body took too long to arrive."),
    "fork": (
        409,
        "พบรายงานหมายเลขเดียวกันแต่เนื้อหาต่างกัน เครื่องนี้อาจถูกทำสำเนา",
        "Two different reports carry the same number: this agent may have been cloned or restored.",
    ),
    "rollback": (
        409,
        "เครื่องนี้ถูกกู้คืนจากสำเนาเก่า จะส่งต่อเป็นชุดใหม่เอง",
        "This PC was put back from a backup: the agent goes on in a new series by itself.",
    ),
    "length_required": (411, "ต้องระบุขนาดข้อมูล", "Content-Length is required."),
    "too_large": (413, "ข้อมูลใหญ่เกินกำหนด", "The body is larger than allowed."),
    "unsupported_type": (
        415,
        "ชนิดข้อมูลไม่รองรับ",
        "The content type is not supported here.",
    ),
    "unsupported_encoding": (
        415,
        "การบีบอัดแบบนี้ไม่รองรับ ใช้ได้เฉพาะ gzip หรือ identity",
        "Only the content encodings gzip and identity are supported.",
    ),
    "too_many": (429, "ลองบ่อยเกินไป โปรดรอสักครู่", "Too many attempts; wait a little."),
    "internal": (500, "ระบบขัดข้อง", "Something went wrong here."),
    "unavailable": (
        503,
        "ระบบบันทึกข้อมูลไม่ได้ชั่วคราว จะลองใหม่เอง",
        "Nothing can be stored at the moment; try again later.",
    ),
    "version": (505, "รุ่นของ HTTP ไม่รองรับ", "Only HTTP/1.0 and HTTP/1.1 are spoken here."),
}


class Refused(Exception):
    """The request is answered with this refusal. `detail` is added to the English words."""

    def __init__(self, code: str, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.status, self.message_th, self.message_en = TEXTS[code]
        if detail:
            self.message_en = f"{self.message_en} {detail}"
        self.retry_after = retry_after


def is_api(request: web.Request) -> bool:
    """Whether a program asks: programs get JSON, people get a page."""
    return request.path.startswith(("/v1/", "/metrics", "/health"))


AsPage = Callable[[web.Request, Refused], web.Response]


def respond(request: web.Request, refused: Refused, as_page: AsPage) -> web.Response:
    """The refusal as an answer. The connection is closed: an unread body must not be waited for."""
    response = _as_json(refused) if is_api(request) else as_page(request, refused)
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(math.ceil(refused.retry_after))
    if refused.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if request.can_read_body:
        response.force_close()
    return response


def _as_json(refused: Refused) -> web.Response:
    body = {
        "error": refused.code,
        "message_th": refused.message_th,
        "message_en": refused.message_en,
    }
    return web.Response(
        status=refused.status, body=msgspec.json.encode(body), content_type="application/json"
    )
