"""A page's form as plain texts: bounded, of one type, and never a reason to fail with anything but a refusal."""

from urllib.parse import parse_qsl

from aiohttp import web

from laaswatch_collector.messages import message
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.limits import MAX_SMALL_BODY, check_body_head, read_body

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


async def read_form(request: web.Request, most_fields: int = _MOST_FIELDS) -> dict[str, str]:
    """The fields, the last of each name, `most_fields` of them. Bytes that are no text become U+FFFD. Raises `Refused`."""
    check_body_head(request, FORM, MAX_SMALL_BODY)
    body = await read_body(request, MAX_SMALL_BODY)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=most_fields
        )
    except ValueError as error:
        raise Refused("malformed", message("detail.too_many_fields")) from error
    return {name: value.replace("\x00", "\ufffd") for name, value in pairs}
