"""A plain reader of protocol buffers' wire format, and of the two requests of remote write by their field numbers."""

import struct


def fields(data):
    """(number, value) of each field: an int, eight bytes, or a part's bytes."""
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        if tag & 7 == 0:
            value, at = _number(data, at)
        elif tag & 7 == 1:
            value, at = data[at : at + 8], at + 8
        else:
            assert tag & 7 == 2, "a kind of field that these messages do not have"
            length, at = _number(data, at)
            value, at = data[at : at + length], at + length
        yield tag >> 3, value
    assert at == len(data)


def read_v1(data):
    """Labels → {ms: value}, of a prometheus.WriteRequest."""
    found = {}
    for number, one in fields(data):
        assert number == 1
        parts = list(fields(one))
        labels = tuple(tuple(text.decode() for _, text in fields(x)) for n, x in parts if n == 1)
        found.setdefault(labels, {}).update(map(_sample, (x for n, x in parts if n == 2)))
    return found


def read_v2(data):
    """The same, and help texts by labels, of an io.prometheus.write.v2.Request."""
    parts = list(fields(data))
    symbols = [x.decode() for n, x in parts if n == 4]
    assert symbols[0] == ""
    found, told = {}, {}
    for one in (x for n, x in parts if n == 5):
        own = list(fields(one))
        refs = [symbols[i] for n, x in own if n == 1 for i in _numbers(x)]
        labels = tuple(zip(refs[::2], refs[1::2], strict=True))
        found.setdefault(labels, {}).update(map(_sample, (x for n, x in own if n == 2)))
        metadata = dict(fields(next(x for n, x in own if n == 5)))
        assert metadata[1] == 2  # a gauge
        told[labels] = symbols[metadata[3]]
    return found, told


def _sample(data):
    parts = dict(fields(data))
    return parts[2], struct.unpack("<d", parts[1])[0]


def _numbers(data):
    at = 0
    while at < len(data):
        value, at = _number(data, at)
        yield value


def _number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
