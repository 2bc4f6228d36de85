"""Single values as the wire has them and as Postgres prints them, for types that vectors do not know."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address, ip_address

DIGIT = 10_000
HEAD = struct.Struct(">HhHH")
POSITIVE, NEGATIVE = 0x0000, 0x4000
SPECIAL = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
OF_SPECIAL = {text: sign for sign, text in SPECIAL.items()}
V4, V6 = 2, 3
FULL_BITS = {4: 32, 16: 128}


def numeric_text(value: bytes) -> str:
    """A numeric with as many digits behind the point as it was given."""
    count, weight, sign, scale = HEAD.unpack_from(value)
    if sign in SPECIAL:
        return SPECIAL[sign]
    digits = struct.unpack_from(f">{count}H", value, HEAD.size)
    whole = 0
    for digit in digits:
        whole = whole * DIGIT + digit
    # The last digit stands for 10000 to the power of weight - count + 1: shift to `scale` places behind the point.
    shift = 4 * (weight - count + 1) + scale
    scaled = whole * 10**shift if shift >= 0 else whole // 10**-shift
    text = str(scaled).rjust(scale + 1, "0")
    text = f"{text[:-scale]}.{text[-scale:]}" if scale else text
    return f"-{text}" if sign == NEGATIVE else text


def numeric_of_text(text: str) -> bytes:
    """The way back; exponents are read too."""
    if text in OF_SPECIAL:
        return HEAD.pack(0, 0, OF_SPECIAL[text], 0)
    mantissa, _, exponent = text.lower().partition("e")
    negative = mantissa.startswith("-")
    whole, _, fraction = mantissa.lstrip("+-").partition(".")
    power = int(exponent or 0)
    scale = max(len(fraction) - power, 0)
    number = int((whole + fraction) or "0") * 10 ** max(power - len(fraction), 0)
    number *= 10 ** (-scale % 4)
    digits: list[int] = []
    while number:
        number, digit = divmod(number, DIGIT)
        digits.append(digit)
    weight = len(digits) - 1 - -(-scale // 4)
    digits.reverse()
    while digits and digits[-1] == 0:
        digits.pop()
    sign = NEGATIVE if negative and digits else POSITIVE
    return HEAD.pack(len(digits), weight if digits else 0, sign, scale) + struct.pack(f">{len(digits)}H", *digits)


def address_text(value: bytes) -> str:
    """An inet without the mask of a single host; a cidr with its mask always."""
    bits, is_network, octets = value[1], value[2], value[4:]
    address = ip_address(octets)
    text = _mixed(address) if isinstance(address, IPv6Address) else str(address)
    return f"{text}/{bits}" if is_network or bits != FULL_BITS[len(octets)] else text


def address_of_text(text: str, *, network: bool = False) -> bytes:
    """The way back."""
    host, _, mask = text.partition("/")
    octets = ip_address(host).packed
    bits = int(mask or FULL_BITS[len(octets)])
    return bytes((V4 if len(octets) == 4 else V6, bits, network, len(octets))) + octets  # noqa: PLR2004 - bytes of IPv4


def _mixed(address: IPv6Address) -> str:
    """Postgres writes the last four bytes of a mapped address as one of version 4."""
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)
