"""One mapping of a configuration file, read key by key; every refusal names file, key and what to do."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from laaswatch_agent.knowledge.strict_yaml import Lines
from laaswatch_agent.locale import beside

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_YES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class ConfigError(ValueError):
    """A configuration file cannot be used: which file, which key ("" = the file), which line, what to do.

    `file` is the name of a variable where the environment said what is wrong; `line` 0 = not known.
    """

    def __init__(self, file: Path | str, key: str, advice: str, line: int = 0) -> None:
        self.file = file
        self.key = key
        self.advice = advice
        self.line = line
        at = f", {beside('place.line', line=line)}" if line else ""
        super().__init__(f"{file}{at}: {key}: {advice}" if key else f"{file}{at}: {advice}")


@dataclass(slots=True)
class Section:
    """A mapping being read; `no_others` at the end refuses what nobody asked for (a typing slip)."""

    values: Mapping[str, object]
    file: Path
    name: str
    lines: Lines = field(default_factory=dict)
    place: tuple[str | int, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def error(self, key: str, said: str, /, **values: object) -> ConfigError:
        """The refusal of a key of this mapping, with the line or the variable that said so; `said`: a text's key."""
        advice = beside(said, **values)
        name = f"{self.name}.{key}" if self.name else key
        if name in self.variables:
            return ConfigError(self.variables[name], "", advice)
        line = self.lines.get((*self.place, key), self.lines.get(self.place, 0))
        return ConfigError(self.file, name, advice, line)

    def take(self, key: str) -> object:
        """The raw value, "" where the key is absent."""
        self.known.add(key)
        return self.values.get(key, "")

    def no_others(self) -> None:
        """Refuse keys that were not asked for, with the likeliest one that was meant."""
        for key in self.values:
            if key not in self.known:
                import difflib  # only for a mistake

                near = difflib.get_close_matches(key, sorted(self.known), 1)
                if near:
                    raise self.error(key, "config.did_you_mean", near=near[0])
                raise self.error(key, "config.unknown_key")

    def text(self, key: str) -> str:
        """A text; "" where absent."""
        value = self.take(key)
        if not isinstance(value, str):
            raise self.error(key, "config.text")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        value = self.take(key)
        if isinstance(value, str):
            value = [value] if value else []
        if not isinstance(value, list) or not all(isinstance(x, str) and x for x in value):
            raise self.error(key, "config.texts")
        return tuple(value)

    def sections(self, key: str, most: int) -> list["Section"]:
        """A list of mappings, at most so many."""
        value = self.take(key) or []
        if not isinstance(value, list) or not all(isinstance(x, dict) for x in value):
            raise self.error(key, "config.list")
        if len(value) > most:
            raise self.error(key, "config.most", most=most)
        at = f"{self.name}.{key}" if self.name else key
        return [
            Section(x, self.file, f"{at}[{i}]", self.lines, (*self.place, key, i))
            for i, x in enumerate(value)
        ]

    def word(self, key: str, words: Sequence[str], default: str | None) -> str:
        """One word of a closed list."""
        text = self.text(key)
        if not text and default is not None:
            return default
        if text not in words:
            raise self.error(key, "config.one_of", words=", ".join(words))
        return text

    def identifier(self, key: str) -> str:
        """A short name of Latin letters, digits and _ . : -"""
        text = self.text(key)
        if not _IDENTIFIER.fullmatch(text):
            raise self.error(key, "config.identifier")
        return text

    def flag(self, key: str, *, default: bool) -> bool:
        """A yes or a no."""
        text = self.text(key).lower()
        if text and text not in _YES:
            raise self.error(key, "config.flag")
        return _YES.get(text, default)

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """A plain decimal number within bounds."""
        text = self.text(key)
        if not text:
            return default
        number = float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) else None
        if number is None or not least <= number <= most:
            raise self.error(key, "config.number", least=least, most=most)
        return number

    def day(self, key: str, default: date) -> date:
        """A date, YYYY-MM-DD of the Christian era."""
        text = self.text(key)
        if not text:
            return default
        try:
            day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
        except ValueError:
            day = None
        if day is None or day.year > 2400:  # a Buddhist year typed as a Christian one
            raise self.error(key, "config.day")
        return day

    def path(self, key: str, *, must_exist: bool = False) -> Path | None:
        """A file or folder, relative ones beside the configuration; None where absent."""
        text = self.text(key)
        if not text:
            return None
        path = self.file.parent / Path(text).expanduser()
        if must_exist and not path.is_file():
            raise self.error(key, "config.no_file", path=path)
        return path

    def ip_address(self, key: str, text: str) -> str:
        """`text` if it is an IP address."""
        try:
            return str(ipaddress.ip_address(text))
        except ValueError as error:
            raise self.error(key, "config.ip") from error

    def ip_addresses(self, key: str) -> tuple[str, ...]:
        """A list of IP addresses."""
        return tuple(self.ip_address(key, text) for text in self.texts(key))
