"""What is known of a training: read at the door, as numbers."""

import math

import pytest

from stepsize.errors import ScheduleError
from stepsize.horizon import Horizon
from stepsize.training import Training


@pytest.mark.parametrize(
    ("given", "number"), [("124M", 124e6), ("7B", 7e9), ("1.5k", 1500), (" 350 ", 350), (13e9, 13e9)]
)
def test_parameters_may_be_spelled(given, number):
    run = Training(parameters=given)
    assert (run.parameters, type(run.parameters)) == (number, float)
    assert run == Training.of(parameters=number)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("124m", r"^Training.parameters: must be a number, such as 500 or 10k; got '124m'\.$"),
        ("124,000", r"got '124,000'\. Write 10000, or 10k\.$"),
        ("3 epochs", r"must be a number without a unit; got '3 epochs'"),
        ("", r"must be a number, such as 500 or 10k; got ''"),
        ("0", r"must be > 0; got 0"),
        (-1, r"must be a finite number >= 0; got -1"),
        ("1e999", r"must be a finite number >= 0; got inf"),
        (math.nan, r"must be a finite number >= 0; got nan"),
        (True, r"must be a number; got True|must be a finite number >= 0; got True"),
    ],
)
def test_parameters_that_are_none(given, error):
    with pytest.raises(ScheduleError, match=error):
        Training(parameters=given)


def test_a_run_of_which_nothing_says_the_length_has_no_horizon():
    assert Training.of(accumulation=4, world_size=8, drop_last=True, flush_tail=False).horizon is None
    run = Training.of(epochs=2, dataset_size=100, batch=10, accumulation=5, world_size=None)
    assert run.horizon == Horizon(epochs=2, dataset_size=100, batch=10, accumulation=5)
    assert (run.steps, run.told("accumulation"), run.told("world_size")) == (4, 5, None)
