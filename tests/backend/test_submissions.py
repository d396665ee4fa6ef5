"""Versions of a submission, and the numbers and names that are kept of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backend.models import Answer, FormVersion, Interview, Submission
from backend.photo_answers import PhotoUnknownError, Shown, keep_photo
from backend.submissions import Returned, as_number, in_force, record_submission
from conversations.forms.model import Question, QuestionType
from conversations.interview.effects import Answer as Given
from conversations.interview.effects import Submitted
from tests.backend.office_people import make_areas, make_people
from tests.clock import HandClock


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("95", Decimal(95)),
        ("87.5", Decimal("87.5")),
        ("0.33333333333", Decimal("0.333333")),
        ("-3", Decimal(-3)),
        ("", None),
        ("yes", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e12", None),
        ("1" + "0" * 30, None),
    ],
)
def test_only_numbers_that_fit_are_numbers(value: str, number: Decimal | None) -> None:
    assert as_number(value) == number


class TwoQuestions:
    """As much of a form as a submission looks at."""

    def question(self, path: str) -> Question:
        kind = QuestionType.INTEGER if path.endswith("hyg") else QuestionType.TEXT
        return Question(path, path.rpartition("/")[2], kind)


def given(hyg: str, xml: str = "<data id='nuoc'><hyg/></data>") -> Submitted:
    return Submitted(
        {"/data/hyg": Given(hyg, estimate=True, unknown=not hyg), "/data/note": Given("12")},
        (),
        xml,
    )


async def returned(clock: HandClock) -> Returned:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    version = await FormVersion.create(
        form_id="nuoc", version="1", title="", xml="", sha256="0" * 64, published_at=clock.now()
    )
    interview = await Interview.create(
        person_id=people["head"],
        form_version_id=version.id,
        questionnaire="nuoc",
        area_id=areas["dal-3"],
        period="2026-Q4",
        status="running",
        state="{}",
        started_at=clock.now(),
        changed_at=clock.now(),
    )
    return Returned(
        interview_id=interview.id,
        form_version_id=version.id,
        plan="p",
        questionnaire="nuoc",
        area_id=areas["dal-3"],
        period="2026-Q4",
        person_id=people["head"],
        answered_at=clock.now(),
        received_at=clock.now(),
    )


@pytest.mark.usefixtures("database")
class TestVersions:
    async def test_the_newest_is_in_force_and_names_what_it_replaces(
        self, clock: HandClock
    ) -> None:
        back = await returned(clock)
        first = await record_submission(back, TwoQuestions(), given("10"))
        second = await record_submission(back, TwoQuestions(), given("11"))
        assert first.instance_id.startswith("uuid:")
        assert first.instance_id != second.instance_id
        assert "deprecatedID" not in first.xml
        assert f">{first.instance_id}</orx:deprecatedID>" in second.xml
        assert (first.version, second.version) == (1, 2)
        assert await Submission.filter(current_key=None).values_list("id", flat=True) == [first.id]
        now = await in_force("p", "nuoc", "dal-3", "2026-Q4")
        assert now is not None
        assert now.id == second.id
        assert await in_force("p", "nuoc", "dal-4", "2026-Q4") is None

    async def test_an_instance_that_corrects_itself_gets_a_new_id(self, clock: HandClock) -> None:
        back = await returned(clock)
        xml = (
            '<data xmlns:orx="http://openrosa.org/xforms"><orx:meta>'
            "<orx:instanceID>uuid:7</orx:instanceID></orx:meta></data>"
        )
        first = await record_submission(back, TwoQuestions(), given("10", xml))
        second = await record_submission(back, TwoQuestions(), given("11", xml))
        assert first.instance_id == "uuid:7"
        assert second.instance_id != "uuid:7"

    async def test_numbers_are_kept_only_of_questions_for_numbers(self, clock: HandClock) -> None:
        await record_submission(await returned(clock), TwoQuestions(), given(""))
        hyg = await Answer.get(name="hyg")
        assert (hyg.value, hyg.number, hyg.unknown, hyg.estimate) == ("", None, True, True)
        note = await Answer.get(name="note")
        assert (note.value, note.number) == ("12", None)

    async def test_a_photo_that_was_never_received_is_no_answer(self, clock: HandClock) -> None:
        back = await returned(clock)
        shown = Shown(back.interview_id, back.area_id, back.period, "nuoc", "/data/photo")
        with pytest.raises(PhotoUnknownError):
            await keep_photo(
                shown, "0" * 64, caption="", sent_at=clock.now(), received_at=clock.now()
            )
