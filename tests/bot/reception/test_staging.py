"""A village through its stages, with the days in each; who may move it, and taking a move back."""

from __future__ import annotations

import asyncio
import io

import openpyxl
import pytest

from backend.models import Area, Chat, StageMove
from backend.people import Role
from backend.plans.store import active_pack
from backend.reports.xlsx import progress_xlsx
from backend.stages.moves import (
    DoneAlreadyError,
    OvertakenError,
    OwnMoveError,
    Unit,
    follow_status,
    move,
    moves_of,
    undo,
)
from backend.stages.steps import recognised_units
from backend.status.recorded import progress_of
from locales import catalog
from tests.bot.reception.talk import PLAN, Office
from tests.clock import OFFICE_ZONE, HandClock, local

VILLAGE = "ia-dal-thon-3"
SET = "thon-ntm"


async def moved(talk, to: str, note: str = "bỏ qua") -> str:
    """Move Thôn 3 to the stage whose name holds these words."""
    listed = await talk.send("/giaidoan thôn 3 ia đal")
    number = next(line.split(".")[0] for line in listed.splitlines() if to in line and "." in line)
    await talk.send(number)
    return await talk.send(note)


async def test_four_stages_with_the_days_in_each(office: Office, clock: HandClock) -> None:
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    district = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    village = await Area.get(code=VILLAGE)

    clock.set(local(8, 1))
    assert "Chưa vào giai đoạn nào" in await commune.send("/giaidoan thôn 3")
    assert "Đã ghi" in await moved(commune, "đăng ký", "Đơn đăng ký số 12")

    # The village's own figures meet everything: the program moves it, and nobody else.
    clock.set(local(9, 10))
    unit = Unit(await active_pack(PLAN), village, SET)
    assert await follow_status(unit, met=True, now=clock.now())
    assert await follow_status(unit, met=True, now=clock.now()) is None, "once"
    shown = await commune.send("/tiendo thôn 3 ia đal")
    assert "Giai đoạn: Tự đánh giá" in shown
    assert "40 ngày" in shown, "August 1st to September 10th"

    # What the plan leaves to the district the commune cannot do.
    listed = await commune.send("/giaidoan thôn 3")
    assert "công bố" not in listed
    await commune.send("hủy")
    clock.set(local(9, 20))
    assert "Đã ghi" in await moved(commune, "hồ sơ")
    clock.set(local(10, 5))
    done = await moved(district, "công bố", "QĐ 45/QĐ-UBND")
    assert "QĐ 45/QĐ-UBND" in done
    assert "15 ngày" in done

    moves = (await moves_of(PLAN, [VILLAGE]))[VILLAGE]
    assert [m.stage for m in moves] == [
        "registration",
        "self-assessment",
        "dossier",
        "village-recognition",
    ]
    assert VILLAGE in recognised_units(unit.pack, {VILLAGE: moves}, clock.now())

    # Figures that fall back do not take a recognition away.
    assert await follow_status(unit, met=False, now=clock.now()) is None

    # Text, workbook: the days, for the whole district.
    progress = await progress_of("ia-hdrai", None, clock, unit.pack, zone=OFFICE_ZONE)
    sheets = openpyxl.load_workbook(io.BytesIO(progress_xlsx(progress, catalog("vi"))))
    found = sheets["Giai đoạn"].iter_rows(values_only=True)
    rows = [row for row in found if isinstance(row[5], int)]
    assert [(row[5], row[8] or "") for row in rows] == [
        (40, "Đơn đăng ký số 12"),
        (10, ""),
        (15, ""),
        (0, "QĐ 45/QĐ-UBND"),
    ]
    assert "Giai đoạn" in await district.send("/tiendo")


async def test_a_mistaken_move_is_taken_back_by_another_one(
    office: Office, clock: HandClock
) -> None:
    district = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    clock.set(local(8, 1))
    await moved(commune, "đăng ký")
    clock.set(local(8, 11))
    await moved(district, "công bố")
    listed = await commune.send("/giaidoan thôn 3")
    assert "Rút lại" not in listed, "it was the district's move"
    await commune.send("hủy")
    clock.set(local(8, 12))
    back = await moved(district, "Rút lại", "nhầm thôn")
    assert "đăng ký" in back
    assert "11 ngày" in back, "as if it had never left"
    rows = await StageMove.all().order_by("id")
    assert len(rows) == 3
    assert rows[2].undoes_id == rows[1].id


async def test_the_program_takes_its_own_move_back_and_nobody_elses(
    office: Office, clock: HandClock
) -> None:
    unit = Unit(await active_pack(PLAN), await Area.get(code=VILLAGE), SET)
    assert await follow_status(unit, met=False, now=clock.now()) is None
    await follow_status(unit, met=True, now=clock.now())
    taken = await follow_status(unit, met=False, now=clock.now())
    assert (taken.stage, taken.moved_by_id) == ("", None)
    assert await unit.held() == []
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await moved(commune, "Tự đánh giá")
    assert await follow_status(unit, met=False, now=clock.now()) is None


async def test_only_officers_of_the_area(office: Office, clock: HandClock) -> None:
    head = await office.head(VILLAGE)
    assert "Chỉ cán bộ" in await head.send("/giaidoan thôn 3")
    other = await office.officer(Role.COMMUNE_OFFICER, "ia-toi")
    assert "tìm thấy" in await other.send("/giaidoan xã ia đal")
    department = await office.officer(Role.DEPARTMENT_OFFICER, "ia-hdrai")
    listed = await department.send("/giaidoan thôn 3 ia đal")
    assert "Chuyển sang" not in listed
    assert await StageMove.all().count() == 0


async def test_two_officers_at_the_same_unit_the_second_learns_of_the_first(
    office: Office, clock: HandClock
) -> None:
    first = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    second = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    for talk in (first, second):
        listed = await talk.send("/giaidoan thôn 3")
        assert "đăng ký" in listed
        await talk.send("1")
    assert "Đã ghi" in await first.send("Đơn số 1")
    said = await second.send("Đơn số 2")
    assert "chưa có gì thay đổi" in said.lower()
    assert "Đơn số 1" in said, "how it stands now"
    assert await StageMove.all().count() == 1

    # Taken back by one, not twice by two.
    for talk in (first, second):
        listed = await talk.send("/giaidoan thôn 3")
        number = next(x.split(".")[0] for x in listed.splitlines() if "vừa rồi" in x)
        await talk.send(number)
    await first.send("bỏ qua")
    assert "chưa có gì thay đổi" in (await second.send("bỏ qua")).lower()
    assert await StageMove.all().count() == 2


async def test_nobody_comes_to_where_they_stand(office: Office, clock: HandClock) -> None:
    talk = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    person = (await Chat.get(id=talk.chat_id)).person_id
    unit = Unit(await active_pack(PLAN), await Area.get(code=VILLAGE), SET)
    now = clock.now()
    made = await move(person, unit, "registration", "", now, seen=0)
    assert made
    assert await move(person, unit, "registration", "", now, seen=made.id) is None
    with pytest.raises(OvertakenError):
        await move(person, unit, "dossier", "", now, seen=0)
    with pytest.raises(OvertakenError):
        await undo(person, unit, "", now, seen=0)
    assert await StageMove.all().count() == 1


async def test_a_press_that_comes_twice_is_done_already(office: Office, clock: HandClock) -> None:
    talk = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    other = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    mine, theirs = [(await Chat.get(id=t.chat_id)).person_id for t in (talk, other)]
    unit = Unit(await active_pack(PLAN), await Area.get(code=VILLAGE), SET)
    now = clock.now()
    made = await move(mine, unit, "registration", "", now, seen=0)
    assert made
    with pytest.raises(DoneAlreadyError):
        await move(mine, unit, "registration", "", now, seen=0)
    for person, stage in ((theirs, "registration"), (mine, "dossier")):
        with pytest.raises(OvertakenError) as overtaken:
            await move(person, unit, stage, "", now, seen=0)
        assert not isinstance(overtaken.value, DoneAlreadyError)
        assert isinstance(overtaken.value, OwnMoveError) is (person == mine)

    # Two chats of one officer: what the first did, the second need not do.
    listed = await talk.send("/giaidoan thôn 3")
    await talk.send(next(x.split(".")[0] for x in listed.splitlines() if "vừa rồi" in x))
    assert await undo(mine, unit, "", clock.now(), seen=made.id)
    said = await talk.send("bỏ qua")
    assert said.startswith("Việc này bác đã làm xong rồi ạ. Thôn 3:")
    assert await StageMove.all().count() == 2

    # And another stage from a list older than one's own move: nobody else did that.
    listed = await talk.send("/giaidoan thôn 3")
    await talk.send(
        next(x.split(".")[0] for x in listed.splitlines() if "hồ sơ" in x and ". " in x)
    )
    assert await move(mine, unit, "registration", "", clock.now(), seen=await unit.seen())
    said = await talk.send("bỏ qua")
    assert said.startswith("Bác đã tự chuyển Thôn 3 sau đó rồi, lần này không đổi gì thêm ạ.")
    assert "đăng ký" in said
    assert await StageMove.all().count() == 3


async def test_of_two_at_the_same_moment_one_counts(office: Office, clock: HandClock) -> None:
    talk = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    person = (await Chat.get(id=talk.chat_id)).person_id
    unit = Unit(await active_pack(PLAN), await Area.get(code=VILLAGE), SET)
    to = ("registration", "dossier", "registration", "dossier")
    done = await asyncio.gather(
        *(move(person, unit, stage, "", clock.now(), seen=0) for stage in to),
        return_exceptions=True,
    )
    assert sum(isinstance(one, OvertakenError) for one in done) == 3
    assert await StageMove.all().count() == 1
