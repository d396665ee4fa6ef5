"""Areas by the names that plans print and people type."""

import pytest

from backend.plans.load import load_pack
from backend.plans.names import areas_called


@pytest.mark.parametrize(
    ("pack", "text", "code"),
    [
        ("dak-song-2023", "Xã Đắk Môt", "dak-song-dak-mol"),
        ("dak-song-2023", "dak mol", "dak-song-dak-mol"),
        ("dak-song-2023", "Năm N’Jang", "dak-song-nam-njang"),
        ("dak-song-2023", "xa nam n'jang", "dak-song-nam-njang"),
        ("dak-song-2023", "ĐĂK N'DRUNG", "dak-song-dak-ndrung"),
        ("kon-plong-2024", "Đắk Nền", "kon-plong-dak-nen"),
        ("kon-plong-2024", "Ngọc Tem", "kon-plong-ngok-tem"),
        ("kon-plong-2024", "xã Măng Cảnh", "kon-plong-mang-canh"),
        ("ninh-thuan-2022", "Quãng Sơn", "ninh-son-quang-son"),
        ("ninh-thuan-2022", "Xã Quảng Sơn", "ninh-son-quang-son"),
        ("ia-hdrai-2022", "huyện Ia H'Drai", "ia-hdrai"),
        ("dak-lak-2021", "Đắc Lắc", "dak-lak"),
    ],
)
def test_a_name_finds_its_area_however_it_is_spelt(pack, text, code):
    assert [a.code for a in areas_called(load_pack(pack), text)] == [code]


def test_two_villages_of_one_name_are_two_until_the_commune_is_named():
    pack = load_pack("ia-hdrai-2022")
    assert [a.code for a in areas_called(pack, "thon 1")] == ["ia-dal-thon-1", "ia-toi-thon-1"]
    assert [a.code for a in areas_called(pack, "Thôn 1", within="ia-toi")] == ["ia-toi-thon-1"]


@pytest.mark.parametrize("text", ["", "   ", "xã", "Thôn 99", "Phước"])
def test_what_is_no_name_finds_nothing(text):
    assert areas_called(load_pack("ninh-thuan-2022"), text) == ()
