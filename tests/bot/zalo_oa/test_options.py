"""Settings beyond the keys: cautious when nothing is said, and a wrong one is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.office.access_log import redacted
from backend.settings import SettingsError
from bot.cli import main
from bot.zalo_oa.options import read_options


def test_what_is_not_verified_is_off_until_the_office_says_so() -> None:
    options = read_options({})
    assert not options.has_buttons
    assert not options.phone_is_proof
    assert options.zns is None
    assert options.allowance.reply_seconds == 7 * 86_400
    assert options.allowance.free_replies == 8
    assert options.allowance.night == (22, 6)


def test_an_office_sets_what_it_has_found_out() -> None:
    options = read_options(
        {
            "SIGNATURE": "oa-id",
            "BUTTONS": "template",
            "REPLY_HOURS": "48",
            "FREE_REPLIES": "0",
            "NIGHT": "none",
            "ZNS_TEMPLATE": "7",
            "ZNS_FIELDS": json.dumps({"noi_dung": "{text}"}),
        },
        per_month=2_000,
    )
    assert (options.signature, options.buttons) == ("oa-id", "template")
    assert options.allowance.per_month == 2_000
    assert options.allowance.free_replies is None
    assert options.allowance.night is None
    assert options.allowance.reply_seconds is None, "Zalo says when, then the template goes out"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SIGNATURE", "md5"),
        ("BUTTONS", "carousel"),
        ("MOST_BUTTONS", "9"),
        ("PHONE", "maybe"),
        ("PER_SECOND", "0"),
        ("REPLY_HOURS", "-1"),
        ("NIGHT", "22"),
        ("NIGHT", "22-24"),
        ("ZNS_FIELDS", ""),
        ("ZNS_FIELDS", "[]"),
        ("ZNS_FIELDS", '{"a": "{password}"}'),
        ("ZNS_FIELDS", '{"a": "{text.__class__}"}'),
        ("ZNS_FIELDS", '{"a": "{0}"}'),
        ("ZNS_MODE", "x"),
        ("ZNS_LONGEST", "1"),
    ],
)
def test_a_wrong_value_is_refused_by_the_variables_name(key: str, value: str) -> None:
    values = {"ZNS_TEMPLATE": "7", "ZNS_FIELDS": '{"a": "{text}"}'} if "ZNS" in key else {}
    with pytest.raises(SettingsError, match=f"ZALO_OA_{key}"):
        read_options({**values, key: value})


def test_the_command_line_leads_to_zalos_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "ZALO_OA_APP_ID_XA": "77",
        "ZALO_OA_APP_SECRET_XA": "the app's secret",
        "ZALO_OA_SECRET_KEY_XA": "the key",
        "PUBLIC_URL": "https://office.example",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["zalo-oa", "authorise"]) == 2
    assert "ZALO_OA_APP_ID" in capsys.readouterr().err
    assert main(["zalo-oa", "authorise", "--bot", "xa"]) == 0
    url = capsys.readouterr().out.strip()
    assert url.startswith("https://oauth.zaloapp.com/v4/oa/permission?app_id=77&redirect_uri=")
    assert "office.example%2Foauth%2Fzalo-oa%2Fxa" in url
    assert "secret" not in url
    assert main(["migrate"]) == 0
    capsys.readouterr()
    assert main(["zalo-oa", "status", "--bot", "xa", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"state": "authorise", "until": None}
    monkeypatch.setenv("PUBLIC_URL", "http://office.example")
    assert main(["zalo-oa", "authorise", "--bot", "xa"]) == 2


def test_a_link_for_an_admin_is_in_no_access_log() -> None:
    assert redacted("/oauth/zalo-oa/go/1795336834.4cae.Z7RC") == "/oauth/…"
    assert redacted("/oauth/zalo-oa/xa/go/1795336834.4cae.Z7RC") == "/oauth/…"
    assert redacted("/c/secret/messages") == "/c/…/messages"
