"""Tokens over real HTTP: ahead of time, once for everybody, and a person when nothing else helps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web

from backend.models import AuditEntry, Chat, Outbox, TokenPair, TokenUse
from backend.people import Grant, Role, add_person, grant
from bot.messages import Outgoing
from bot.zalo_oa.authorise import Authorising
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.notice import admins_told
from bot.zalo_oa.oauth import Granted, NotSentError, UnknownOutcomeError, ZaloOAuth, granted
from bot.zalo_oa.pairs import Pairs
from bot.zalo_oa.tokens import NoTokenError, State, TokenKeeper
from locales import catalog
from tests.backend.office_people import make_areas
from tests.bot.zalo_oa.conftest import Account, said
from tests.clock import HandClock
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FakeUser, FakeZaloOA


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_tokens_are_renewed_ahead_of_time_and_the_old_one_is_used_meanwhile(
    account: Account, fake: FakeZaloOA, clock: HandClock
) -> None:
    keeper = account.keeper()
    await keeper.open()
    assert 71_999 < await keeper.look() <= 72_000  # 80 % of 25 hours
    first = await keeper.access_token()
    clock.advance(71_000)
    assert await keeper.look() == pytest.approx(1_000)
    assert fake.calls["access_token"] == 1
    clock.advance(1_001)
    fake.breaks("look", 503)
    with pytest.raises(NoTokenError):  # plainly out of order: nothing is risked with hours to go
        await keeper.look()
    assert await keeper.access_token() == first
    await keeper.look()
    assert await keeper.access_token() != first
    assert fake.shown == {"refresh-0": 1, fake_second(fake): 1}
    assert await noted() == ["token.set", "token.renewed", "token.renewed"]


async def noted() -> list[str]:
    """Return what the audit log has of the tokens, having looked that it holds none."""
    rows = await AuditEntry.filter(subject="channel:zalo-oa").order_by("number")
    tokens = await TokenPair.all().values_list("access_token", "refresh_token")
    told = " ".join(f"{row.subject} {row.details}" for row in rows)
    assert not [t for pair in tokens for t in pair if t and str(t) in told]
    return [row.action for row in rows]


def fake_second(fake: FakeZaloOA) -> str:
    return next(t for t in fake.shown if t != "refresh-0")


async def test_all_senders_whose_token_is_refused_share_one_refresh(
    account: Account, fake: FakeZaloOA, lan: FakeUser, clock: HandClock
) -> None:
    channel, other = await account.opened(), await account.opened()
    await said(channel, lan, "một")
    await said(other, lan, "hai")
    clock.advance(hours=1)
    fake.expires_tokens()
    sent = await asyncio.gather(
        *(said(c, lan, str(n)) for n, c in enumerate([channel, other] * 10))
    )
    kept = [d for d in sent if d.message_id]
    waits = [d for d in sent if d.transient and d.whole_bot]
    assert len(kept) + len(waits) == 20
    assert len(kept) >= 10  # the other process may have to look again in a moment
    assert max(fake.shown.values()) == 1
    assert fake.calls["access_token"] == 2
    assert (await said(other, lan, "ba")).message_id


async def test_a_token_that_zalo_goes_on_refusing_is_not_renewed_again_and_again(
    account: Account, fake: FakeZaloOA, lan: FakeUser
) -> None:
    channel = await account.opened()
    fake.fails("cs", -216, times=50)
    for _ in range(20):
        delivery = await said(channel, lan, "a")
        assert (delivery.transient, delivery.whole_bot) == (True, True)
    assert fake.calls["access_token"] == 1


async def test_a_line_that_is_down_costs_no_token(
    account: Account, fake: FakeZaloOA, clock: HandClock
) -> None:
    nowhere = ZaloOAuth(APP_ID, APP_SECRET, "http://127.0.0.1:1")
    keeper = TokenKeeper(nowhere, Pairs("zalo-oa", ""), clock, seed="refresh-0")
    await keeper.open()
    for _ in range(3):
        with pytest.raises(NoTokenError):
            await keeper.access_token()
    assert await TokenUse.all().count() == 0
    assert (await keeper.status()).state is State.WAITING
    there = account.keeper()
    await there.open()
    assert await there.access_token() == fake.pair.access


@pytest.mark.parametrize("trouble", ["answer lost", "no answer", "gateway", "refused"])
async def test_an_unknown_outcome_needs_a_person_and_the_token_is_never_shown_again(
    account: Account, fake: FakeZaloOA, clock: HandClock, trouble: str
) -> None:
    keeper = account.keeper()
    await keeper.open()
    match trouble:
        case "answer lost":
            fake.drops("access_token", after=True)
        case "no answer":
            fake.drops("access_token")
        case "gateway":
            fake.breaks("access_token", 502)
        case "refused":
            fake.pair.refresh = "another"
    for _ in range(3):
        with pytest.raises(NoTokenError):
            await keeper.access_token()
        clock.advance(hours=1)
    assert fake.calls["access_token"] == 1
    assert (await keeper.status()).state is State.AUTHORISE
    await keeper.look()
    assert len(account.lost) == 1
    use = await TokenUse.get()
    assert use.outcome == ("refused" if trouble == "refused" else "unknown")
    assert await noted() == ["token.set", "token.lost"]
    # Neither a restart nor the token that still stands in the settings changes that.
    again = account.keeper()
    await again.open()
    with pytest.raises(NoTokenError):
        await again.access_token()
    assert fake.calls["access_token"] == 1


async def test_a_new_token_in_the_settings_is_taken_and_a_used_one_is_not(
    account: Account, fake: FakeZaloOA, clock: HandClock
) -> None:
    keeper = account.keeper()
    await keeper.open()
    fake.drops("access_token", after=True)
    with pytest.raises(NoTokenError):
        await keeper.access_token()
    pasted = account.keeper(seed=fake.pair.refresh)
    await pasted.open()
    assert await pasted.access_token() == fake.pair.access
    old = account.keeper(seed="refresh-0")
    await old.open()
    assert await old.access_token() == fake.pair.access
    assert max(fake.shown.values()) == 1


async def test_a_late_answer_brings_the_tokens_back(
    account: Account, fake: FakeZaloOA, clock: HandClock
) -> None:
    """A process that was frozen for minutes: another gave its tokens up, and was mistaken."""
    pairs = Pairs("zalo-oa", "")
    await pairs.plant("refresh-0", clock.now())
    assert await pairs.begin("refresh-0", clock.now())
    assert not await pairs.begin("refresh-0", clock.now())
    keeper = account.keeper()
    await keeper.open()
    with pytest.raises(NoTokenError):
        await keeper.access_token()
    assert (await keeper.status()).state is State.WAITING
    clock.advance(121)
    with pytest.raises(NoTokenError):
        await keeper.access_token()
    assert (await keeper.status()).state is State.AUTHORISE
    assert fake.calls["access_token"] == 0
    answer = granted(b'{"access_token":"a","refresh_token":"r","expires_in":"90000"}')
    assert await pairs.save("refresh-0", answer, clock.now())
    assert (await keeper.status()).state is State.GOOD
    assert await keeper.access_token() == "a"


async def test_a_pair_waits_for_the_database_rather_than_be_lost(
    account: Account, fake: FakeZaloOA, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = account.keeper()
    await keeper.open()
    save, away = Pairs.save, [OSError("away"), OSError("away")]

    async def fails(self: Pairs, *given: object) -> bool:
        if away:
            raise away.pop()
        return await save(self, *given)

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(Pairs, "save", fails)
    keeper._pause = at_once
    assert await keeper.access_token() == fake.pair.access
    assert (await TokenPair.get()).refresh_token == fake.pair.refresh


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"access_token":"a"}',
        b'{"access_token":1,"refresh_token":2}',
    ],
)
def test_an_answer_that_says_nothing_is_an_unknown_outcome(body: bytes) -> None:
    with pytest.raises(UnknownOutcomeError):
        granted(body)


async def test_what_is_never_written_is_not_sent() -> None:
    async def refuses() -> None:
        raise LookupError

    with pytest.raises(NotSentError):
        await ZaloOAuth(APP_ID, APP_SECRET, "http://127.0.0.1:1").refresh("r", refuses)


class Office:
    """The two pages, served; somebody's browser; and the link that an admin is sent."""

    def __init__(self, account: Account, keeper: TokenKeeper) -> None:
        self.account = account
        self.keeper = keeper
        self.port = 0

    async def opens(self) -> web.AppRunner:
        app = web.Application()
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self.pages = self._pages("http://office.example", "the installation's secret")
        app.add_routes(self.pages.routes())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return runner

    def _pages(self, url: str, secret: str) -> Authorising:
        return Authorising(
            ZaloOAuth(APP_ID, APP_SECRET, self.account.fake.url),
            self.keeper,
            self.account.clock,
            secret_key=secret,
            public_url=url,
            catalog=catalog("vi"),
        )

    async def browses(self, address: str) -> tuple[int, str]:
        """Return status and text, or where it leads."""
        parts = urlsplit(address)
        here = f"http://127.0.0.1:{self.port}{parts.path}?{parts.query}"
        async with ClientSession() as browser, browser.get(here, allow_redirects=False) as page:
            return page.status, page.headers.get("Location") or await page.text()


@pytest.fixture
async def office(account: Account) -> AsyncIterator[Office]:
    keeper = account.keeper(seed="")
    await keeper.open()
    made = Office(account, keeper)
    runner = await made.opens()
    yield made
    await runner.cleanup()


async def test_a_person_gives_permission_and_everything_goes_on(
    office: Office, account: Account, fake: FakeZaloOA, clock: HandClock
) -> None:
    status, zalo = await office.browses(office.pages.link())
    assert status == 302
    assert zalo.startswith(f"{fake.url}/v4/oa/permission?")
    status, page = await office.browses(fake.permits(zalo))
    assert status == 200
    assert "Cảm ơn" in page
    assert await office.keeper.access_token() == fake.pair.access
    assert (await office.keeper.status()).state is State.GOOD
    assert await office.keeper.account() == "1423847451268726170"
    assert await noted() == ["token.given"]
    # The next permission must come from the same account.
    other = fake.permits(office.pages.permission_url(), oa_id="999")
    status, page = await office.browses(other)
    assert (status, "Official Account khác" in page) == (400, True)
    assert await office.keeper.access_token() == fake.pair.access


async def test_only_the_account_that_the_settings_name_may_give_permission(
    office: Office, fake: FakeZaloOA
) -> None:
    pages = office.pages
    pages._account = "777"
    for other in ("999", ""):
        status, page = await office.browses(fake.permits(pages.permission_url(), oa_id=other))
        assert (status, "Official Account khác" in page) == (400, True)
    assert fake.calls["access_token"] == 0, "the code was not even tried"
    assert (await office.browses(fake.permits(pages.permission_url(), oa_id="777")))[0] == 200
    # The office has moved to another account and says so in the settings.
    pages._account = "888"
    assert (await office.browses(fake.permits(pages.permission_url(), oa_id="888")))[0] == 200
    assert await office.keeper.account() == "888"


@pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])
async def test_of_two_accounts_at_the_same_time_the_first_is_kept(
    database: str, clock: HandClock
) -> None:
    async def gives(account: str) -> bool:
        granted = Granted(f"access-{account}", f"refresh-{account}", 90_000.0)
        return await Pairs(CHANNEL, "").adopt(granted, account, clock.now())

    both = await asyncio.gather(gives("1"), gives("2"))
    assert sorted(both) == [False, True]
    held = await Pairs(CHANNEL, "").load()
    assert held.access_token == f"access-{held.account}"
    assert held.account == "12"[both.index(True)]


async def test_a_link_ends_and_nobody_makes_one_up(
    office: Office, fake: FakeZaloOA, clock: HandClock
) -> None:
    link, zalo = office.pages.link(), office.pages.permission_url()
    strange = office._pages("http://office.example", "somebody else's secret")
    assert (await office.browses(strange.link()))[0] == 403
    assert (await office.browses(fake.permits(strange.permission_url())))[0] == 403
    # A state is no link and a link is no state.
    state = re.search(r"state=([^&]+)", zalo)
    assert state is not None
    assert (await office.browses(f"http://o/oauth/zalo-oa/go/{state[1]}"))[0] == 403
    back = fake.permits(zalo)
    clock.advance(601)
    assert (await office.browses(back))[0] == 403
    assert (await office.browses(link))[0] == 302
    clock.advance(days=7)
    assert (await office.browses(link))[0] == 403
    for wrong in ("", "?state=", "?code=1", "?state=1.2.3&code=1", "?state=%00.%ff&code=1"):
        assert (await office.browses(f"http://o/oauth/zalo-oa{wrong}"))[0] == 403
    assert fake.calls["access_token"] == 0


async def test_a_code_works_once_and_a_person_may_simply_try_again(
    office: Office, fake: FakeZaloOA
) -> None:
    back = fake.permits(office.pages.permission_url())
    fake.drops("access_token", after=True)
    assert (await office.browses(back))[0] == 502
    assert (await office.browses(back))[0] == 502
    assert (await office.browses(fake.permits(office.pages.permission_url())))[0] == 200


async def test_admins_are_told_once_where_they_can_be_reached(
    account: Account, fake: FakeZaloOA, clock: HandClock, lan: FakeUser
) -> None:
    huyen = (await make_areas())["huyen"]
    minh = await add_person("Minh", clock.now())
    await grant(minh.id, Grant(Role.ADMIN, huyen), clock.now())
    officer = await add_person("Hoa", clock.now())
    await grant(officer.id, Grant(Role.DISTRICT_OFFICER, huyen), clock.now())
    for person, channel, number in (
        (minh, "telegram", "1"),
        (minh, "zalo-oa", "2"),
        (officer, "web", "3"),
    ):
        await Chat.create(
            channel=channel, external_id=number, person=person, created_at=clock.now()
        )
    woken: list[bool] = []
    keeper = account.keeper()
    keeper._on_lost = admins_told(clock, lambda: "https://o/go/1", lambda: woken.append(True))
    await keeper.open()
    fake.drops("access_token", after=True)
    for _ in range(3):
        with pytest.raises(NoTokenError):
            await keeper.access_token()
        await keeper.look()
    (row,) = await Outbox.all().prefetch_related("chat")
    assert row.chat.channel == "telegram"
    text = Outgoing.from_json(row.payload).text
    assert "https://o/go/1" in text
    assert "cấp quyền" in text
    assert "refresh" not in row.payload + str(row.once)
    assert woken
