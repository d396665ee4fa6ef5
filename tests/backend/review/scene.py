"""A district on the sample plan with people of every role and photos in submissions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from backend.consent import give
from backend.forms import load_form, newest, publish_form
from backend.models import Area, Evidence, EvidenceFile, Interview, Submission
from backend.people import Grant, Role, add_person, grant
from backend.photo_answers import copy_photos
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import active_pack, load_into_database
from backend.submissions import Returned, record_submission
from conversations.interview.effects import Answer, Submitted
from tests.bot.reception.talk import published
from tests.clock import HandClock

PLAN = "vi-du"
PHOTO = {
    "nha-o": ("photo_housing", "housing"),
    "nuoc": ("photo_source", "water_source"),
    "nha-tieu": ("photo_toilet", "latrine"),
    "rac-thai": ("photo_waste", "waste"),
}
PEOPLE = {
    "head": (Role.VILLAGE_HEAD, "ia-dal-thon-1", ""),
    "commune": (Role.COMMUNE_OFFICER, "ia-dal", ""),
    "other_commune": (Role.COMMUNE_OFFICER, "ia-toi", ""),
    "district": (Role.DISTRICT_OFFICER, "ia-hdrai", ""),
    "admin": (Role.ADMIN, "ia-hdrai", ""),
}


@dataclass
class Scene:
    """What a test starts from."""

    clock: HandClock
    pack: Pack
    people: dict[str, int] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    """The evidence store: previews by key."""
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def person(self, nick: str, role: Role, area: str, owner: str = "") -> int:
        person = await add_person(f"Minh {nick}", self.now)
        await grant(person.id, Grant(role, (await Area.get(code=area)).id, owner), self.now)
        if role is Role.VILLAGE_HEAD:
            await give(person.id, "telegram", self.now)
        self.people[nick] = person.id
        return person.id

    async def file(self, body: bytes = b"") -> EvidenceFile:
        number = next(self._numbers)
        key = f"preview-{number}"
        self.kept[key] = body
        return await EvidenceFile.create(
            sha256=f"{number:064x}",
            media_type="image/jpeg",
            size=max(1, len(body)),
            width=640,
            height=480,
            preview=key,
            stored_at=self.now,
        )

    async def interview(self, village: str, questionnaire: str, period: str) -> Interview:
        version = await newest(questionnaire)
        assert version is not None
        return await Interview.create(
            person_id=self.people["head"],
            form_version_id=version.id,
            questionnaire=questionnaire,
            area_id=(await Area.get(code=village)).id,
            period=period,
            status="submitted",
            state="{}",
            started_at=self.now,
            changed_at=self.now,
        )

    async def photo(
        self, interview: Interview, body: bytes = b"", file: EvidenceFile | None = None
    ) -> Evidence:
        name, purpose = PHOTO[interview.questionnaire]
        version = await newest(interview.questionnaire)
        assert version is not None
        form = await load_form(version.id)
        return await Evidence.create(
            file=file or await self.file(body),
            interview=interview,
            area_id=interview.area_id,
            period=interview.period,
            questionnaire=interview.questionnaire,
            path=next(q.path for q in form.questions if q.name == name),
            purpose=purpose,
            sent_at=self.now,
            received_at=self.now,
        )

    async def submit(self, interview: Interview, households_now: str = "96") -> Submission:
        version = await newest(interview.questionnaire)
        assert version is not None
        form = await load_form(version.id)
        households = next(q.path for q in form.questions if q.name == "households")
        return await record_submission(
            Returned(
                interview_id=interview.id,
                form_version_id=version.id,
                plan=PLAN,
                questionnaire=interview.questionnaire,
                area_id=interview.area_id,
                period=interview.period,
                person_id=self.people["head"],
                answered_at=self.now,
                received_at=self.now,
            ),
            form,
            Submitted(
                answers={households: Answer(households_now)}, missing_photos=(), xml="<data/>"
            ),
        )

    async def sent(
        self,
        village: str = "ia-dal-thon-1",
        questionnaire: str = "nha-o",
        period: str = "2026-Q4",
        *,
        photos: int = 1,
        body: bytes = b"",
    ) -> list[Evidence]:
        """Submit a questionnaire with so many photos; return them."""
        interview = await self.interview(village, questionnaire, period)
        rows = [await self.photo(interview, body) for _ in range(photos)]
        submission = await self.submit(interview)
        for row in rows:
            row.submission_id = submission.id
        return rows

    async def corrected(self, submission_id: int) -> tuple[Interview, list[Evidence]]:
        """Begin to correct a submission; return the interview and its copied photos."""
        before = await Submission.get(id=submission_id).prefetch_related("area")
        interview = await self.interview(before.area.code, before.questionnaire, before.period)
        await copy_photos(submission_id, interview)
        return interview, await Evidence.filter(interview_id=interview.id).order_by("id")


async def make_scene(clock: HandClock) -> Scene:
    """Load the plan and the questionnaires, and enrol people."""
    await load_into_database(load_pack(PLAN), clock)
    for form in published():
        await publish_form(form, clock)
    scene = Scene(clock, await active_pack(PLAN, clock.now().date()))
    for nick, (role, area, owner) in PEOPLE.items():
        await scene.person(nick, role, area, owner)
    return scene
