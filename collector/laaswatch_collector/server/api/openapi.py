"""The OpenAPI 3.1 document of the read API, made from its endpoints: what is served is what is described."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from laaswatch_agent import __version__
from laaswatch_collector.server.api.endpoint import Endpoint, Parameter
from laaswatch_collector.server.api.shapes import Problem

_REF = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "A parameter is unknown, twice, missing or not usable; the text names it.",
    "401": "Neither signed in nor a valid token.",
    "404": "It does not exist, or you may not see it: both look alike.",
    "503": "Busy, or the store cannot be read at the moment; see Retry-After.",
}


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The whole description, as JSON-ready values."""
    shapes = sorted({x.shape for x in endpoints} | {Problem}, key=lambda x: x.__name__)
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    refs = {shape.__name__: schema for shape, schema in zip(shapes, schemas, strict=True)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "laaswatch",
            "version": __version__,
            "description": (
                "อ่านข้อมูลเดียวกับหน้าเว็บ · Reads what the pages show. Facts for consideration. Times are UTC "
                "in answers; in questions they carry their zone. Lists come in pages: follow `next`."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": {x.path: {"get": _operation(x, refs)} for x in endpoints},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "laaswatch_session"},
            },
        },
    }


def _operation(endpoint: Endpoint, refs: dict[str, Any]) -> dict[str, Any]:
    one = refs[endpoint.shape.__name__]
    many = {
        "type": "object",
        "required": ["data", "next"],
        "properties": {
            "data": {"type": "array", "items": one},
            "next": {"type": ["string", "null"]},
        },
    }
    steps = re.findall(r"\{([a-z_]+)(?::([^{}]*(?:\{[^{}]*\})?[^{}]*))?\}", endpoint.path)
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Needs leave for `{endpoint.action}`; lists hold what you may see.",
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
              for name, _ in steps),
            *(_parameter(x) for x in endpoint.parameters),
        ],
        "responses": {
            "200": {
                "description": "OK",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {
                    "application/json": {"schema": many if endpoint.many else one},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            "304": {"description": "Unchanged since the ETag that you sent in If-None-Match."},
            **{
                status: {
                    "description": text,
                    "content": {"application/json": {"schema": refs["Problem"]}},
                }
                for status, text in _REFUSALS.items()
            },
        },
    }  # fmt: skip


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }
