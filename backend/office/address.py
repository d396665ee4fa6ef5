"""Whom to count when somebody begins a chat or tries to sign in."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from aiohttp import web

_BRACKETED: Final = re.compile(r"\[([^\]]*)\](?::\d+)?")


def address_of(request: web.Request) -> str:
    """Return whom to count: the peer, or whom a proxy on this machine names.

    Of what the proxy names only the last counts, which it wrote itself; before it stands what the
    browser likes. Without a port, which changes with each connection; what is no address counts
    for nobody, and the proxy itself is counted. Of an IPv6 address the /64: that is what one
    subscriber has, 2^64 addresses of their own.
    """
    peer = request.remote or ""
    if peer in {"127.0.0.1", "::1"}:
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
        named = _address(forwarded.rpartition(",")[2].strip()[:64])
        return named or peer
    return _address(peer) or peer


def _address(text: str) -> str:
    host = text
    if found := _BRACKETED.fullmatch(text):
        host = found[1]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address)
