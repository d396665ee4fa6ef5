"""Words and marks that every report uses for the same thing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from backend.reports.numbers import shown_number, shown_rate, shown_threshold
from backend.status.model import IndicatorResult, Progress, Proof, Status
from conversations.text import N_, fold
from locales import Catalog

STATUS_WORDS: dict[Status, str] = {
    Status.MET: N_("met"),
    Status.NOT_MET: N_("not met"),
    Status.INSUFFICIENT_DATA: N_("not enough data"),
    Status.NO_THRESHOLD: N_("no threshold yet"),
    Status.NOT_APPLICABLE: N_("not applicable"),
}
STATUS_MARKS: dict[Status, str] = {
    Status.MET: "✓",
    Status.NOT_MET: "✗",
    Status.INSUFFICIENT_DATA: "?",
    Status.NO_THRESHOLD: "○",
    Status.NOT_APPLICABLE: "–",
}
"""One mark a status, told apart without colour; all are in DejaVu Sans and on every phone."""


PROOF_WORDS: dict[Proof, str] = {
    Proof.WAITING: N_("photo waiting for review"),
    Proof.REJECTED: N_("photo handed back"),
    Proof.APPROVED: N_("photo approved"),
}
"""Of no photo nothing is said here: whether one is missing stands beside the value already."""


def proof_word(proof: Proof | None, catalog: Catalog) -> str:
    """Return «ảnh chờ duyệt», «ảnh cần chụp lại» or «ảnh đã duyệt», "" while there is none."""
    return catalog.get(PROOF_WORDS[proof]) if proof in PROOF_WORDS else ""


def shown_codes(results: Sequence[IndicatorResult]) -> tuple[str, ...]:
    """Return the printed code of each; a later one that papers print alike gets its number."""
    seen: Counter[str] = Counter()
    found = []
    for result in results:
        seen[result.printed] += 1
        again = seen[result.printed]
        found.append(f"{result.printed} ({again})" if again > 1 else result.printed)
    return tuple(found)


def result_word(result: IndicatorResult, catalog: Catalog) -> str:
    """Return the status, or that it is met but waits for its photos to be approved."""
    if result.held:
        return catalog.get(N_("met once its photos are approved"))
    return status_word(result.status, catalog)


def status_word(status: Status, catalog: Catalog) -> str:
    """Return «đạt», «chưa đạt», «chưa đủ số liệu», «chưa có ngưỡng» or «không áp dụng»."""
    return catalog.get(STATUS_WORDS[status])


def period_name(period: str, catalog: Catalog) -> str:
    """Return «quý 4 năm 2026» for "2026-Q4"; a name of another shape is returned as it is."""
    if ", " in period:
        return ", ".join(period_name(part, catalog) for part in period.split(", "))
    if found := re.fullmatch(r"(\d{4})-Q(\d)", period):
        return catalog.get(N_("quarter {quarter} of {year}"), quarter=found[2], year=found[1])
    if found := re.fullmatch(r"(\d{4})-(\d\d)", period):
        return catalog.get(N_("month {month} of {year}"), month=str(int(found[2])), year=found[1])
    if found := re.fullmatch(r"(\d{4})-(\d)M", period):
        return catalog.get(
            N_("the first {months} months of {year}"), months=found[2], year=found[1]
        )
    if re.fullmatch(r"\d{4}-\d\d-\d\d-\d{1,5}", period):
        return catalog.get(N_("a report asked for once"))
    if re.fullmatch(r"\d{4}", period):
        return catalog.get(N_("the year {year}"), year=period)
    return period


def plan_labels(progress: Progress, catalog: Catalog) -> list[str]:
    """Return what must stand wherever this is shown: made-up data, a plan whose year is over."""
    return labels(
        catalog,
        sample=progress.sample,
        past=(str(progress.plan_year or "") or progress.plan_name) if progress.historical else "",
    )


def labels(catalog: Catalog, *, sample: bool, past: str = "") -> list[str]:
    """Return the labels of a plan; `past` is its year, or its name, when its year is over."""
    found = [catalog.get(N_("SAMPLE DATA"))] if sample else []
    if past.isdecimal():
        found.append(catalog.get(N_("plan of {year} (an example)"), year=past))
    elif past:
        found.append(catalog.get(N_("{plan} (an example)"), plan=past))
    return found


def shown_value(result: IndicatorResult, catalog: Catalog) -> str:
    """Return the indicator's rate or count, "" while there is none; an estimate says so."""
    if result.rate is not None:
        shown = shown_rate(result.rate, result.threshold, catalog)
    elif result.numerator is not None and result.denominator is None:
        shown = shown_number(result.numerator, catalog)
    else:
        return ""
    return catalog.get(N_("about {value}"), value=shown) if result.estimate else shown


def shown_gap(result: IndicatorResult, catalog: Catalog) -> str:
    """Return «còn 12 hộ nữa đủ 95%», "" when nothing is missing or it cannot be counted."""
    if result.status is not Status.NOT_MET or not result.missing or result.threshold is None:
        return ""
    value = result.rate if result.rate is not None else result.numerator
    if value is not None and value > result.threshold:
        return catalog.get(N_("{count} households too many"), count=result.missing)
    threshold = shown_threshold(result.threshold, of_rate=result.rate is not None, catalog=catalog)
    return catalog.get(
        N_("{count} more households to reach {threshold}"),
        count=result.missing,
        threshold=threshold,
    )


def shown_result(result: IndicatorResult, catalog: Catalog) -> str:
    """Return «78,1%, chưa đạt, còn 22 hộ nữa đủ 95%»: an indicator as a village head reads it.

    A value that no threshold judges stands alone.
    """
    value = shown_value(result, catalog)
    unjudged = value and result.status is Status.NO_THRESHOLD
    word = "" if unjudged else result_word(result, catalog)
    parts = (value, word, shown_gap(result, catalog), proof_word(result.proof, catalog))
    return ", ".join(part for part in parts if part)


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Return a key that sorts as people count: «Thôn 2» before «Thôn 10» before «Thôn Chư Hem»."""
    pieces = re.findall(r"\d+|\D+", fold(name))
    return [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in pieces]


def sentence(text: str) -> str:
    """Return the text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def names_of(names: list[str], most: int, catalog: Catalog) -> str:
    """Return at most `most` names joined, and how many there are besides."""
    if len(names) <= most:
        return ", ".join(names)
    return catalog.get(
        N_("{names} and {count} others"), names=", ".join(names[:most]), count=len(names) - most
    )
