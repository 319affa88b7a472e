"""Merkle trees as RFC 6962 §2.1 has them: roots, and short proofs that others can check without the tree.

A tree is read through `Nodes`: the hash of each whole subtree of 2**level leaves, the `number`th of its level
from 0. Whoever keeps a tree answers from what is stored; everything else follows from it. All hashes are the
32 bytes of SHA-256.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

Nodes = Callable[[int, int], bytes]
"""(level, number) → hash of that whole subtree. Asked only for subtrees that lie within the tree."""
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """Of what a leaf says; its prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of a node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_of(nodes: Nodes, size: int) -> bytes:
    """The root over the first `size` leaves."""
    return _range(nodes, 0, size) if size else EMPTY


def inclusion_proof(nodes: Nodes, position: int, size: int) -> list[bytes]:
    """What shows that leaf `position` (from 0) is under the root over `size` leaves. Raises ValueError."""
    if not 0 <= position < size:
        raise ValueError("the leaf lies outside the tree")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            proof.append(_range(nodes, middle, end))
            end = middle
        else:
            proof.append(_range(nodes, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(nodes: Nodes, old: int, size: int) -> list[bytes]:
    """What shows that the first `old` leaves are the beginning of the tree over `size`. Raises ValueError."""
    if not 0 < old <= size:
        raise ValueError("the older tree must be a beginning of the newer one")
    proof: list[bytes] = []
    start, end, whole = 0, size, True
    while old - start != end - start:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range(nodes, middle, end))
            end = middle
        else:
            proof.append(_range(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(_range(nodes, start, end))
    return proof[::-1]


def includes(leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof lead from a leaf's hash to the root? (RFC 9162 §2.1.3.2)"""
    if not 0 <= position < size:
        return False
    at, last, found = position, size - 1, leaf
    for beside in proof:
        if last == 0 or len(beside) != HASH_BYTES:
            return False
        if at & 1 or at == last:
            found = node_hash(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def continues(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Does the proof show that the older tree is the beginning of the newer one? (RFC 9162 §2.1.4.2)"""
    if not 0 < old <= size or any(len(x) != HASH_BYTES for x in proof):
        return False
    if old == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(beside, before), node_hash(beside, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


class Edge:
    """The right edge of a growing tree: all that is needed to append to it, and to tell its root."""

    def __init__(self, nodes: Nodes | None = None, size: int = 0) -> None:
        """The edge of a tree of `size` leaves that `nodes` reads; of an empty one without."""
        self.size = size
        self._subtrees: list[bytes] = []
        if nodes is not None:
            self._subtrees = [nodes(level, number) for level, number in whole_subtrees(0, size)]

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Put a leaf's hash at the end; the subtrees that it made whole as (level, number, hash), leaf first."""
        made, level, number = [(0, self.size, leaf)], 0, self.size
        found = leaf
        while number & 1:
            found = node_hash(self._subtrees.pop(), found)
            level, number = level + 1, number >> 1
            made.append((level, number, found))
        self._subtrees.append(found)
        self.size += 1
        return made

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._subtrees:
            return EMPTY
        found = self._subtrees[-1]
        for left in self._subtrees[-2::-1]:
            found = node_hash(left, found)
        return found


def nodes_over(leaves: Iterable[bytes]) -> Nodes:
    """A tree held in memory, over these leaves' hashes."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, number: levels[level][number]


def whole_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The fewest whole subtrees (level, number) that together are the leaves [start, end)."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def _range(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves [start, end) where they form one branch of a tree."""
    *lefts, (level, number) = whole_subtrees(start, end)
    found = nodes(level, number)
    for level, number in reversed(lefts):
        found = node_hash(nodes(level, number), found)
    return found


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
