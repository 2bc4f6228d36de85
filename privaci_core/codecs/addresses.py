"""Addresses as the wire has them and as Postgres prints them, one by one: vectors do not know them."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

V4, V6 = 2, 3
FULL_BITS = {4: 32, 16: 128}


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
