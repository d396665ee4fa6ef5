"""Submissions as any ODK server reads them."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

from conversations.forms.submission import submission_xml
from tests.conversations.forms.forms_for_tests import HOUSES, NOW, form_of, see


def test_a_submission_holds_what_is_relevant_and_computed() -> None:
    form = form_of(HOUSES)
    answers = {
        "/data/village": "v1",
        "/data/total": "0",
        "/data/poor/temp": "3",
        "/data/book": "made up",
    }
    context = see(form)._context
    root = ET.fromstring(submission_xml(form, answers, context, instance_id="uuid:1"))  # noqa: S314  (our own)
    assert (root.tag, root.get("id"), root.get("version")) == ("data", "thu", "1")
    assert root.findtext("total") == "0"
    assert root.findtext("book") == "95"
    assert root.find("poor") is None
    assert root.find("photo") is None
    assert root.findtext("meta/instanceID") == "uuid:1"
    assert root.find("meta/deprecatedID") is None


def test_a_correction_names_what_it_replaces_and_keeps_its_times() -> None:
    form = form_of(HOUSES)
    xml = submission_xml(
        form,
        {"/data/total": "5", "/data/poor/temp": "1"},
        see(form)._context,
        instance_id="uuid:2",
        deprecated_id="uuid:1",
        started=NOW,
        ended=NOW + timedelta(minutes=3),
    )
    meta = ET.fromstring(xml).find("meta")  # noqa: S314  (our own)
    assert meta is not None
    assert [child.text for child in meta] == [
        "uuid:2",
        "uuid:1",
        "2026-11-22T09:00:00.000+07:00",
        "2026-11-22T09:03:00.000+07:00",
    ]


def test_characters_that_xml_cannot_hold_do_not_break_it() -> None:
    form = form_of(HOUSES)
    answers = {"/data/village": "a\x00\x0b<&\ud800b\n"}
    xml = submission_xml(form, answers, see(form)._context, instance_id="uuid:3")
    assert ET.fromstring(xml).findtext("village") == "a<&b\n"  # noqa: S314  (our own)
