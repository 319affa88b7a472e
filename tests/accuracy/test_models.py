"""The replay in use, held against other ways of asking "would it have been on time?", desk by desk."""

import pytest

from support.models import KINDS, MODELS, scores

pytestmark = [pytest.mark.accuracy]
OFFICES = 16


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_model_is_better_for_any_kind_of_desk(kind):
    right = {model: scores(kind, model, OFFICES)[0] for model in MODELS}
    assert right["with habits"] >= max(right.values()) - 0.02, right


@pytest.mark.parametrize("kind", KINDS)
def test_the_replay_in_use_is_mostly_right(kind):
    right, precision, found = scores(kind, "with habits", OFFICES)
    assert right > 0.65
    assert precision > 0.8
    assert found > 0.7
