"""Whom tries are counted for, whatever a browser or a proxy says."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from backend.office.address import address_of


class Line:
    """A connection's other end."""

    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._peer, 40_000) if name == "peername" else default


def seen(peer: str, *said: str) -> str:
    headers = [("X-Forwarded-For", one) for one in said]
    request = make_mocked_request("POST", "/password", headers=headers, transport=Line(peer))  # type: ignore[arg-type]  # all that is asked of a transport
    return address_of(request)


@pytest.mark.parametrize("said", ["10.0.0.1", "1.1.1.1, 2.2.2.2", "127.0.0.1", "", "x" * 500])
def test_who_comes_by_no_proxy_of_ours_is_who_they_are(said: str) -> None:
    assert seen("203.0.113.7", said) == "203.0.113.7"


def test_of_what_our_proxy_names_the_last_counts() -> None:
    assert seen("127.0.0.1", "1.1.1.1, 203.0.113.7") == "203.0.113.7"
    assert seen("::1", "1.1.1.1", "203.0.113.7") == "203.0.113.7"
    assert seen("127.0.0.1") == "127.0.0.1"


def test_another_port_is_no_other_address() -> None:
    for port in (1, 40_000, 40_001):
        assert seen("127.0.0.1", f"203.0.113.7:{port}") == "203.0.113.7"
        assert seen("127.0.0.1", f"[2001:db8:1:2:3::9]:{port}") == "2001:db8:1:2::"
    for end in ("2001:db8:1:2::1", "[2001:db8:1:2:ffff::]", "2001:db8:1:2::5%eth0"):
        assert seen("127.0.0.1", end) == "2001:db8:1:2::"
    assert seen("127.0.0.1", "::ffff:203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize("said", ["unknown", "1.1.1.1,", "_hidden", "1.2.3", "a.example:80", "[x]"])
def test_what_is_no_address_counts_for_the_proxy(said: str) -> None:
    assert seen("127.0.0.1", said) == "127.0.0.1"
