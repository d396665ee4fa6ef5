"""A village head at the telephone, as the stories use one."""

from __future__ import annotations

from dataclasses import dataclass

from backend.people import Role
from bot.program import Program
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram, FakeUser, Sent
from tests.journeys.house import invitation, photo

VILLAGE = "ia-dal-thon-1"
"""It has 96 households in the sample plan."""

QUESTIONNAIRES = {
    "1. Nhà ở": ["96", "90", "6 hộ", "4", "hai", "khoảng 2"],
    "2. Nhà tiêu": ["96", "90", "2", "88", "91", "90", "86", "30, 20"],
    "3. Nước": ["giữ", "92", "40", "không rõ", "400, 380", "0"],
    "4. Rác": ["96", "50", "40, 12", "6", "35", "1", "2", "20/11"],
}


@dataclass
class Village:
    """A village head at the telephone, and the program at the other end."""

    program: Program
    clock: HandClock
    fake: FakeTelegram
    head: FakeUser

    async def enrols(self) -> Sent:
        """Come in by an invitation to VILLAGE and agree; return the list of questionnaires."""
        code = await invitation(Role.VILLAGE_HEAD, VILLAGE, self.clock, self.head.name)
        self.head.starts(code)
        await self.head.expect("ĐỒNG Ý")
        self.head.says("đồng ý")
        return await self.head.expect("Các phiếu của Thôn 1")

    async def answers(self, *words: str) -> Sent:
        """Type each answer when its question has come; say ĐÚNG to every doubt."""
        reply = self.fake.sent_to(self.head)[-1]
        for word in words:
            self.head.says(word)
            reply = await self.fake.reply_to(self.head)
            while "Đúng" in reply.buttons:
                self.head.presses("Đúng", reply)
                reply = await self.fake.reply_to(self.head)
        return reply

    async def photographs(self, *photos: bytes) -> Sent:
        """Send photos (an album, if several); return the one acknowledgement."""
        if len(photos) > 1:
            last = self.head.sends_album(list(photos))[-1]
        else:
            last = self.head.sends_photo(photos[0])
        await self.arrived(last["update_id"])
        self.clock.advance(2)
        self.program.sender.wake()
        return await self.fake.reply_to(self.head)

    async def arrived(self, update_id: int) -> None:
        """Wait until an update is kept, its photo fetched, and its turn taken."""
        if self.program.settings.doors.get("TELEGRAM_MODE") == "webhook":
            await self.fake.delivered()
        else:
            await self.fake.until(lambda: self.fake.confirmed > update_id)
        await self.program.media.idle()
        await self.program.turns.settled()

    async def questionnaire(self, title: str, photos: int = 1) -> Sent:
        """Answer a whole questionnaire up to its summary."""
        self.head.presses(title)
        await self.head.expect("Câu 1/")
        await self.answers(*QUESTIONNAIRES[title])
        reply = await self.photographs(*[photo(len(title) * 10 + n) for n in range(photos)])
        if "GỬI" in reply.text:  # as many photos as the question takes: the summary is here
            return reply
        self.head.says("xong")
        return await self.head.expect("GỬI")
