"""One endpoint of the read API, described once: the route and its line in the OpenAPI document come from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.server.live import Live
from laaswatch_collector.server.routing import Context, ResourceOf

MOST_ITEMS = 500
USUAL_ITEMS = 100


class BadParameter(ValueError):
    """A parameter that cannot be used: which one, and what is expected."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the query string. `read` turns its text into the value, raising ValueError with what is expected."""

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asked for: values by parameter, the path's own parts, and the part of the country it may see."""

    values: Mapping[str, Any]
    path: Mapping[str, str]
    part: Resource

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as the parameter reads
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Look:
    """What an endpoint looks at: one reading transaction, the live view where it asked for it, the server's clock."""

    connection: sa.Connection
    context: Context
    now: datetime
    live: Live | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a list, and the cursor from which the next ones follow, None at the end."""

    items: Sequence[msgspec.Struct]
    next: str | None = None


Read = Callable[[Look, Asked], Page | msgspec.Struct | None]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`GET path` → `shape`, or a list of it where `many`. `read` answers None for what does not exist."""

    path: str
    name: str
    summary: str
    shape: type[msgspec.Struct]
    read: Read
    action: Action
    resource: ResourceOf
    many: bool = False
    wants_live: bool = False
    shows_pcs: bool = False  # of a small office it is one PC that was measured
    parameters: Sequence[Parameter] = field(default=())
