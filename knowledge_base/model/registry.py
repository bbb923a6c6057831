"""Kind → class, for reading units back from files and the database."""

from collections.abc import Mapping
from typing import Any

from knowledge_base.model.faq import Faq
from knowledge_base.model.item import ServiceItem
from knowledge_base.model.office import Office
from knowledge_base.model.package import Package
from knowledge_base.model.referral import Referral
from knowledge_base.model.synonym import Synonym
from knowledge_base.model.unit import GOVERNED, Unit

TYPES: dict[str, type[Unit]] = {unit.kind: unit for unit in (ServiceItem, Faq, Referral, Package, Office, Synonym)}


def parse_unit(raw: Mapping[str, Any]) -> Unit:
    """Build the unit that a mapping with a `kind` describes.

    Raises:
        ValueError: the kind is unknown or a field is wrong (pydantic's message names the field).
    """
    fields = dict(raw)
    kind = fields.pop("kind", None)
    if kind not in TYPES:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(GOVERNED)}")
    return TYPES[kind](**fields)
