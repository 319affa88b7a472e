"""Any proof of any tree holds; with any one bit of anything turned over, it holds no more."""

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.evidence.merkle import (
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    leaf_hash,
    nodes_over,
    root_of,
)

MOST = 700
HASHES = [leaf_hash(i.to_bytes(2, "big")) for i in range(MOST)]
NODES = nodes_over(HASHES)
sizes = st.integers(1, MOST)


def _flipped(data: bytes, bit: int) -> bytes:
    at = bit % (8 * len(data))
    return data[: at // 8] + bytes([data[at // 8] ^ (1 << at % 8)]) + data[at // 8 + 1 :]


@given(sizes, st.integers(0), st.integers(0))
def test_an_inclusion_proof_holds_and_its_flips_do_not(size: int, at: int, bit: int):
    position = at % size
    proof, root = inclusion_proof(NODES, position, size), root_of(NODES, size)
    leaf = HASHES[position]
    assert includes(leaf, position, size, proof, root)
    assert not includes(_flipped(leaf, bit), position, size, proof, root)
    assert not includes(leaf, position, size, proof, _flipped(root, bit))
    assert not includes(leaf, position, size, [*proof, leaf], root)
    if proof:
        k = bit % len(proof)
        changed = [*proof[:k], _flipped(proof[k], bit), *proof[k + 1 :]]
        assert not includes(leaf, position, size, changed, root)
        assert not includes(leaf, position, size, proof[:-1], root)
        other = (position + 1 + bit % (size - 1)) % size
        assert not includes(leaf, other, size, proof, root)


@given(sizes, st.integers(0), st.integers(0))
def test_a_consistency_proof_holds_and_its_flips_do_not(size: int, at: int, bit: int):
    old = 1 + at % size
    proof = consistency_proof(NODES, old, size)
    before, after = root_of(NODES, old), root_of(NODES, size)
    assert continues(old, size, proof, before, after)
    assert not continues(old, size, proof, _flipped(before, bit), after)
    assert not continues(old, size, proof, before, _flipped(after, bit))
    assert not continues(old, size, [*proof, before], before, after)
    if proof:
        k = bit % len(proof)
        changed = [*proof[:k], _flipped(proof[k], bit), *proof[k + 1 :]]
        assert not continues(old, size, changed, before, after)
        assert not continues(old, size, proof[:-1], before, after)
