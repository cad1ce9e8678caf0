"""Every promise, on every schedule of the zoo and on random trees, for every kind of number."""

import pytest
from hypothesis import HealthCheck, given, settings

from stepsize.testing import CHECKS, KINDS, maps_jax_values, maps_torch_tensors
from tests.strategies import trees
from tests.zoo import ZOO


@pytest.mark.parametrize("check", [*CHECKS, *KINDS], ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", ZOO)
def test_zoo(name, check):
    check(ZOO[name])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(s=trees())
def test_random_trees(check, s):
    check(s)


@pytest.mark.parametrize("check", [maps_jax_values, maps_torch_tensors], ids=lambda check: check.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(s=trees(depth=2))
def test_random_trees_in_other_libraries(check, s):
    check(s)
