"""One contract for all hosts: update k uses s(k), from the first update and from every checkpoint, and nothing else."""

import pytest

import stepsize as ss
from tests.hosts.accelerate_host import AccelerateHost
from tests.hosts.contract import OTHER, STANDARD
from tests.hosts.keras_host import Keras
from tests.hosts.lightning_host import Lightning
from tests.hosts.torch_hosts import Engine, Hooked, Loop, NumPy, Optax, Restless
from tests.hosts.trainer_host import TrainerHost

HOSTS = [
    Loop(),
    Hooked(),
    Restless(),
    Engine(),
    NumPy(),
    Optax(),
    Lightning(),
    Keras(),
    AccelerateHost(),
    TrainerHost(),
]
UPDATES = 45  # five after the end of the schedule

hosts = pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)


def same(host, rates, expected):
    assert rates == pytest.approx(expected, rel=host.precision, abs=0.0)


@hosts
def test_update_k_uses_s_of_k(host):
    same(host, host.train(STANDARD, UPDATES).rates, [STANDARD(k) for k in range(UPDATES)])


@hosts
@pytest.mark.parametrize("at", [1, 6, 23, 40])
def test_a_resumed_run_is_the_run_that_was_never_stopped(host, at):
    whole = host.train(STANDARD, UPDATES)
    first = host.train(STANDARD, at)
    rest = host.train(STANDARD, UPDATES, start=first.checkpoint)
    assert first.rates + rest.rates == whole.rates
    if host.deterministic:
        assert first.losses + rest.losses == whole.losses


@hosts
def test_another_schedule_in_the_checkpoint_is_an_error_that_shows_both(host):
    checkpoint = host.train(STANDARD, 20).checkpoint
    with pytest.raises(ss.CheckpointError) as caught:
        host.train(OTHER, UPDATES, start=checkpoint)
    assert str(STANDARD) in str(caught.value)
    assert str(OTHER) in str(caught.value)


@hosts
@pytest.mark.parametrize(("on_change", "followed"), [("mine", OTHER), ("saved", STANDARD)])
def test_a_policy_is_the_way_out(host, on_change, followed):
    checkpoint = host.train(STANDARD, 20).checkpoint
    ran = host.train(OTHER, UPDATES, start=checkpoint, on_change=on_change)
    same(host, ran.rates, [followed(k) for k in range(20, UPDATES)])
