"""Simulated provinces as the outlook sees them: past working days of a desk, and minutes of an office."""

import numpy as np

from laaswatch_collector.outlook.backlog import PastDays
from laaswatch_collector.outlook.safe_moment import Past
from laaswatch_collector.simulate.axis import DAY_SLOTS
from laaswatch_collector.timeline.conclusions import MinuteState

NEVER = 10**9


def desk_of(province, office):
    """Slots at which an office's entries arose and were posted, forgotten ones left out."""
    mine = [x for x in province.entries if x.office_code == office.code and not x.forgotten]
    transacted = np.array([x.transacted for x in mine], np.int64)
    posted = np.array([NEVER if x.posted is None else x.posted for x in mine], np.int64)
    return transacted, posted


def days_until(transacted, posted, first, last, weekdays):
    """The working days [first, last) of such a desk."""
    ends = np.arange(first + 1, last + 1) * DAY_SLOTS
    done = np.array([(posted < end).sum() for end in ends])
    arrived = np.array([(transacted < end).sum() for end in ends])
    before = int((posted < first * DAY_SLOTS).sum())
    return PastDays(np.diff(done, prepend=before), arrived - done, np.array(weekdays[first:last]))


def minutes_of(province, row, unseen=()):
    """The minutes of one office of a province as states, with those of its provider's others."""
    usable = province.usable
    state = np.where(usable[row], MinuteState.UP, MinuteState.DOWN).astype(np.uint8)
    isp = province.offices[row].isp
    peers = [k for k, x in enumerate(province.offices) if x.isp == isp and k != row]
    up = usable[peers].sum(axis=0) if peers else np.zeros(len(state), np.int64)
    for a, b in unseen:
        state[a:b] = MinuteState.UNKNOWN
    slots = np.arange(len(state))
    return Past(state, up, len(peers) - up, province.axis.working(), slots // DAY_SLOTS)
