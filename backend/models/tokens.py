"""A channel's tokens that change while the program runs: the pair in force, and each use of one.

Kept as they are: nothing that is installed encrypts, and whoever can read this database could
read the key beside it too. Guard the database's file or account. No token is ever logged.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class TokenPair(Model):
    """The tokens of one bot: the access token in force and the refresh token for the next one."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    bot = fields.CharField(32, default="")
    access_token = fields.TextField(default="")
    """Empty before the first refresh."""
    refresh_token = fields.TextField(default="")
    obtained_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    """When the access token ends."""
    account = fields.CharField(64, default="")
    """The channel's id of the account that gave the permission, empty until it is known."""
    seed_sha256 = fields.CharField(64, default="")
    """Which refresh token of the settings was looked at last, as a hash."""
    lost_at = fields.DatetimeField(null=True)
    """Since when only a person can get new tokens, null while the pair can be refreshed."""

    class Meta:
        table = "token_pair"
        unique_together = (("channel", "bot"),)


class TokenUse(Model):
    """One use of a refresh token, written before it is sent: no token is ever tried twice."""

    id = fields.BigIntField(primary_key=True)
    token_sha256 = fields.CharField(64, unique=True)
    channel = fields.CharField(16)
    bot = fields.CharField(32, default="")
    began_at = fields.DatetimeField()
    outcome = fields.CharField(16, default="begun")
    """begun | saved | refused | unknown"""

    class Meta:
        table = "token_use"
