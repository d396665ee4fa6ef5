"""Which of an office's values holds on a day: those set later go before those set earlier. Pure.

What an admin has set is laid over the pack (`backend.office_settings`) with its days of validity,
so that a period long past is still counted by what held then.
"""

from __future__ import annotations

from datetime import date, timedelta

from backend.plans.schema import Cadence, DaySet, Number, Obligation, Pack


def holds(value: Number | DaySet, day: date) -> bool:
    """Say whether a value is valid on a day; its first and last day count."""
    return (value.valid_from is None or value.valid_from <= day) and (
        value.valid_to is None or day <= value.valid_to
    )


def day_of_month(obligation: Obligation, on: date) -> tuple[int | None, Cadence]:
    """Return before which day of the month a report is due, None for no day, and how often.

    `on` is the last day of the period, or of a month.
    """
    for found in reversed(obligation.days_set):
        if found.before is None and holds(found, on):
            return found.before_day, found.cadence or obligation.cadence
    return obligation.before_day, obligation.cadence


def date_of(obligation: Obligation) -> date | None:
    """Return the one date before which a report is due, None where it has none.

    A date holds when it is valid on its own last safe day.
    """
    for found in reversed(obligation.days_set):
        if found.before is not None and holds(found, found.before - timedelta(days=1)):
            return found.before
    return obligation.before


def lead_days(pack: Pack, on: date) -> int | None:
    """Return how many days before the report the villages' own day lies, None for no such day."""
    for found in reversed(pack.reminding.leads_set):
        if holds(found, on):
            return None if found.value is None else int(found.value)
    return pack.reminding.village_lead_days
