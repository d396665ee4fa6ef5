"""Whatever is taken away as a file is one row of the audit log, each time; looks are one an hour."""

from __future__ import annotations

from backend.audit import verify
from backend.models import AuditEntry
from tests.backend.office.house import photo_path
from tests.backend.review.conftest import desk, scene
from tests.backend.review.desk import Desk
from tests.backend.review.scene import Scene
from tests.backend.review.test_pages import jpeg

__all__ = ["desk", "scene"]


async def test_each_download_is_noted_each_time_and_each_look_once(
    desk: Desk, scene: Scene
) -> None:
    [photo] = await scene.sent(body=jpeg())
    await desk.enter("admin")
    me, number = scene.people["admin"], photo.submission_id
    for path, action, subject, rows in (
        ("/progress.xlsx?area=ia-dal", "progress.exported", "area:ia-dal", 2),
        (f"/submissions/{number}.xml", "submission.exported", f"submission:{number}", 2),
        ("/accesses.xlsx?area=ia-dal", "accesses.exported", "accesses:ia-dal", 2),
        ("/accesses?area=ia-dal", "accesses.seen", "accesses:ia-dal", 1),
        (f"/submissions/{number}", "submission.seen", f"submission:{number}", 1),
        (photo_path(photo.id), "photo.seen", f"photo:{photo.id}", 1),
    ):
        before = await AuditEntry.all().count()
        for _ in range(2):
            assert (await desk.client.get(path)).status == 200
        found = await AuditEntry.filter(action=action, subject=subject, by=me).count()
        assert (found, await AuditEntry.all().count() - before) == (rows, rows), path
    assert (await verify()).broken == 0

    await desk.enter("other_commune")
    before = await AuditEntry.all().count()
    for path in ("/progress.xlsx?area=ia-dal", f"/submissions/{number}.xml"):
        assert (await desk.client.get(path)).status == 404
    assert await AuditEntry.all().count() == before, "nothing was taken away"
