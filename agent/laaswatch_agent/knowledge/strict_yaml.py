"""YAML as settings and articles need it: texts, lists and mappings, and no surprises.

Every value stays the text that was typed (`05120101`, `no` and `16:30` keep their spelling); the reader
knows what it expects. Whatever two people could understand differently, or that only an attacker
would write, is refused with its line and column.
"""

from typing import Any

import yaml

from laaswatch_agent.locale import beside

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

# The C parser where the wheel has one: the same events, some ten times faster.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


Lines = dict[tuple[str | int, ...], int]
"""Where each value of a document stands: the keys and places that lead to it, and its line from 1."""


class YamlError(ValueError):
    """A text is not the YAML that we accept. `line` and `column` count from 1, 0 = the text as a whole."""

    def __init__(self, where: str, line: int, column: int, problem: str) -> None:
        self.where = where
        self.line = line
        self.column = column
        self.problem = problem
        place = f", {beside('place.line_column', line=line, column=column)}" if line else ""
        super().__init__(f"{where}{place}: {problem}")


def load(text: str, where: str) -> Any:  # noqa: ANN401 - any shape may stand in a file
    """The document in `text` as dicts, lists and strings; an empty document is an empty dict.

    `where` is the file's name, for the error. Raises YamlError, and nothing else: syntax, a key twice,
    an anchor or alias, a tag, a second document, more than MAX_DEPTH levels, more than MAX_BYTES.
    """
    return load_with_lines(text, where)[0]


def load_with_lines(text: str, where: str) -> tuple[Any, Lines]:
    """The same, and the line of every value, so that whoever checks them can say where a wrong one stands."""
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise YamlError(where, 0, 0, "not Unicode text") from error
    if size > MAX_BYTES:
        raise YamlError(where, 0, 0, f"{size} bytes; at most {MAX_BYTES} are accepted")
    try:
        builder = _Builder(where)
        return builder.build(text), builder.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "not YAML"
        raise _at(where, mark, problem) from error
    except yaml.YAMLError as error:  # the reader: characters that YAML does not allow
        raise YamlError(where, 0, 0, str(error).splitlines()[0]) from error


class _Builder:
    """Puts the parser's events together, keeping the open collections on a stack of our own."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.open: list[
            tuple[Any, str | None]
        ] = []  # the collection, and the key waiting for a value
        self.root: Any = {}
        self.lines: Lines = {}
        self.path: list[
            str | int
        ] = []  # what leads to the innermost open collection, and the key in it
        self.documents = 0

    def build(self, text: str) -> Any:  # noqa: ANN401 - see load
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise self.refuse(event, "a second document begins; one file holds one")
            elif isinstance(event, yaml.AliasEvent):
                raise self.refuse(event, "aliases (*name) are not accepted; write the value out")
            elif isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent):
                self.node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                del self.path[max(0, len(self.open) - 1) :]
        return self.root

    def node(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events are untyped
        if event.anchor is not None:
            raise self.refuse(event, "anchors (&name) are not accepted; write the value out")
        if event.tag not in {None, "!"}:  # "!" is how the C parser marks a plain quoted text
            raise self.refuse(event, f"tags ({event.tag}) are not accepted")
        if isinstance(event, yaml.ScalarEvent):
            self.place(event, event.value)
            return
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.place(event, value)
        if len(self.open) >= MAX_DEPTH:
            raise self.refuse(event, f"nested more than {MAX_DEPTH} levels deep")
        self.open.append((value, None))

    def place(self, event: Any, value: Any) -> None:  # noqa: ANN401 - as above
        if not self.open:
            # A document of nothing but comments comes as one empty plain text.
            self.root = {} if value == "" and event.implicit[0] else value
            return
        into, key = self.open[-1]
        if isinstance(into, list):
            self.mark(event, len(into))
            into.append(value)
        elif key is not None:
            into[key] = value
            self.open[-1] = (into, None)
        elif not isinstance(value, str):
            raise self.refuse(event, "a key must be a text")
        elif value in into:
            raise self.refuse(event, f"the key {value!r} appears twice")
        else:
            self.mark(event, value)
            self.open[-1] = (into, value)

    def mark(self, event: Any, step: str | int) -> None:  # noqa: ANN401 - as above
        self.path[len(self.open) - 1 :] = [step]
        self.lines[tuple(self.path)] = event.start_mark.line + 1

    def refuse(self, event: Any, problem: str) -> YamlError:  # noqa: ANN401 - as above
        return _at(self.where, event.start_mark, problem)


def _at(where: str, mark: Any, problem: str) -> YamlError:  # noqa: ANN401 - PyYAML's mark
    if mark is None:
        return YamlError(where, 0, 0, problem)
    return YamlError(where, mark.line + 1, mark.column + 1, problem)
