"""`thonmoi password`: an admin's password and second factor, set by whoever has the machine."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

import segno

from backend.clock import SystemClock
from backend.models import AdminKey
from backend.office.admin_keys import AdminKeys, RefusedKeyError
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.named_person import add_person_arguments, named_person
from bot.cli.refusal import Refusal
from conversations.text import N_, Text
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `set` and `end`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = (
        "set a password (asked for, or the first line of the input) and print what goes with it"
    )
    put = actions.add_parser("set", help=summary, description=summary)
    add_person_arguments(put)
    put.add_argument("--login", required=True, metavar="NAME", help="the name to sign in with")
    put.set_defaults(act=_set)
    summary = "take the password away and sign the person out everywhere"
    end = actions.add_parser("end", help=summary, description=summary)
    add_person_arguments(end)
    end.set_defaults(act=_end)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; Refusal for what cannot be a key."""
    return int(args.act(args, read_settings(os.environ)))


def _set(args: argparse.Namespace, settings: Settings) -> int:
    words, now = catalog(settings.lang), SystemClock().now()
    typed = _password(words.get(N_("Password")))

    async def work() -> tuple[AdminKey, str, list[str]]:
        person = await named_person(args)
        keys = AdminKeys(settings.secret_key)
        try:
            key = await keys.begin(person.id, args.login, typed, now)
            codes = await keys.put_in_force(key, now, by=None)
        except RefusedKeyError as refused:
            raise Refusal(refused.why) from refused
        issuer = words.get(N_("New Village"))
        return key, keys.second.uri(key.second_salt, key.login, issuer), codes

    key, uri, codes = in_database(settings, work)
    print(f"{settings.public_url}/password  ({key.login})")
    if sys.stdout.isatty():
        segno.make(uri, error="m").terminal(compact=True)
    print(uri)
    print(words.get(N_("Recovery codes, shown only now; each opens once:")))
    for code in codes:
        print(f"  {code}")
    return 0


def _end(args: argparse.Namespace, settings: Settings) -> int:
    async def work() -> bool:
        person = await named_person(args)
        return await AdminKeys(settings.secret_key).end(person.id, SystemClock().now(), by=None)

    if not in_database(settings, work):
        raise Refusal(Text("This person has no password."))
    print(catalog(settings.lang).get(N_("The password is taken away.")))
    return 0


def _password(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{prompt}: ")
    return sys.stdin.readline(1_000).rstrip("\r\n")
