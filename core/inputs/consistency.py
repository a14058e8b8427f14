"""Rule R2: counts that contradict each other; the possible ones need a reason, never silence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.inputs.refusal import Refused


def count_doubts(
    *, swabs: int, tubes: int, pool_max: int, registered: int | None = None
) -> list[Refused]:
    """Doubts about the counts of one unit; each may be true and is then confirmed with a reason.

    `swabs` in 人次, `tubes` in 管, `pool_max` people per tube, `registered` in 人 when known.
    """
    doubts = []
    if tubes > swabs:
        doubts.append(Refused("count_empty_tubes", _("There are more tubes than swabs.")))
    if swabs > tubes * pool_max:
        doubts.append(
            Refused(
                "count_overfull",
                _("%(swabs)s swabs do not fit into %(tubes)s tubes of %(pool_max)s."),
                swabs=swabs,
                tubes=tubes,
                pool_max=pool_max,
            )
        )
    if registered is not None and swabs > registered:
        doubts.append(
            Refused(
                "count_over_register",
                _("More swabs than the %(registered)s people in the register."),
                registered=registered,
            )
        )
    return doubts
