"""What is answered after its quarter ended still counts for that quarter, and the person is told so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from backend.plans.periods import kind_of, period_days
from backend.reports.words import period_name
from conversations.interview.effects import Ask, Effect
from conversations.text import Text
from locales import Catalog


def over(period: str, today: date) -> bool:
    """Say whether a survey's period has ended; never so for a report asked for once."""
    try:
        kind_of(period)
    except ValueError:
        return False
    return period_days(period)[1] < today


def counts_for(period: str, catalog: Catalog) -> Text:
    """Return the sentence that names the period."""
    return Text("This questionnaire counts for {period}.", {"period": period_name(period, catalog)})


def named_first(
    effects: Iterable[Effect], period: str, today: date, catalog: Catalog
) -> tuple[Effect, ...]:
    """Name a period that is over before the questions that are put; else change nothing."""
    if not over(period, today):
        return tuple(effects)
    first = counts_for(period, catalog)
    return tuple(
        replace(e, paragraphs=(first, *e.paragraphs)) if isinstance(e, Ask) else e for e in effects
    )
