"""Units of count as types, so that persons and swabs can never be added to each other."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.utils.translation import gettext_lazy as _


class Count(int):
    """A whole number of one kind of thing. It may be negative: remainders below 0 are real.

    Adding, subtracting and comparing asks for the same kind (or the literal 0); multiplying takes
    plain integers; dividing gives a plain ratio.
    """

    label: ClassVar[Any] = ""
    symbol: ClassVar[str] = ""

    def _same(self, other: Any, act: str) -> None:
        if type(other) is not type(self) and (isinstance(other, Count) or other != 0):
            raise TypeError(f"{act}: {type(self).__name__} and {type(other).__name__} do not mix")

    def __add__(self, other: int) -> Self:
        self._same(other, "add")
        return type(self)(int(self) + int(other))

    __radd__ = __add__

    def __sub__(self, other: int) -> Self:
        self._same(other, "subtract")
        return type(self)(int(self) - int(other))

    def __rsub__(self, other: int) -> Self:
        self._same(other, "subtract")
        return type(self)(int(other) - int(self))

    def __mul__(self, other: int) -> Self:
        if isinstance(other, Count) or not isinstance(other, int):
            raise TypeError("a count is multiplied by a plain whole number only")
        return type(self)(int(self) * other)

    __rmul__ = __mul__

    def __neg__(self) -> Self:
        return type(self)(-int(self))

    def __lt__(self, other: int) -> bool:
        self._same(other, "compare")
        return int(self) < int(other)

    def __le__(self, other: int) -> bool:
        self._same(other, "compare")
        return int(self) <= int(other)

    def __gt__(self, other: int) -> bool:
        self._same(other, "compare")
        return int(self) > int(other)

    def __ge__(self, other: int) -> bool:
        self._same(other, "compare")
        return int(self) >= int(other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    def __str__(self) -> str:
        return str(int(self))


class Persons(Count):
    """人: different people, counted where they live."""

    label = _("persons")
    symbol = "人"


class PersonTimes(Count):
    """人次: swabs, counted at the unit that took them."""

    label = _("swabs")
    symbol = "人次"


class Tubes(Count):
    """管: tubes."""

    label = _("tubes")
    symbol = "管"


class Units(Count):
    """台: sampling units."""

    label = _("units")
    symbol = "台"
