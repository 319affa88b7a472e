"""The office's own picture of the Garuda: which pictures can be used."""

LARGEST = 2 * 1024 * 1024
"""Bytes."""


def picture_kind(picture: bytes) -> str:
    """The ending of its file (png, jpg), by its first bytes; ValueError for anything else, and for one that is too large."""
    if len(picture) > LARGEST:
        raise ValueError("the emblem is larger than 2 MB")
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if picture.startswith(b"\xff\xd8\xff"):
        return "jpg"
    raise ValueError("the emblem is no PNG or JPEG picture")
