"""The bots that the environment names."""

from __future__ import annotations

import pytest

from backend.settings import SettingsError
from bot.doors.settings import read_bots

OA = {"ZALO_OA_APP_ID": "77", "ZALO_OA_APP_SECRET": "app-secret", "ZALO_OA_SECRET_KEY": "oa-secret"}


def test_an_office_without_tokens_has_no_bots() -> None:
    bots = read_bots({"PORT": "80", "TELEGRAM_TOKEN": ""})
    assert (bots.telegram, bots.zalo_bots, bots.zalo_oas) == ((), (), ())


def test_a_bot_for_each_district_shares_what_is_no_secret() -> None:
    first, kon_plong = read_bots(
        {
            "TELEGRAM_TOKEN": "1:A",
            "TELEGRAM_API_URL": "http://127.0.0.1:1/",
            "TELEGRAM_BOT_NAME": "@tinh_bot",
            "TELEGRAM_TOKEN_KONPLONG": "2:B",
            "TELEGRAM_AREA_KONPLONG": "kon-plong",
            "TELEGRAM_MODE_KONPLONG": "webhook",
            "TELEGRAM_WEBHOOK_SECRET_KONPLONG": "s3cret",
        }
    ).telegram
    assert (first.name, first.area, first.mode, first.username) == ("", "", "poll", "tinh_bot")
    assert (kon_plong.name, kon_plong.area, kon_plong.mode) == ("konplong", "kon-plong", "webhook")
    assert kon_plong.api_url == first.api_url == "http://127.0.0.1:1"
    assert (kon_plong.token, kon_plong.secret, kon_plong.username) == ("2:B", "s3cret", "")


def test_what_a_zalo_bot_may_send_is_a_setting() -> None:
    (bot,) = read_bots(
        {
            "ZALO_BOT_TOKEN": "9:Z",
            "ZALO_BOT_PER_MONTH": "3000",
            "ZALO_BOT_PEOPLE": "50",
            "ZALO_BOT_PER_SECOND": "0.5",
            "ZALO_BOT_LINK": "https://zalo.example/bot",
        }
    ).zalo_bots
    assert (bot.per_month, bot.people, bot.per_second) == (3000, 50, 0.5)
    assert bot.link("ABC") == "https://zalo.example/bot"


def test_an_official_account_hands_its_own_options_on_without_secrets() -> None:
    (oa,) = read_bots(
        OA | {"ZALO_OAUTH_URL": "http://127.0.0.1:2", "ZALO_OA_ZNS_TEMPLATE": "12"}
    ).zalo_oas
    assert oa.oauth_url == "http://127.0.0.1:2"
    assert oa.options["ZNS_TEMPLATE"] == "12"
    assert not {"APP_SECRET", "SECRET_KEY", "REFRESH_TOKEN"} & set(oa.options)


def test_no_secret_is_in_what_is_printed() -> None:
    env = OA | {
        "TELEGRAM_TOKEN": "1:TOKEN",
        "TELEGRAM_WEBHOOK_SECRET": "HOOK",
        "ZALO_BOT_TOKEN": "2:TOKEN",
        "ZALO_BOT_SECRET": "HOOKHOOK",
        "ZALO_OA_REFRESH_TOKEN": "TOKEN",
    }
    shown = repr(read_bots(env))
    assert not any(word in shown for word in ("TOKEN", "HOOK", "app-secret", "oa-secret"))


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"TELEGRAM_MODE": "push"}, "TELEGRAM_MODE"),
        ({"ZALO_BOT_MODE": "push"}, "ZALO_BOT_MODE"),
        ({"TELEGRAM_TOKEN": "1:A", "TELEGRAM_MODE": "webhook"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"TELEGRAM_TOKEN_A_B": "1:A"}, "TELEGRAM_TOKEN_A_B"),
        ({"TELEGRAM_TOKEN_X": "1:A", "TELEGRAM_API_URL_X": "api"}, "TELEGRAM_API_URL_X"),
        ({"ZALO_BOT_TOKEN": "1", "ZALO_BOT_MODE": "webhook"}, "ZALO_BOT_SECRET"),
        (
            {"ZALO_BOT_TOKEN": "1", "ZALO_BOT_MODE": "webhook", "ZALO_BOT_SECRET": "short"},
            "ZALO_BOT_SECRET",
        ),
        ({"ZALO_BOT_TOKEN": "1", "ZALO_BOT_PER_MONTH": "0"}, "ZALO_BOT_PER_MONTH"),
        ({"ZALO_BOT_TOKEN": "1", "ZALO_BOT_PER_SECOND": "fast"}, "ZALO_BOT_PER_SECOND"),
        ({"ZALO_OA_APP_ID": "7", "ZALO_OA_SECRET_KEY": "x"}, "ZALO_OA_APP_SECRET"),
        ({"ZALO_OA_APP_ID": "7", "ZALO_OA_APP_SECRET": "x"}, "ZALO_OA_SECRET_KEY"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(env: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        read_bots(env)


def test_two_accounts_of_one_app_say_which_they_are() -> None:
    second = {f"{name}_KONPLONG": value for name, value in OA.items()}
    with pytest.raises(SettingsError) as refused:
        read_bots(OA | second | {"ZALO_OA_ID": "first"})
    assert "ZALO_OA_ID_KONPLONG" in str(refused.value), "an id is never shared"
    ids = {"ZALO_OA_ID": "first", "ZALO_OA_ID_KONPLONG": "second"}
    assert [a.options["ID"] for a in read_bots(OA | second | ids).zalo_oas] == ["first", "second"]
    apart = second | {"ZALO_OA_SECRET_KEY_KONPLONG": "another", "ZALO_OA_ID": "first"}
    assert [a.options["ID"] for a in read_bots(OA | apart).zalo_oas] == ["first", ""]
