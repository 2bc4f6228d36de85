"""IP addresses: their binary form and as Postgres prints them. Each distinct one by itself."""

from __future__ import annotations

from functools import partial
from ipaddress import IPv6Address, ip_address

import numpy as np
import polars as pl
import pyarrow as pa

from privaci_core.codecs.codec import Codec, one_by_one, present_only
from privaci_core.compiled import loops
from privaci_core.compiled.addresses import address_texts, addresses_of
from privaci_core.compiled.texts import large_text

# The numbers of the two families on the wire, by how many bytes an address has.
FAMILIES = {4: 2, 16: 3}
FULL_BITS = {4: 32, 16: 128}


def address_text(value: bytes) -> str:
    """An inet without the mask of a single host; a cidr always with its mask."""
    bits, is_network, octets = value[1], value[2], value[4:]
    address = ip_address(octets)
    text = _mixed(address) if isinstance(address, IPv6Address) else str(address)
    return f"{text}/{bits}" if is_network or bits != FULL_BITS[len(octets)] else text


def address_wire(text: str) -> bytes:
    """The binary form of an inet."""
    return _wire(text, is_network=0)


def network_wire(text: str) -> bytes:
    """The binary form of a cidr."""
    return _wire(text, is_network=1)


def _wire(text: str, is_network: int) -> bytes:
    host, _, mask = text.partition("/")
    octets = ip_address(host).packed
    bits = int(mask or FULL_BITS[len(octets)])
    return bytes((FAMILIES[len(octets)], bits, is_network, len(octets))) + octets


def _mixed(address: IPv6Address) -> str:
    """Postgres prints the last four bytes of a mapped address as an IPv4 address."""
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


def _addresses(values: pa.Array) -> pl.Series:
    """By the loop those that it takes, the others each distinct one by itself."""
    if not loops.LOADED:
        return ONE_BY_ONE.decode(values)
    texts, is_left = address_texts(values)
    left = np.flatnonzero(is_left)
    found = pl.Series(texts)
    if not len(left):
        return found
    return found.scatter(pl.Series(left), ONE_BY_ONE.decode(values.take(pa.array(left))))


def _wires(values: pl.Series, alone: Codec, *, is_network: bool) -> pa.Array:
    """By the loop those that it takes, the others each distinct one by itself."""
    if not loops.LOADED:
        return alone.encode(values)
    wires, is_left = addresses_of(large_text(values), is_network=is_network)
    left = np.flatnonzero(is_left)
    if not len(left):
        return wires
    places = np.arange(len(values))
    places[left] = len(values) + np.arange(len(left))
    others = alone.encode(values.gather(pl.Series(left)))
    return pa.concat_arrays([wires, others]).take(pa.array(places))


ONE_BY_ONE = one_by_one(address_text, address_wire)
NETWORKS_ALONE = one_by_one(address_text, network_wire)
ADDRESS = present_only(_addresses, partial(_wires, alone=ONE_BY_ONE, is_network=False))
NETWORK = present_only(
    NETWORKS_ALONE.decode, partial(_wires, alone=NETWORKS_ALONE, is_network=True)
)
