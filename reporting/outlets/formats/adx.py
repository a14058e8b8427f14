"""A cut as ADX (IHE QRPH, Aggregate Data Exchange): one group for each area, by codes."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from core.clock import local
from reporting.outlets.formats.dhis2 import DATA_SET, known, round_code
from reporting.outlets.queries.cut import Cut

NAMESPACE = "urn:ihe:qrph:adx:2015"
register_namespace("", NAMESPACE)


def adx(cut: Cut) -> bytes:
    """The XML document. `round` is a dimension of each group, as ADX lets a data set have."""
    root = Element(f"{{{NAMESPACE}}}adx", exported=local(cut.as_of).isoformat(timespec="seconds"))
    for area in (cut.area, *cut.streets):
        group = SubElement(
            root,
            f"{{{NAMESPACE}}}group",
            dataSet=DATA_SET,
            orgUnit=area.code,
            period=f"{local(cut.as_of).date().isoformat()}/P1D",
            round=round_code(cut),
        )
        for key, value in known(area).items():
            SubElement(group, f"{{{NAMESPACE}}}dataValue", dataElement=key, value=value)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
