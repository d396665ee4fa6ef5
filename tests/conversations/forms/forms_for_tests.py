"""Questionnaires that several tests look at."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.forms.compiled import CompiledForm
from conversations.forms.evaluate import Evaluation
from conversations.forms.load import load
from conversations.forms.model import Context
from conversations.forms.publish import publish

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
SETTINGS = "| settings |\n| | form_title | form_id | version |\n| | Thử | thu | 1 |\n"
HOUSES = """
| survey |
| | type | name | label::Tiếng Việt (vi) | label::English (en) | hint::Tiếng Việt (vi) | required | required_message::Tiếng Việt (vi) | relevant | constraint | constraint_message::Tiếng Việt (vi) | calculation | default | readonly | appearance | bind::thonmoi:soft | bind::thonmoi:softMsg | bind::thonmoi:softMsg::English (en) | bind::thonmoi:unknown | bind::thonmoi:unit | bind::thonmoi:purpose | bind::thonmoi:max | bind::thonmoi:late |
| | hidden | village | | | | | | | | | | v1 |
| | calculate | book | | | | | | | | | pulldata('village', 'households', 'code', ${village}) |
| | note | hello | Chào thôn ${village} | Hello |
| | integer | total | Sổ ghi ${book} hộ. Nay có bao nhiêu hộ? | How many households? | Chỉ nhắn số | yes | Xin bác cho biết số hộ | | . >= 0 and . <= 999 | Số ${total} chưa đúng | | ${book} | | | abs(. - ${last-saved#total}) * 10 <= ${last-saved#total} or ${last-saved#total} = '' | Kỳ trước ${last-saved#total}, nay ${total}? | Was ${last-saved#total}, now ${total}? | yes | Hộ |
| | begin_group | poor | Về nhà tạm | | | | | ${total} > 0 | | | | | | field-list |
| | integer | temp | Bao nhiêu nhà tạm? | | | yes | | | . <= ${total} |
| | date | since | Từ ngày nào? | | | ${temp} > 0 | | ${temp} > 0 | . <= today() | Ngày ${since} chưa tới |
| | end_group | | |
| | calculate | share | | | | | | | | | ${temp} div ${total} * 100 |
| | note | done | Còn ${share}% nhà tạm từ ${since} | |
| | image | photo | Ảnh nhà tạm | | | yes | | ${temp} > 0 | | | | | | | | | | | | housing | 3 | no |
""" + SETTINGS.replace("version |\n", "version | default_language |\n").replace(
    "| 1 |\n", "| 1 | Tiếng Việt (vi) |\n"
)


def form_of(source: str) -> CompiledForm:
    return load(publish(source.encode(), "f.md").xml)


def see(form: CompiledForm, lang: str = "vi", **answers: str) -> Evaluation:
    """See a form with answers by question name."""
    paths = {question.name: question.path for question in form.questions}
    context = Context(
        NOW,
        lang,
        {"village": [{"code": "v1", "households": "95"}, {"code": "v2", "households": "20"}]},
        {"/data/total": "90"},
    )
    return form.evaluate({paths[name]: value for name, value in answers.items()}, context)
