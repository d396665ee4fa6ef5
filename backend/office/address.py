"""Whom to count when somebody begins a chat or tries to sign in."""

from __future__ import annotations

import ipaddress

from aiohttp import web


def address_of(request: web.Request) -> str:
    """Return whom to count: the peer, or whom a proxy on this machine names.

    Of an IPv6 address the /64: that is what one subscriber has, 2^64 addresses of their own.
    """
    peer = request.remote or ""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
    if peer in {"127.0.0.1", "::1"} and forwarded:
        peer = forwarded.rsplit(",", 1)[-1].strip()[:64]
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address)
