"""Every refusal of the server in one table, and the one shape in which it is told.

    Refused(Told)       raised anywhere below a handler; becomes the answer
      code -> status in STATUS, words in the catalogues

The API answers `{"error", "message_th", "message_en"}`; a page answers the same words as a small page.
"""

import math
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from aiohttp import web

from laaswatch_collector.messages import Message, Told, message
from laaswatch_collector.web.words import words_in

STATUS = {
    "malformed": 400,
    "cut_body": 400,
    "other_agent": 400,
    "not_signed_in": 401,
    "old_token": 401,
    "agent_suspended": 403,
    "code_refused": 403,
    "cross_site": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "fork": 409,
    "rollback": 409,
    "length_required": 411,
    "too_large": 413,
    "unsupported_type": 415,
    "unsupported_encoding": 415,
    "too_many": 429,
    "internal": 500,
    "unavailable": 503,
    "version": 505,
}
"""The refusals by their code; the words of each are `refused.<code>` in the catalogues."""


class Refused(Told):
    """The request is answered with this refusal. `detail` is added to its words: an English remark, or a message."""

    def __init__(
        self, code: str, detail: str | Message = "", *, retry_after: float | None = None
    ) -> None:
        said = message(f"refused.{code}")
        super().__init__(
            message("refused.with_detail", what=said, detail=detail) if detail else said
        )
        self.code, self.status = code, STATUS[code]
        self.retry_after = retry_after


def is_api(request: web.Request) -> bool:
    """Whether a program asks: programs get JSON, people get a page."""
    return request.path.startswith(("/v1/", "/api/", "/metrics", "/health"))


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
        "message_th": words_in("th").say(refused.message),
        "message_en": words_in("en").say(refused.message),
    }
    return web.Response(
        status=refused.status, body=msgspec.json.encode(body), content_type="application/json"
    )
