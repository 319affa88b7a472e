"""Merkle trees: the known answers of certificate transparency's own tests, and every proof of small trees."""

from hashlib import sha256

import pytest

from laaswatch_collector.evidence.merkle import (
    EMPTY,
    Edge,
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    leaf_hash,
    nodes_over,
    root_of,
)

# The eight leaves and their roots that the tests of certificate-transparency (Go, C++, Java) share.
LEAVES = [
    bytes.fromhex(x)
    for x in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

HASHES = [leaf_hash(x) for x in LEAVES]
NODES = nodes_over(HASHES)


def test_a_tree_without_leaves_has_the_hash_of_nothing():
    assert root_of(NODES, 0) == Edge().root() == EMPTY == sha256(b"").digest()


def test_the_known_roots_come_out_both_ways():
    edge = Edge()
    for size, (leaf, root) in enumerate(zip(HASHES, ROOTS, strict=True), start=1):
        edge.append(leaf)
        assert edge.root().hex() == root
        assert root_of(NODES, size).hex() == root


@pytest.mark.parametrize(("position", "size"), INCLUSION)
def test_the_known_inclusion_proofs_come_out(position: int, size: int):
    proof = inclusion_proof(NODES, position, size)
    assert [x.hex() for x in proof] == INCLUSION[position, size]


@pytest.mark.parametrize(("old", "size"), CONSISTENCY)
def test_the_known_consistency_proofs_come_out(old: int, size: int):
    assert [x.hex() for x in consistency_proof(NODES, old, size)] == CONSISTENCY[old, size]


def test_every_proof_of_every_small_tree_holds_and_for_nothing_else():
    hashes = [leaf_hash(bytes([i])) for i in range(40)]
    nodes = nodes_over(hashes)
    roots = [root_of(nodes, size) for size in range(41)]
    for size in range(1, 41):
        for position in range(size):
            proof = inclusion_proof(nodes, position, size)
            assert includes(hashes[position], position, size, proof, roots[size])
            assert not includes(hashes[position], position, size, proof, roots[size - 1])
            assert (
                not includes(hashes[position - 1], position, size, proof, roots[size]) or size == 1
            )
        for old in range(1, size + 1):
            proof = consistency_proof(nodes, old, size)
            assert continues(old, size, proof, roots[old], roots[size])
            assert not continues(old, size, proof, roots[old - 1], roots[size])
            assert not continues(old, size, proof, roots[old], roots[size - 1])


def test_an_edge_goes_on_from_a_stored_tree():
    hashes = [leaf_hash(bytes([i])) for i in range(100)]
    nodes = nodes_over(hashes)
    for size in range(100):
        edge = Edge(nodes, size)
        for leaf in hashes[size:]:
            edge.append(leaf)
        assert edge.root() == root_of(nodes, 100)


def test_what_an_append_makes_whole_are_the_trees_nodes():
    hashes = [leaf_hash(bytes([i])) for i in range(64)]
    nodes, edge = nodes_over(hashes), Edge()
    made = [node for leaf in hashes for node in edge.append(leaf)]
    assert len(made) == 2 * 64 - 1
    assert all(nodes(level, number) == found for level, number, found in made)


def test_a_nations_day_has_proofs_of_512_bytes():
    nodes = nodes_over(leaf_hash(i.to_bytes(4, "big")) for i in range(40_000))
    proofs = [inclusion_proof(nodes, position, 40_000) for position in range(0, 40_000, 997)]
    assert max(32 * len(proof) for proof in proofs) == 512


@pytest.mark.parametrize(("position", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(position: int, size: int):
    with pytest.raises(ValueError, match="outside"):
        inclusion_proof(NODES, position, size)
    assert not includes(HASHES[0], position, size, [], bytes(32))


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_no_tree_begins_with_a_larger_one(old: int, size: int):
    with pytest.raises(ValueError, match="beginning"):
        consistency_proof(NODES, old, size)
    assert not continues(old, size, [], bytes(32), bytes(32))
