"""No test speaks to anything but this machine: whatever tries fails with one sentence."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class NotLoopbackError(AssertionError):
    """A test tried to leave this machine. Not an OSError: the program would try again."""

    def __init__(self, host: str) -> None:
        super().__init__(f"a test may speak to this machine alone, not to {host}")


def _may_connect(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_number(host: str) -> bool:
    """Say whether a host is an address, however it is written (0x7f.1): no name is asked for."""
    if ":" in host:
        return True
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def nothing_beyond_loopback() -> Iterator[None]:
    """Refuse connections and look-ups of names beyond loopback; UNIX sockets stay free."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        internet = self.family in {socket.AF_INET, socket.AF_INET6}
        if internet and not _may_connect(address[0]):
            raise NotLoopbackError(address[0])
        connect(self, address)

    def asked(host: Any, *given: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        if not (_may_connect(name) or _is_number(name)):
            raise NotLoopbackError(name)
        return look_up(host, *given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket, "getaddrinfo", asked)
        yield
