"""Which address counts behind proxies, and which addresses count as one person."""

from __future__ import annotations

import pytest

from portal.domain.addresses import Proxies, person_network

ADA, EVE = "203.0.113.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ("0", EVE, ADA, EVE),
        ("1", "10.0.0.1", ADA, ADA),
        ("1", "10.0.0.1", f"{ADA}, {EVE}", EVE),
        ("2", "10.0.0.1", f"{ADA}, {EVE}, 10.0.0.2", EVE),
        ("2", "10.0.0.1", EVE, "10.0.0.1"),
        ("1", "10.0.0.1", "", "10.0.0.1"),
        ("1", "", ADA, ADA),
        ("1", "10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ADA, ADA),
        ("10.0.0.0/8", "10.0.0.1", f"{ADA}, {EVE}, 10.0.0.2", EVE),
        ("10.0.0.0/8", "10.0.0.1", f"{ADA}, 10.0.0.3, 10.0.0.2", ADA),
        ("10.0.0.0/8", EVE, ADA, EVE),
        ("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.0/8", "10.0.0.1", f"{ADA}, <script>", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", f"{ADA}, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1, fd00::/8", "fd00::1", "[2001:db8::7]:443, 10.0.0.1:8080", "2001:db8::7"),
        ("10.0.0.1", "::ffff:10.0.0.1", ADA, ADA),
        ("10.0.0.1", "no address", ADA, "no address"),
        ("::ffff:10.0.0.0/104", "10.0.0.1", f"{ADA}, 10.0.0.2", ADA),  # as a socket for both kinds names its peer
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", ADA, ADA),
    ],
)
def test_the_last_hop_that_is_not_trusted_counts(trusted: str, peer: str, forwarded: str, client: str) -> None:
    assert Proxies.read(trusted).client(peer, forwarded) == client


@pytest.mark.parametrize(
    ("trusted", "peer", "believed"),
    [("0", ADA, False), ("1", ADA, True), ("10.0.0.0/8", ADA, False), ("10.0.0.0/8", "10.9.9.9", True)],
)
def test_only_a_trusted_proxy_is_believed(trusted: str, peer: str, *, believed: bool) -> None:
    found = Proxies.read(trusted)
    assert (found.believes(peer), str(found)) == (believed, trusted)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "10.0.0.7, ::/0", "128.0.0.0/1", "::ffff:0.0.0.0/96"])
def test_proxies_that_would_be_everyone_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="list only your own proxies"):
        Proxies.read(text)
    assert Proxies.read("10.0.0.0/8, fc00::/7").believes("fd00::1")


@pytest.mark.parametrize("text", ["10", "-1", "many", "10.0.0.1/8", "10.0.0.1,,", "10.0.0.256", "proxy.example.com"])
def test_what_names_no_proxies_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the number of proxies in front"):
        Proxies.read(text)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (ADA, ADA),
        ("::ffff:203.0.113.7", ADA),
        ("64:ff9b::203.0.113.7", ADA),
        ("64:ff9b::198.51.100.9", EVE),
        ("64:ff9b:1::198.51.100.9", "64:ff9b:1::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_person_is_a_network(address: str, network: str) -> None:
    assert person_network(address) == network
