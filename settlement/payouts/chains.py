"""Addresses of block chains, checked by each chain's own checksum, without Django.

Bitcoin: Base58Check of version 0 and 5, Bech32 of witness version 0 (BIP-173) and Bech32m of version 1
(BIP-350). Ethereum: 20 bytes in hexadecimal whose capitals are the checksum (EIP-55). TRON: Base58Check of
version 0x41. Main networks alone.
"""

import hashlib
import re
from typing import Final

BITCOIN, ETHEREUM, TRON = "bitcoin", "ethereum", "tron"
NETWORKS: Final = (BITCOIN, ETHEREUM, TRON)

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_SUMS: Final = {0: 1, 1: 0x2BC830A3}
_PROGRAM_BYTES: Final = {0: (20, 32), 1: (32,)}
_ETHEREUM: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_LENGTH_MAX: Final = 90
_LANES: Final = 5
_KECCAK_RATE: Final = 136


def is_address(text: str, network: str) -> bool:
    """Whether a text is an address of a network, with the right checksum."""
    if len(text) > _LENGTH_MAX:
        return False
    if network == BITCOIN:
        return _version_of_base58(text) in (0, 5) or _is_segwit(text)
    if network == TRON:
        return _version_of_base58(text) == 0x41
    return network == ETHEREUM and _is_eip55(text)


def _version_of_base58(text: str) -> int | None:
    """Return the version byte of a Base58Check text of 21 bytes; None if it is none."""
    if not text or any(letter not in _BASE58 for letter in text):
        return None
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    decoded = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = decoded[:-4], decoded[-4:]
    if len(payload) != 21 or _sha256(_sha256(payload))[:4] != checksum:
        return None
    return payload[0]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _is_segwit(text: str) -> bool:
    if text not in (text.lower(), text.upper()) or not text.lower().startswith("bc1"):
        return False
    words = [_BECH32.find(letter) for letter in text.lower()[3:]]
    if -1 in words or len(words) < 8:
        return False
    version = words[0]
    program = _regrouped(words[1:-6])
    return (
        program is not None
        and len(program) in _PROGRAM_BYTES.get(version, ())
        and _bech32_sum("bc", words) == _BECH32_SUMS[version]
    )


def _bech32_sum(prefix: str, words: list[int]) -> int:
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    checksum = 1
    for word in (*spread, *words):
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ word
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                checksum ^= generator
    return checksum


def _regrouped(words: list[int]) -> bytes | None:
    """Return groups of 5 bits as bytes; None where what is left over is not less than 5 zero bits."""
    bits = "".join(format(word, "05b") for word in words)
    whole = len(bits) // 8 * 8
    if len(bits) - whole > 4 or "1" in bits[whole:]:
        return None
    return bytes(int(bits[place : place + 8], 2) for place in range(0, whole, 8))


def _is_eip55(text: str) -> bool:
    if not _ETHEREUM.fullmatch(text):
        return False
    digits = text[2:]
    marks = keccak_256(digits.lower().encode()).hex()
    return digits == "".join(
        digit.upper() if int(mark, 16) >= 8 else digit
        for digit, mark in zip(digits.lower(), marks, strict=False)
    )


def keccak_256(data: bytes) -> bytes:
    """Return the Keccak-256 digest as Ethereum has it: the padding of before FIPS 202, so not SHA3-256."""
    padded = bytearray(data) + bytearray(_KECCAK_RATE - len(data) % _KECCAK_RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [[0] * _LANES for _ in range(_LANES)]
    for start in range(0, len(padded), _KECCAK_RATE):
        for place in range(_KECCAK_RATE // 8):
            word = padded[start + 8 * place : start + 8 * place + 8]
            lanes[place % _LANES][place // _LANES] ^= int.from_bytes(word, "little")
        lanes = _keccak_f(lanes)
    return b"".join(lanes[place][0].to_bytes(8, "little") for place in range(4))


def _keccak_f(lanes: list[list[int]]) -> list[list[int]]:
    """Return the state after 24 rounds of Keccak-f[1600] (FIPS 202 section 3)."""
    shift = 1
    for _ in range(24):
        columns = [row[0] ^ row[1] ^ row[2] ^ row[3] ^ row[4] for row in lanes]
        for x in range(_LANES):
            mixed = columns[x - 1] ^ _rotated(columns[(x + 1) % _LANES], 1)
            lanes[x] = [lane ^ mixed for lane in lanes[x]]
        x, y, moved = 1, 0, lanes[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % _LANES
            moved, lanes[x][y] = lanes[x][y], _rotated(moved, (step + 1) * (step + 2) // 2)
        for y in range(_LANES):
            row = [lanes[x][y] for x in range(_LANES)]
            for x in range(_LANES):
                lanes[x][y] = row[x] ^ (~row[(x + 1) % _LANES] & row[(x + 2) % _LANES])
        for bit in range(7):
            shift = (shift << 1 ^ (shift >> 7) * 0x71) % 256
            if shift & 2:
                lanes[0][0] ^= 1 << ((1 << bit) - 1)
    return lanes


def _rotated(lane: int, places: int) -> int:
    places %= 64
    return (lane << places | lane >> (64 - places)) & 0xFFFFFFFFFFFFFFFF
