"""What has to be done, by whom and when: reports, questionnaires, stages, activities, tasks."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from backend.plans.schema.basics import Cadence, Code, Level, Number, Source, Strict
from backend.plans.schema.criteria import Owner


class DaySet(Strict):
    """A report's day as the office has set it: for periods whose last day it is valid on.

    A `before` that is null with `before_day` null is «no day».
    """

    before_day: int | None = Field(default=None, ge=1, le=31)
    before: date | None = None
    cadence: Cadence | None = None
    """How often, where the plan does not say it."""
    valid_from: date | None = None
    valid_to: date | None = None


class Obligation(Strict):
    """Something that somebody must report, periodically or once.

    `before_day` is exclusive: «trước ngày 13» means that the 12th is the last safe day. It is
    counted in the last month of the period. Null means that the source names no day; an ad-hoc
    report gets its day from the officer who asks for it.
    """

    id: Code
    name: str
    cadence: Cadence
    before_day: int | None = Field(default=None, ge=1, le=31)
    before: date | None = None
    obliged: str = ""
    via: str = ""
    to: str = ""
    obliged_roles: list[Literal["department_officer", "commune_officer", "district_officer"]] = []
    """Whose roles `obliged` means, for notices: departments, communes, offices below the plan's
    root. Empty: the source names nobody, and the supervising office hears of it."""
    obliged_owners: list[Owner] = []
    """The departments that `obliged` names; empty: all of them, where `obliged_roles` has them."""
    email: str = ""
    """Where the file goes besides, as printed."""
    note: str = ""
    source: Source | None = None
    days_set: list[DaySet] = Field(default=[], max_length=0, exclude=True)
    """Like `Indicator.thresholds_set`, for the day."""


class Survey(Strict):
    """A questionnaire that every village answers once a period."""

    questionnaire: Code
    period: Literal["monthly", "quarterly", "annual"] = "quarterly"
    obligation: Code | None = None
    """The obligation whose deadline, less `village_lead_days`, is the village's own."""


class Stage(Strict):
    """One step of the workflow: who does it, and how many days it may take (null: not stated)."""

    id: Code
    name: str
    by: str = ""
    level: Level | None = None
    """The units that go through it; null where the source does not tell them apart."""
    by_roles: list[Literal["commune_officer", "department_officer", "district_officer"]] | None = (
        None
    )
    """Whose roles `by` means, for who may move a unit here; null: only an admin."""
    from_status: bool = False
    """The program moves a village here when the village's own figures meet everything."""
    recognises: bool = False
    """Whoever has come here is recognised under the criteria set."""
    days_at_most: Number = Number()
    source: Source | None = None


class Sponsor(Strict):
    """Who helps one unit and gets its summary («Sở, ngành phụ trách hỗ trợ»)."""

    area: Code
    by: list[Owner] = Field(min_length=1)


class Inspection(Strict):
    """One row of an inspection calendar: who looks at what, where, from when to when.

    `when` is the time as printed («Quý III và Quý IV/2022»), `begin` and `end` are its days.
    """

    id: Code
    name: str
    areas: list[Code] = []
    when: str = ""
    begin: date | None = None
    end: date | None = None
    lead: str = ""
    cooperating: list[str] = []
    note: str = ""
    source: Source | None = None


class Activity(Strict):
    """Something that villages do, besides criteria: once a month, or until a day.

    `questionnaire` with `question` says which answer counts it, `photo` which image shows it;
    `at_least` is how many times or how much in each `every`.
    """

    id: Code
    name: str
    every: Cadence | None = None
    """Null: the source names no frequency."""
    at_least: Number = Number()
    until: date | None = None
    by: str = ""
    questionnaire: Code | Literal[""] = ""
    question: str = ""
    photo: str = ""
    note: str = ""
    source: Source | None = None


class Task(Strict):
    """One task of one village for one criterion in one month or quarter ("2024-05", "2024-Q2")."""

    id: Code
    name: str
    area: Code
    criterion: Code
    period: str
    by: str = ""
    source: Source | None = None


class TaskPlan(Strict):
    """The duty to list tasks per village, criterion and month or quarter, and the list itself.

    `tasks` is null while nobody has listed any.
    """

    id: Code
    name: str
    criteria_set: Code
    periods: list[Literal["monthly", "quarterly"]] = ["monthly"]
    by: str = ""
    tasks: list[Task] | None = None
    source: Source | None = None
