"""What `thonmoi plan show` tells of plans of other kinds: who, when, from where, and what is open."""

import pytest

from bot.cli import main


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        (
            "ninh-thuan-2022",
            [
                "ninh-thuan: Tỉnh Ninh Thuận, kế hoạch ghi 47 xã [kh-2022:240], ",
                "kế hoạch ghi 254 thôn [kh-2022:240] [kh-2022:20]",
                "  Xã Quảng Sơn: Sở Tư pháp [kh-2022:193]",
                "≥ 25 thôn [kh-2022:230], trong 254, là 9,84% [kh-2022:240] · so với villages-share",
                "≥ 2 xã [kh-2022:44], ≤ 3 xã [kh-2022:44] · so với communes-listed",
                "  Tháng 10-12/2022: Giám sát việc thực hiện quy chế dân chủ ở cơ sở",
            ],
        ),
        (
            "dak-lak-2021",
            [
                "Sở Tài nguyên và Môi trường tổng hợp, báo cáo Ban Chỉ đạo tỉnh [kh-2021:139]",
                "· Sở Y tế → Sở Tài nguyên và Môi trường, Ban Chỉ đạo tỉnh [kh-2021:133]",
                "(2025): > 65% [kh-2021:13]",
                "(2021, phấn đấu, lũy kế): ≥ 71 xã [kh-2021:25], trong 152, là 46,71% [kh-2021:13]",
            ],
        ),
        (
            "dak-song-2023",
            [
                "· Phòng Y tế (lĩnh vực do ngành Y tế quản lý) [kh-2023:154]",
                "Xã Đắk Môl, còn viết là Xã Đắk Môt [kh-2023:43]",
                "Báo cáo đột xuất (khi có yêu cầu, cán bộ đặt hạn): chưa đặt hạn [kh-2023:218]",
                ", phongnndaksong@gmail.com",
                "(một lần): trước ngày 30/03/2023 [kh-2023:192]",
            ],
        ),
        (
            "kon-plong-2024",
            [
                "  226/QĐ-UBND 22/04/2024 (sửa đổi, bổ sung) [kh-2024:17]",
                "  kế hoạch ghi 10 tiêu chí [kh-2024:127]",
                "hằng tháng, ≥ 1, rac-thai/cleanups [kh-2024:137]",
                "    chưa có danh sách – văn phòng nhập",
                "→ Quyết định công nhận (UBND huyện) [kh-2024:67]",
            ],
        ),
    ],
)
def test_everything_that_the_plan_says_is_shown_with_its_line(plan, lines, capsys, monkeypatch):
    monkeypatch.delenv("OFFICE_LANG", raising=False)

    assert main(["plan", "show", plan]) == 0

    shown = capsys.readouterr().out
    for line in lines:
        assert line in shown
