"""Settings from the environment: a variable is named after its key, and goes before the file.

`LAASWATCH_COLLECTOR_LISTEN` is `listen`, `LAASWATCH_COLLECTOR_AGENTS__ROUND_SECONDS` is `round_seconds` under
`agents`: two underscores go one level down. A list is written as in the file: `["10.0.0.1", "10.0.0.2"]`.
"""

from collections.abc import Mapping
from typing import Any

from laaswatch_agent.knowledge.strict_yaml import load

PREFIX = "LAASWATCH_COLLECTOR_"
Variables = dict[tuple[str | int, ...], str]
"""Which variable set what: the keys that lead to a value, and the variable's name."""


def overridden(document: object, environment: Mapping[str, str]) -> tuple[object, Variables]:
    """The document with every variable of ours put in its place, and which variable set what.

    Raises ValueError that names the variable where its value is no YAML or its place is none.
    """
    variables: Variables = {}
    changed = document
    for name in sorted(environment):
        if not name.startswith(PREFIX):
            continue
        place = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if not all(place):
            raise ValueError(f"{name}: no key is named so · ไม่มีคำนี้")
        changed = _put(changed, place, _value(name, environment[name]), name)
        variables[place] = name
    return changed, variables


def _put(document: object, place: tuple[str, ...], value: object, name: str) -> object:
    """A copy of the document with the value at the place."""
    if not place:
        return value
    if not isinstance(document, dict):
        raise ValueError(  # noqa: TRY004 - a wrong setting, not a wrong call
            f"{name}: leads into a value, not a group of settings · ชี้ผิดที่"
        )
    return {**document, place[0]: _put(document.get(place[0], {}), place[1:], value, name)}


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - a text, or what a list in brackets holds
    """A list where brackets say so, else the text as it stands: a password may hold any character."""
    return load(text, name) if text.startswith("[") and text.endswith("]") else text
