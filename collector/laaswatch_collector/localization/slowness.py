"""Slow together: a site or a provider that is slow for everybody shows on quick lines too.

A line that answers in 20 ms and now takes 150 is not slow by any limit of its own, and one office alone may have any
reason. Where most offices take several times as long as usual in the same minute, they have one in common.
"""

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.localization.rules import Rules
from laaswatch_collector.timeline.states import OfficeMinutes


def slow_together(m: OfficeMinutes, isp: NDArray[np.str_], rules: Rules) -> NDArray[np.bool_]:
    """(offices, minutes): usable, taking several times as long as usual, and in company: of most offices of all, or
    of most on the same provider.
    """
    works = (m.usable > 0) & ~m.down
    found = np.zeros(works.shape, np.bool_)
    everyone = np.ones(len(isp), np.bool_)
    groups = [(everyone, rules.slow_offices)]
    groups += [(isp == name, rules.slow_isp_offices) for name in sorted(set(isp.tolist()))]
    for group, least in groups:
        many = works[group].sum(axis=0)
        slow = (m.raised[group] & works[group]).sum(axis=0)
        minutes = (many >= least) & (slow >= rules.slow_share * many)
        found[np.ix_(group, minutes)] |= (m.raised & works)[np.ix_(group, minutes)]
    return found
