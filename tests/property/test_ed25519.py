"""The offline verifier's own Ed25519 agrees with the library's on everything, and with RFC 8032's examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent import ed25519
from laaswatch_collector.offline import ed25519_holds

# RFC 8032 §7.1: secret key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("seed", "public", "text", "signature"), RFC_8032)
def test_rfc_8032(seed, public, text, signature):
    secret, key, message, signed = map(bytes.fromhex, (seed, public, text, signature))
    assert ed25519.public_of(secret) == key
    assert ed25519.sign(secret, message) == signed
    assert ed25519.verify(key, message, signed)
    assert ed25519_holds(key, message, signed)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 2**20))
def test_both_say_the_same_of_every_flip(seed: bytes, message: bytes, bit: int):
    public, signature = ed25519.public_of(seed), ed25519.sign(seed, message)
    assert ed25519_holds(public, message, signature)
    assert ed25519.verify(public, message, signature)
    whole = public + signature + message
    at = bit % (8 * len(whole))
    changed = bytearray(whole)
    changed[at // 8] ^= 1 << at % 8
    key, signed, said = bytes(changed[:32]), bytes(changed[32:96]), bytes(changed[96:])
    assert not ed25519.verify(key, said, signed)
    assert not ed25519_holds(key, said, signed)


@given(st.binary(max_size=70), st.binary(max_size=20), st.binary(max_size=70))
def test_rubbish_is_no_signature(public: bytes, message: bytes, signature: bytes):
    assert not ed25519_holds(public, message, signature)
    assert not ed25519.verify(public, message, signature)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=50))
def test_a_second_spelling_of_the_same_signature_is_none(seed: bytes, message: bytes):
    """S plus the group's order would hold too, if nobody looked (RFC 8032 §5.1.7)."""
    public, signature = ed25519.public_of(seed), ed25519.sign(seed, message)
    larger = int.from_bytes(signature[32:], "little") + ORDER
    again = signature[:32] + larger.to_bytes(32, "little")
    assert not ed25519_holds(public, message, again)
    assert not ed25519.verify(public, message, again)
