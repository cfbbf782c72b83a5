"""A form with every type of field, a repeating table with computed cells, and conditions; for tests of the form engine and its pages."""

from functools import lru_cache
from pathlib import Path

from declarations import folder
from kangyu.engines.content import Content, load
from kangyu.engines.forms import PreparedForm, prepare

CODES = """
key: some
kind: terminology
title: 几个值集
code_systems:
  level: {title: 程度, codes: {light: 轻, heavy: 重}}
  sign: {title: 表现, codes: {fever: 发热, cough: 咳嗽, rash: 皮疹}}
"""
UNITS = """
key: glucose_units
kind: definition
title: 血糖的单位
conversion: {unit: mmol/L, decimals: 2, others: {mg/dL: {title: mg/dL, factor: 0.0555074}}}
"""
FORM = """
key: all_fields
kind: form
title: 什么都有的表
about: person
fields:
  temperature: {title: 体温, type: decimal, decimals: 1, unit: Cel, possible: 30..45, usual: 35..42}
  count: {title: 人数, type: integer, possible: 0..500}
  glucose: {title: 血糖, type: quantity, unit: mmol/L, units: glucose_units, decimals: 1, possible: 0.5..60}
  abroad: {title: 去过境外, type: boolean}
  fell_ill_on: {title: 发病日期, type: date}
  seen_at: {title: 就诊时间, type: datetime}
  bedtime: {title: 入睡时间, type: time}
  level: {title: 程度, type: code, set: level}
  signs: {title: 表现, type: codes, set: sign}
  name: {title: 称呼, type: text}
  story: {title: 经过, type: long_text, show_when: abroad}
  severe_story: {title: 重症经过, type: text, show_when: level = 'heavy' and not abroad}
  patient: {title: 本人, type: person}
  hospital: {title: 医院, type: institution}
  place: {title: 地区, type: area}
  signed: {title: 签字, type: signature}
  picture: {title: 照片, type: photo}
  paper: {title: 附件, type: file}
  contacts:
    title: 密切接触者
    type: table
    row: 接触者
    max_rows: 5
    fields:
      who: {title: 姓名, type: text, required: true}
      days: {title: 接触天数, type: integer, possible: 0..60}
      hours: {title: 每天几小时, type: decimal, decimals: 1}
      total: {title: 共几小时, type: decimal, decimals: 1, gives: days * hours}
      signs: {title: 表现, type: codes, set: sign}
      last_on: {title: 最后接触, type: date}
      long: {title: 久, type: boolean, gives: days >= 7}
      why: {title: 原因, type: text, show_when: days >= 7}
    checks:
      after_onset: {true_when: last_on >= fell_ill_on, says: 最后接触应在发病之后, fields: [last_on], severity: soft}
  contact_count: {title: 接触者数, type: integer, gives: count(contacts)}
  contact_hours: {title: 合计小时, type: decimal, decimals: 1, gives: sum(contacts.total)}
  twice: {title: 两倍, type: decimal, gives: contact_hours * 2}
"""


def write(root: Path) -> Path:
    """A content folder that holds this form."""
    return folder(root, terminology__some=CODES, definitions__units=UNITS, forms__all_fields=FORM)


@lru_cache(maxsize=4)
def content(root: Path) -> Content:
    return load(write(root)).require_sound()


def prepared(root: Path) -> PreparedForm:
    """The form made ready."""
    loaded = content(root)
    return prepare(loaded, loaded.forms["all_fields"])
