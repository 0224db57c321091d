"""Where a request comes from: the real address behind trusted proxies, and the network that counts as one person.

A proxy adds the address that it was asked from to X-Forwarded-For, at the end. What stands before the entries of
trusted proxies was written by whoever asked, and proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

HOPS_MOST = 9
WIDEST_BITS = 8  # 0.0.0.0/0 would be everyone, who could then send from any address
MAPPED_BITS = 96  # before the IPv4 address in ::ffff:10.0.0.7
# Before a data centre of IPv6 alone, a translator (RFC 6052) writes everyone who comes by IPv4 into this one network.
TRANSLATED = IPv6Network("64:ff9b::/96")
PERSON_BITS = 64  # an IPv6 line has 2^64 addresses or more, and a browser changes its own every day


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are believed: the last `hops` of a chain, or those in one of the networks."""

    hops: int = 0
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a number of proxies, or their addresses or networks, separated by commas.

        Raises:
            ValueError: what to write instead.
        """
        if text.isascii() and text.isdigit() and int(text) <= HOPS_MOST:
            return cls(hops=int(text))
        try:
            found = tuple(_plain(ip_network(part.strip())) for part in text.split(","))
        except ValueError as error:
            raise ValueError(
                f"write the number of proxies in front (0 to {HOPS_MOST}), or their addresses or networks, such as "
                "10.0.0.7, 10.1.0.0/16"
            ) from error
        if any(network.prefixlen < WIDEST_BITS and not network.is_private for network in found):
            raise ValueError("list only your own proxies: anyone trusted can claim any address")
        return cls(networks=found)

    def __str__(self) -> str:
        """Return it as it is written in the setting."""
        return ", ".join(map(str, self.networks)) or str(self.hops)

    def believes(self, peer: str) -> bool:
        """Return whether the peer's own word counts, as for the scheme that it was asked under."""
        return self.hops > 0 or self._is_listed(_parsed(peer))

    def client(self, peer: str, forwarded: str) -> str:
        """Return the last address that is not a trusted proxy's; what is no address ends the search."""
        chain = [part.strip() for part in forwarded.split(",") if part.strip()]
        if self.hops:
            found = _parsed(chain[-self.hops]) if len(chain) >= self.hops else None
            return peer if found is None else str(found)
        address = _parsed(peer)
        while chain and self._is_listed(address) and (before := _parsed(chain.pop())) is not None:
            address = before
        return peer if address is None else str(address)

    def _is_listed(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self.networks)


def person_network(address: str) -> str:
    """Return what stands for one person in a limit: an IPv4 address, the /64 of an IPv6 one."""
    parsed = _parsed(address)
    if not isinstance(parsed, IPv6Address):
        return address if parsed is None else str(parsed)
    if parsed in TRANSLATED:
        return str(IPv4Address(parsed.packed[MAPPED_BITS // 8 :]))
    return str(IPv6Network((parsed, PERSON_BITS), strict=False))


def _plain(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return IPv4 addresses that are written as IPv6 as what peers are compared as."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return network if mapped is None else IPv4Network((mapped, network.prefixlen - MAPPED_BITS))


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a proxy or a socket names; some add the port, and IPv4 comes as IPv6 too."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
