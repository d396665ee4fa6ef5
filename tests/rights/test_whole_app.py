"""Everything that is served, not the office's pages alone: who finds which photo by which way, and numbers to call."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer

from backend.consent import give, withdraw
from backend.evidence.store import MARK, NotKeptError
from backend.models import (
    AuditEntry,
    Chat,
    Evidence,
    EvidenceFile,
    Inbox,
    Outbox,
    Person,
    RoleGrant,
)
from backend.people import Grant, Role, grant, revoke
from backend.settings import read_settings
from bot.messages import Button, Incoming, Kind, Outgoing
from bot.program import Program
from bot.reception.commands import Command
from bot.reception.desk import Desk
from bot.sent_figures import figures_key
from bot.sent_photos import photo_key
from bot.web_chat.links import begin_chat, person_link
from tests.backend.office.house import photo_path
from tests.bot.reception.talk import Office, Talk
from tests.clock import HandClock
from tests.journeys.house import photo
from tests.rights.routes import ABOUT, BEYOND, OPEN, OWN, WHOSE
from tests.rights.table import RULES, TREE, codes
from tests.rights.test_routes import addresses
from tests.rights.visitor import Visitor
from tests.rights.world import World

PUBLIC = "https://thonmoi.example"
SENT = 1
DOORS = {
    "TELEGRAM_TOKEN": "1:a",
    "TELEGRAM_MODE": "webhook",
    "TELEGRAM_WEBHOOK_SECRET": "a-secret-of-telegram",
    "ZALO_BOT_TOKEN": "2:b",
    "ZALO_BOT_MODE": "webhook",
    "ZALO_BOT_SECRET": "a-secret-of-zalo",
    "ZALO_OA_APP_ID": "77",
    "ZALO_OA_APP_SECRET": "app-secret",
    "ZALO_OA_SECRET_KEY": "oa-secret",
}
COMMANDS = (
    "trợ giúp",
    "/tiendo ia dal thon 3",
    "/giaidoan ia dal",
    "/nhapho thon 3",
    *(f"/{c}" for c in Command if c not in {Command.OTHER, Command.WITHDRAW}),
)

Browser = Callable[[], Visitor]


@pytest.fixture
async def program(world: World, clock: HandClock, database: str, tmp_path: Path) -> Program:
    env = {
        "DATABASE_URL": database,
        "DATA_DIR": str(tmp_path / "whole"),
        "PUBLIC_URL": PUBLIC,
        "SECRET_KEY": "only for tests, nowhere else",
    }
    program = Program(read_settings(env | DOORS), clock)
    assert program.photos.folder is not None
    (program.photos.folder / MARK).touch()  # there were photos before there was this folder
    key = await program.photos.put(photo(1, (64, 48)))
    await EvidenceFile.all().update(preview=key)
    return program


@pytest.fixture
async def anybody(program: Program) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(program.application())) as client:
        yield client


async def queued(chat_id: int, key: str, world: World) -> int:
    row = await Outbox.create(
        chat_id=chat_id,
        payload=Outgoing("Ảnh", picture=key).to_json(),
        status=SENT,
        created_at=world.clock.now(),
    )
    return int(row.id)


async def chat_of(person_id: int, world: World) -> tuple[str, int]:
    token = await person_link(person_id, "vi", world.clock.now())
    return token, (await Chat.get(channel="web", person_id=person_id)).id


async def found(anybody: TestClient, program: Program, token: str, row: int, key: str) -> set[int]:
    """Ask for a photo by every way that leads out; return what was answered, 200 where it was given."""
    told = await (await anybody.get(f"/c/{token}/messages")).json()
    shown = any(m.get("picture") == f"files/{row}" for m in told["messages"])
    signed = urlsplit(program.pictures.picture_link(key)).path
    statuses = [(await anybody.get(path)).status for path in (f"/c/{token}/files/{row}", signed)]
    return {*statuses, 200 if shown else 404}


async def test_every_address_of_the_whole_program_is_in_the_matrix(program: Program) -> None:
    """A new address anywhere is written into tests/rights/routes.py."""
    assert addresses(program.application()) == {*ABOUT, *WHOSE, *OWN, *OPEN, *BEYOND}


async def test_a_photo_in_a_chat_is_found_exactly_where_the_table_says(
    world: World, program: Program, anybody: TestClient, database_kind: str
) -> None:
    wrong = []
    for (role, place), me in world.people.items():
        if place not in {"ia-dal", "ia-dal-thon-3"} and (role, place) != ("admin", "cu"):
            continue
        token, chat = await chat_of(me, world)
        for code in codes(place, database_kind):
            key = photo_key(world.photos[code], me)
            row = await queued(chat, key, world)
            answers = await found(anybody, program, token, row, key)
            allowed = RULES["see a photo"].allows(role, place, code)
            if answers != {200 if allowed else 404}:
                wrong.append((role, place, code, answers))
            subject = f"photo:{world.photos[code]}"
            noted = await AuditEntry.filter(action="photo.fetched", by=me, subject=subject).count()
            if noted != allowed:
                wrong.append((role, place, code, "noted", noted))
    assert wrong == []


async def test_a_role_that_ended_takes_the_photos_of_its_chats_along(
    world: World, program: Program, anybody: TestClient
) -> None:
    now, me = world.clock.now(), world.people["commune_officer", "ia-dal"]
    token, chat = await chat_of(me, world)
    keys = {c: photo_key(world.photos[c], me) for c in ("ia-dal-thon-3", "ia-toi")}
    rows = {code: await queued(chat, key, world) for code, key in keys.items()}
    await grant(me, Grant(Role.COMMUNE_OFFICER, world.areas["ia-toi"]), now)
    for code, key in keys.items():
        assert await found(anybody, program, token, rows[code], key) == {200}
    role = await RoleGrant.get(person_id=me, area_id=world.areas["ia-dal"])
    await revoke(me, now, grant_id=role.id)
    here, there = keys
    assert await found(anybody, program, token, rows[here], keys[here]) == {404}
    with pytest.raises(NotKeptError):  # what every channel sends: its words go alone
        await program.attachments.get(keys[here])
    assert await found(anybody, program, token, rows[there], keys[there]) == {200}
    await give(me, "web", now)
    await withdraw(me, now)
    signed = urlsplit(program.pictures.picture_link(keys[there])).path
    assert (await anybody.get(signed)).status == 404
    assert (await anybody.get(f"/c/{token}/files/{rows[there]}")).status == 404


async def test_what_was_told_to_a_role_in_an_office_goes_with_it_and_a_village_s_own_stays(
    world: World, program: Program, anybody: TestClient
) -> None:
    """Words, pictures and workbooks: in the chat, by a signed address, and what still waits to go."""
    now, me = world.clock.now(), world.people["commune_officer", "ia-dal"]
    village = world.areas["ia-dal-thon-3"]
    await grant(me, Grant(Role.VILLAGE_HEAD, village), now)
    await grant(me, Grant(Role.DEPARTMENT_OFFICER, world.areas["ia-toi"], "Phòng X"), now)
    token, chat = await chat_of(me, world)
    book = await program.attachments.put(b"PK a workbook")

    async def told(text: str, status: int = SENT, **more: object) -> int:
        message = Outgoing(text, **more)  # type: ignore[arg-type]  # one of its fields each
        row = await Outbox.create(
            chat_id=chat,
            payload=message.to_json(),
            status=status,
            purpose=message.purpose,
            created_at=world.clock.now(),
        )
        return int(row.id)

    async def said() -> list[str]:
        messages = (await (await anybody.get(f"/c/{token}/messages")).json())["messages"]
        return [m["text"] for m in messages]

    keys = {code: figures_key(code, me, book) for code in ("ia-dal", "ia-toi")}
    await told("Duyệt ảnh của Thôn 1?", buttons=((Button("Duyệt", "0:d.1.0.1"),),))
    rows = {
        c: await told(f"Tiến độ {c}", document=k, document_name="a.xlsx") for c, k in keys.items()
    }
    await told("Câu 2: bao nhiêu hộ?", prompt=2, village=village)
    await told("Nhắc bác gửi phiếu", purpose="reminder")
    await told("Câu 1 của thôn khác, nhập thay", prompt=1, village=world.areas["khac-thon-1"])
    waiting = await told("Ảnh chờ duyệt: 3", status=0, purpose="notice")
    asked = await told("Câu 3", status=0, prompt=3, village=village)
    await Inbox.create(
        channel="web", external_id="press", chat_id=chat, status=2, received_at=world.clock.now(),
        payload=Incoming("web", "press", "c", "c", Kind.PRESS, text="d.1.0.1").to_json(),
    )  # fmt: skip
    assert len(await said()) == 9

    async def opened(code: str) -> set[int]:
        signed = urlsplit(program.pictures.document_link(keys[code], "a.xlsx")).path
        paths = (f"/c/{token}/files/{rows[code]}?document=1", signed)
        return {(await anybody.get(path)).status for path in paths}

    assert [await opened(code) for code in keys] == [{200}, {200}]
    bare = urlsplit(program.pictures.document_link(book, "a.xlsx")).path
    assert (await anybody.get(bare)).status == 404, "a key that names nobody"
    world.clock.advance(minutes=5)
    role = await RoleGrant.get(person_id=me, area_id=world.areas["ia-dal"])
    await revoke(me, world.clock.now(), grant_id=role.id)
    assert [await opened(code) for code in keys] == [{404}, {200}]
    with pytest.raises(NotKeptError):  # what every channel sends
        await program.attachments.get(keys["ia-dal"])
    assert await said() == ["…", "Câu 2: bao nhiêu hộ?", "Nhắc bác gửi phiếu", "Câu 3"]
    left = {row.id: row.status for row in await Outbox.filter(id__in=[waiting, asked])}
    assert left == {waiting: 2, asked: 0}, "what waits is not sent either"
    world.clock.advance(minutes=5)
    await told("Chào bác")
    assert (await said())[-1] == "Chào bác", "what is said from now on is theirs"
    await grant(me, Grant(Role.COMMUNE_OFFICER, world.areas["ia-dal"]), world.clock.now())
    assert "Duyệt ảnh của Thôn 1?" in await said(), "with the role it comes back"
    assert await opened("ia-dal") == {200}


async def test_what_was_never_sent_in_or_was_taken_out_is_found_by_nobody(
    world: World, program: Program, anybody: TestClient, visitor: Browser
) -> None:
    me, code = world.people["admin", "ia-hdrai"], "ia-dal-thon-3"
    browser = visitor()
    await browser.enter(me)
    token, chat = await chat_of(me, world)
    key = photo_key(world.photos[code], me)
    row = await queued(chat, key, world)
    photos = Evidence.filter(id=world.photos[code])
    assert await found(anybody, program, token, row, key) == {200}
    submission = (await photos.first().values("submission_id"))["submission_id"]
    for gone in ({"submission_id": None}, {"dropped_at": world.clock.now()}):
        await photos.update(**gone)
        assert await found(anybody, program, token, row, key) == {404}
        assert (await browser.get(photo_path(world.photos[code]))).status == 404
        await photos.update(submission_id=submission, dropped_at=None)


async def test_anothers_chat_changed_numbers_and_old_keys_open_nothing(
    world: World, program: Program, anybody: TestClient
) -> None:
    me, other = world.people["admin", "ia-hdrai"], world.people["admin", "ia-dal"]
    token, chat = await chat_of(me, world)
    theirs, their_chat = await chat_of(other, world)
    key = photo_key(world.photos["ia-dal-thon-3"], me)
    row = await queued(chat, key, world)
    passed_on = await queued(their_chat, key, world)
    old = await queued(chat, "photo|" + "a" * 64, world)
    _, strange = await begin_chat(world.clock.now(), "vi")
    for path in (
        f"{theirs}/files/{row}",
        f"{strange}/files/{row}",
        f"{theirs}/files/{passed_on}",
        f"{token}/files/{passed_on}",
        f"{token}/files/{old}",
        f"{token}/files/987654321",
        f"{token}/files/{row}?document=1",
        f"{'A' * 43}/files/{row}",
    ):
        assert (await anybody.get(f"/c/{path}")).status == 404, path
    mine = await (await anybody.get(f"/c/{token}/messages")).json()
    assert [m.get("picture") for m in mine["messages"]] == [f"files/{row}", None]
    strangers = await (await anybody.get(f"/c/{strange}/messages")).json()
    assert strangers["messages"] == []
    assert (await anybody.get(f"/c/{'A' * 43}/messages")).status == 404
    for queued_for in ("photo|" + "a" * 64, "photo||", "photo|1", "photo|0|0", f"{key}|1"):
        signed = urlsplit(program.pictures.picture_link(queued_for)).path
        assert (await anybody.get(signed)).status == 404, queued_for


async def test_the_address_of_a_photo_lives_ten_minutes_and_is_kept_by_nobody(
    world: World, program: Program, anybody: TestClient
) -> None:
    me = world.people["admin", "ia-hdrai"]
    link = program.pictures.picture_link(photo_key(world.photos["ia-dal"], me))
    for _ in range(2):
        answer = await anybody.get(urlsplit(link).path)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    world.clock.advance(minutes=10, seconds=1)
    assert (await anybody.get(urlsplit(link).path)).status == 404


async def test_no_page_and_no_message_shows_a_number_to_call(
    world: World, program: Program, visitor: Browser
) -> None:
    me = world.people["admin", "ia-hdrai"]
    numbers = [p.phone for p in await Person.exclude(phone=None) if p.phone]
    assert len(numbers) > len(TREE)
    browser = visitor()
    await browser.enter(me)
    said: dict[str, str] = {}
    for code in TREE:
        for name, about in ABOUT.items():
            if name.startswith("GET") and name != "GET /progress.png":
                said[f"{name} {code}"] = readable(
                    await (await browser.get(about.path(world, code))).read()
                )
    for name, whose in WHOSE.items():
        if name.startswith("GET"):
            answer = await browser.get(whose.path or name.split()[1])
            said[name] = await answer.text()
    office = Office(world.clock, Desk(program.house), program.attachments)
    for nick in (("admin", "ia-hdrai"), ("commune_officer", "ia-dal")):
        chat = await Chat.create(
            channel="telegram",
            external_id=f"chat of {nick}",
            person_id=world.people[nick],
            created_at=world.clock.now(),
        )
        talk = Talk(office, chat.id, chat.external_id)
        for command in COMMANDS:
            said[f"{nick} {command}"] = await talk.send(command)
    assert [
        name for name, text in said.items() if any(n in digits(text) for n in called(numbers))
    ] == []
    assert all(said.values())


def readable(body: bytes) -> str:
    """Return a page's words; of a workbook, everything in it."""
    if not body.startswith(b"PK"):
        return body.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return "\n".join(book.read(name).decode(errors="replace") for name in book.namelist())


def digits(text: str) -> str:
    """Return a text without what people put between the digits of a number."""
    return re.sub(r"(?<=\d)[ .\-](?=\d)", "", text)


def called(numbers: list[str]) -> list[str]:
    """Return the numbers without the country, so that every way to write them is found."""
    return [n.removeprefix("+84") for n in numbers]
