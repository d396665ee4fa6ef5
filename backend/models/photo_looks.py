"""What was measured of a photo's pixels and metadata: one row a file, numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.evidence import EvidenceFile


class PhotoLook(Model):
    """How a photo looks, as backend.evidence.looking measured it.

    `version` says by which way of measuring, so that old rows can be found and made again. The
    hashes are kept as signed numbers. Their bands, three of phash and three of dhash, are what
    near-duplicates are found by (see backend.evidence.alike), all NULL for a picture without
    detail, which has no hash.
    """

    id = fields.BigIntField(primary_key=True)
    file: fields.OneToOneRelation[EvidenceFile] = fields.OneToOneField(
        "models.EvidenceFile", related_name="look", on_delete=OnDelete.RESTRICT
    )
    version = fields.SmallIntField()
    phash = fields.BigIntField(null=True)
    dhash = fields.BigIntField(null=True)
    band_a = fields.IntField(null=True)
    band_b = fields.IntField(null=True)
    band_c = fields.IntField(null=True)
    band_d = fields.IntField(null=True)
    band_e = fields.IntField(null=True)
    band_f = fields.IntField(null=True)
    sharpness = fields.FloatField()
    brightness = fields.FloatField()
    contrast = fields.FloatField()
    dark = fields.FloatField()
    """Share of pixels that are nearly black, 0 to 1."""
    bright = fields.FloatField()
    """Share of pixels that are nearly white, 0 to 1."""
    strokes = fields.FloatField(default=0.0, db_default=0.0)
    """From 0.7 it is taken for a page of writing (backend.evidence.alike)."""
    screenshot = fields.BooleanField(default=False, db_default=False)
    taken_at = fields.DatetimeField(null=True)
    taken_from = fields.CharField(8, default="", db_default="")
    """exif (the camera wrote it) | file (the sender's file had this date) | "" (not known)"""
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)

    class Meta:
        table = "photo_look"
        indexes = (
            ("band_a", "phash", "dhash", "file_id"),
            ("band_b", "phash", "dhash", "file_id"),
            ("band_c", "phash", "dhash", "file_id"),
            ("band_d", "phash", "dhash", "file_id"),
            ("band_e", "phash", "dhash", "file_id"),
            ("band_f", "phash", "dhash", "file_id"),
        )
