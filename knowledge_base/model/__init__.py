"""What the office publishes: units of knowledge and the values they hold.

A *unit* is a service item 事项, an FAQ, a referral 转介, a package 一件事 or an office 办事大厅; or a group of synonyms
同义词, which answers nothing. Units are immutable values; `parse_unit` turns a plain mapping (one YAML document, one
table row) into one.
"""

from knowledge_base.model.faq import Faq
from knowledge_base.model.item import ASPECTS, ServiceItem
from knowledge_base.model.office import Office
from knowledge_base.model.package import Package
from knowledge_base.model.referral import Referral
from knowledge_base.model.registry import parse_unit
from knowledge_base.model.synonym import Synonym
from knowledge_base.model.unit import GOVERNED, KINDS, Source, Unit, UnitKey

__all__ = [
    "ASPECTS",
    "GOVERNED",
    "KINDS",
    "Faq",
    "Office",
    "Package",
    "Referral",
    "ServiceItem",
    "Source",
    "Synonym",
    "Unit",
    "UnitKey",
    "parse_unit",
]
