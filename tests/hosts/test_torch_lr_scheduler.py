"""The PyTorch host as an LRScheduler: what code expects of one, copies, and what the door refuses."""

import copy
import gc
import pickle
import subprocess
import sys
import weakref
from types import SimpleNamespace

import pytest
import torch
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import ChainedScheduler, LRScheduler, SequentialLR, StepLR

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule
from tests.hosts.recording import RATE, Recorded, adamw, float32, model, sgd, spin

STANDARD = ss.warmup_cosine(RATE, 60, warmup=10, end=RATE / 10)


class TestAnLRScheduler:
    def test_by_type(self):
        assert isinstance(TorchSchedule(sgd(), STANDARD), LRScheduler)

    def test_has_what_code_expects(self):
        optimizer = sgd()
        schedule = TorchSchedule(optimizer, STANDARD, at=4)
        assert schedule.optimizer is optimizer
        assert schedule.base_lrs == [RATE]
        assert schedule.last_epoch == schedule.position == 4
        assert schedule.get_last_lr() == schedule.get_lr() == schedule._last_lr == [STANDARD(4)]
        assert schedule.schedule is STANDARD
        assert repr(schedule) == f"TorchSchedule(SGD, {STANDARD!r}, at=4)"
        schedule._step_count += 1  # accelerate does, while it accumulates gradients

    def test_patches_nothing_and_warns_of_nothing(self, recwarn):
        optimizer = adamw()
        before = {name: value for name, value in vars(optimizer).items() if not name.endswith("hooks")}
        schedule = TorchSchedule(optimizer, STANDARD)
        after = {name: value for name, value in vars(optimizer).items() if not name.endswith("hooks")}
        assert after.keys() == before.keys()
        assert "step" not in vars(optimizer)
        assert optimizer.defaults["lr"] == RATE
        assert set(optimizer.param_groups[0]) - {"initial_lr"} == set(adamw().param_groups[0])
        schedule.step()  # before the first optimizer.step(), of which torch would warn
        optimizer.step()
        schedule.step()
        assert not recwarn.list

    def test_betas_and_decay_are_left_alone(self):
        optimizer = AdamW([torch.ones(1, requires_grad=True)], lr=RATE, betas=(0.8, 0.95), weight_decay=0.3)
        spin(optimizer, TorchSchedule(optimizer, ss.one_cycle(RATE, 20)), 20)
        assert optimizer.param_groups[0]["betas"] == (0.8, 0.95)
        assert optimizer.param_groups[0]["weight_decay"] == 0.3

    def test_works_with_a_gradient_scaler(self):
        net = model()
        optimizer = SGD(net.parameters(), lr=RATE)
        schedule = TorchSchedule(optimizer, STANDARD)
        recorded = Recorded(optimizer)
        scaler = torch.amp.GradScaler("cpu", enabled=False)
        for _ in range(10):
            optimizer.zero_grad()
            scaler.scale(net(torch.ones(2, 6)).square().mean()).backward()
            scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
            schedule.step()
        assert recorded.first == [STANDARD(k) for k in range(10)]

    def test_takes_over_from_a_torch_scheduler(self):
        optimizer = sgd()
        theirs = StepLR(optimizer, 3, gamma=0.1)
        spin(optimizer, theirs, 7)
        assert optimizer.param_groups[0]["lr"] != RATE
        schedule = TorchSchedule(optimizer, STANDARD, at=theirs.last_epoch)
        assert optimizer.param_groups[0]["lr"] == STANDARD(7)
        assert schedule.base_lrs == [RATE]

    def test_is_not_for_sequential_lr(self):
        optimizer = sgd()
        schedule = TorchSchedule(optimizer, STANDARD)
        with pytest.raises(
            ss.ScheduleError, match=r"last_epoch: is read only; got -1. .* chain schedules: a >> b"
        ):
            SequentialLR(optimizer, [schedule, StepLR(optimizer, 3)], milestones=[5])

    def test_last_epoch_cannot_be_set(self):
        schedule = TorchSchedule(sgd(), STANDARD)
        with pytest.raises(
            ss.ScheduleError, match=r"^TorchSchedule.last_epoch: is read only; got 5. To move, set pos"
        ):
            schedule.last_epoch = 5

    def test_a_second_schedule_replaces_the_first(self):
        for rate in (RATE, torch.tensor(RATE)):
            optimizer = adamw(rate)
            first = TorchSchedule(optimizer, ss.linear(0.0, RATE, 10))
            second = TorchSchedule(optimizer, STANDARD, at=20)
            assert second.base_lrs == first.base_lrs
            optimizer.load_state_dict(optimizer.state_dict())
            assert second.get_last_lr() == pytest.approx([STANDARD(20)], rel=1e-7)

    def test_a_replaced_schedule_is_set_free(self):
        optimizer = sgd()
        gone = weakref.ref(TorchSchedule(optimizer, STANDARD))
        gc.collect()
        assert gone() is None
        optimizer.load_state_dict(optimizer.state_dict())

    def test_an_optimizer_without_hooks_is_followed_by_step(self):
        """Wrappers are Optimizers by type and not by construction, such as accelerate's."""

        class Wrapper(torch.optim.Optimizer):
            def __init__(self, inner):
                self.inner = inner

            param_groups = property(lambda self: self.inner.param_groups)
            defaults = property(lambda self: self.inner.defaults)

        inner = sgd()
        schedule = TorchSchedule(Wrapper(inner), STANDARD)
        inner.load_state_dict(inner.state_dict())
        schedule.step()
        assert inner.param_groups[0]["lr"] == STANDARD(1)


class TestCopies:
    @pytest.mark.parametrize(
        "clone", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"]
    )
    @pytest.mark.parametrize("rate", [RATE, torch.tensor(RATE)], ids=["float", "tensor"])
    def test_are_independent_and_whole(self, clone, rate):
        schedule = TorchSchedule(adamw(rate), STANDARD, at=5)
        twin = clone(schedule)
        assert twin.optimizer is not schedule.optimizer
        twin.step()
        assert (schedule.position, twin.position) == (5, 6)
        assert schedule.get_last_lr() == pytest.approx([STANDARD(5)], rel=1e-7)
        assert twin.get_last_lr() == pytest.approx([STANDARD(6)], rel=1e-7)
        assert twin.schedule == STANDARD

    def test_follow_loads_of_their_own_optimizer(self):
        twin = pickle.loads(pickle.dumps(TorchSchedule(sgd(), STANDARD, at=5)))
        twin.optimizer.load_state_dict(sgd().state_dict())
        assert twin.get_last_lr() == [STANDARD(5)]


class TestTheDoor:
    @pytest.mark.parametrize(("given", "remedy"), [
        (None, "Give it first"),
        (STANDARD, "Give it first"),
        ([torch.ones(1)], "Give it first"),
        (SimpleNamespace(optimizer=sgd()), "Give its .optimizer"),
    ])  # fmt: skip
    def test_the_optimizer(self, given, remedy):
        with pytest.raises(
            ss.ScheduleTypeError, match=f"(?s)^TorchSchedule: drives a torch.optim.Optimizer; got .*{remedy}"
        ):
            TorchSchedule(given, STANDARD)

    @pytest.mark.parametrize("given", [None, 3e-4, "cosine", lambda k: 0.1, sgd(), STANDARD.to_dict()])
    def test_the_schedule(self, given):
        with pytest.raises(
            ss.ScheduleTypeError,
            match=r"(?s)^TorchSchedule: follows a schedule; got .*(such as hold|Write stepsize)",
        ):
            TorchSchedule(sgd(), given)

    def test_the_clock(self):
        with pytest.raises(
            ss.ScheduleError, match=r"clock \"steps\" only; got 'tokens'. Write its lengths in updates"
        ):
            TorchSchedule(sgd(), STANDARD.on("tokens"))

    @pytest.mark.parametrize("given", ["keep", None, 1, [], torch.ones(2)])
    def test_the_policy(self, given):
        with pytest.raises(
            ss.ScheduleError, match=r'^TorchSchedule.on_change: must be "error", "mine" or "saved"; got'
        ):
            TorchSchedule(sgd(), STANDARD, on_change=given)

    @pytest.mark.parametrize(
        "given", [0.0, -1.0, float("nan"), float("inf"), "1", True, torch.ones(2), torch.tensor(0.0)]
    )
    def test_the_base_rate(self, given):
        with pytest.raises(
            ss.ScheduleError, match=r"^TorchSchedule.base_lr: must be a finite number > 0; got"
        ):
            TorchSchedule(sgd(), STANDARD, base_lr=given)

    @pytest.mark.parametrize("default", [0.0, None, torch.tensor(0.0), float("nan")])
    def test_the_default_rate(self, default):
        optimizer = sgd()
        optimizer.defaults["lr"] = default
        with pytest.raises(
            ss.ScheduleError, match=r"default rate must be a finite number > 0; got .*Pass base_lr="
        ):
            TorchSchedule(optimizer, STANDARD)
        TorchSchedule(optimizer, STANDARD, base_lr=RATE)
        assert optimizer.param_groups[0]["lr"] == STANDARD(0)

    @pytest.mark.parametrize("rate", [None, "fast", -1.0, float("inf"), torch.ones(2)])
    def test_the_rate_of_a_group(self, rate):
        optimizer = sgd()
        optimizer.param_groups[0]["lr"] = rate
        with pytest.raises(
            ss.ScheduleError, match=r"^TorchSchedule: initial rate of group 0: must be a finite number >= 0"
        ):
            TorchSchedule(optimizer, STANDARD)

    def test_a_group_without_a_rate(self):
        optimizer = sgd()
        del optimizer.param_groups[0]["lr"]
        with pytest.raises(
            ss.ScheduleTypeError, match=r"^TorchSchedule: initial rate of group 0: .* got None"
        ):
            TorchSchedule(optimizer, STANDARD)

    def test_a_refusal_leaves_the_optimizer_as_it_was(self):
        optimizer = sgd(torch.tensor(RATE))
        default = optimizer.defaults["lr"]
        for wrong in ({"at": -1}, {"on_change": "keep"}, {"base_lr": 0.0}, {"s": STANDARD.on("tokens")}):
            arguments = {"s": STANDARD, **wrong}
            with pytest.raises(ss.ScheduleError, match=r"^TorchSchedule"):
                TorchSchedule(optimizer, **arguments)
        assert "initial_lr" not in optimizer.param_groups[0]
        assert optimizer.param_groups[0]["lr"] is default is optimizer.defaults["lr"]
        assert default.item() == float32(RATE)

    def test_torch_that_is_not_installed(self):
        code = "import sys; sys.modules['torch'] = None\nimport stepsize.hosts.torch"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "MissingExtra: stepsize.hosts.torch: needs PyTorch; got" in done.stderr
        assert 'Write: pip install "stepsize[torch]"' in done.stderr

    def test_importing_stepsize_does_not_import_torch(self):
        code = "import stepsize, stepsize.hosts, sys; sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_chained_with_a_torch_scheduler_ours_speaks():
    """torch offers no way to refuse it; the documentation says to multiply schedules instead."""
    optimizer = sgd()
    schedule = TorchSchedule(optimizer, STANDARD)
    chained = ChainedScheduler([StepLR(optimizer, 2, gamma=0.1), schedule], optimizer=optimizer)
    assert spin(optimizer, chained, 10).first[1:] == [STANDARD(k) for k in range(1, 10)]
