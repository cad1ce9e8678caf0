"""The PyTorch host: update k uses s(k), in every optimizer, with every kind of rate, from every position."""

import copy

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from torch.optim import SGD, Adafactor, AdamW, RMSprop
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    SequentialLR,
)

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule
from tests.hosts.recording import RATE, Recorded, Told, adamw, float32, model, sgd, spin, train
from tests.zoo import ZOO

STANDARD = ss.warmup_cosine(RATE, 60, warmup=10, end=RATE / 10)


OPTIMIZERS = {
    "sgd": lambda p: SGD(p, lr=RATE),
    "sgd momentum": lambda p: SGD(p, lr=RATE, momentum=0.9, nesterov=True),
    "sgd foreach": lambda p: SGD(p, lr=RATE, foreach=True),
    "sgd fused": lambda p: SGD(p, lr=RATE, fused=True),
    "rmsprop": lambda p: RMSprop(p, lr=RATE),
    "adafactor": lambda p: Adafactor(p, lr=RATE),
    "adamw": lambda p: AdamW(p, lr=RATE),
    "adamw foreach": lambda p: AdamW(p, lr=RATE, foreach=True),
    "adamw fused": lambda p: AdamW(p, lr=RATE, fused=True),
    "adamw amsgrad": lambda p: AdamW(p, lr=RATE, amsgrad=True, betas=(0.8, 0.95)),
    "whole number": lambda p: SGD(p, lr=1),
}
TENSORS = {
    "sgd": lambda p: SGD(p, lr=torch.tensor(RATE), foreach=False),
    "adamw": lambda p: AdamW(p, lr=torch.tensor(RATE), foreach=False),
    "adamw fused": lambda p: AdamW(p, lr=torch.tensor(RATE), fused=True),
}


def test_rate_of_the_recorder():
    """The hook sees what the update uses: the recorder is not a witness for itself."""
    optimizer = sgd(RATE)
    recorded = Recorded(optimizer)
    optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
    optimizer.step()
    assert recorded.first == [RATE]
    assert optimizer.param_groups[0]["params"][0].item() == pytest.approx(1 - RATE, rel=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_update_k_uses_s_of_k(name):
    net = model()
    optimizer = OPTIMIZERS[name](net.parameters())
    schedule = TorchSchedule(optimizer, STANDARD)
    recorded = Recorded(optimizer)
    losses = train(net, optimizer, schedule, 80)
    assert recorded.first == [STANDARD(k) for k in range(80)]  # 20 updates after the end included
    assert type(optimizer.param_groups[0]["lr"]) is float
    assert all(torch.isfinite(torch.tensor(losses)))


@pytest.mark.parametrize("name", TENSORS)
def test_tensor_rates_are_filled_with_the_nearest_number(name):
    net = model()
    optimizer = TENSORS[name](net.parameters())
    tensor = optimizer.param_groups[0]["lr"]
    schedule = TorchSchedule(optimizer, STANDARD)
    recorded = Recorded(optimizer)
    train(net, optimizer, schedule, 80)
    assert recorded.first == [float32(STANDARD(k)) for k in range(80)]
    assert optimizer.param_groups[0]["lr"] is tensor


def test_parameters_move_by_the_rate():
    weight = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    optimizer = Told([weight], lr=0.1)
    s = ss.linear(0.0, 0.1, 10) >> ss.cosine(0.1, 0.0, 30)
    schedule = TorchSchedule(optimizer, s)
    for _ in range(50):
        optimizer.zero_grad()
        weight.square().backward()
        optimizer.step()
        schedule.step()
    assert optimizer.used == pytest.approx([s(k) for k in range(50)], rel=1e-9, abs=1e-14)
    assert optimizer.used[0] == 0.0
    assert optimizer.used[10] == pytest.approx(0.1)


def test_something_is_learned_through_restarts():
    net = model()
    optimizer = AdamW(net.parameters(), lr=1e-2)
    s = ss.linear(0.0, 1e-2, 20) >> ss.sgdr(1e-2, 40, growth=2, peak_decay=0.7)
    schedule = TorchSchedule(optimizer, s)
    recorded = Recorded(optimizer)
    losses = train(net, optimizer, schedule, 300)
    assert recorded.first == [s(k) for k in range(300)]
    assert sum(losses[-20:]) < 0.1 * sum(losses[:20])


def test_the_loop_everybody_writes_today_gives_the_same_rates():
    total = 10_000
    theirs = AdamW([torch.ones(1, requires_grad=True)], lr=3e-4)
    warmup = LinearLR(theirs, start_factor=0.001, total_iters=1000)
    cosine = CosineAnnealingLR(theirs, T_max=total - 1000, eta_min=3e-5)
    expected = spin(theirs, SequentialLR(theirs, [warmup, cosine], milestones=[1000]), total).first
    ours = adamw(3e-4)
    s = ss.linear(3e-7, 3e-4, 1000) >> ss.cosine(3e-4, 3e-5, total - 1000)
    used = spin(ours, TorchSchedule(ours, s), total).first
    worst = max(abs(a - b) for a, b in zip(used, expected, strict=True))
    assert worst <= 1e-12 * 3e-4
    assert used == [s(k) for k in range(total)]


def _on_steps():
    return {name: s for name, s in ZOO.items() if s.clock == "steps"}


@pytest.mark.parametrize("name", _on_steps())
def test_every_schedule_resumes_at_every_position(name):
    """Case 3: bit for bit, from position and schedule alone; the optimizer's state is not restored."""
    s = _on_steps()[name]
    optimizer = sgd()
    schedule = TorchSchedule(optimizer, s)
    states, whole = [], []
    for _ in range(25):
        states.append(schedule.state_dict())
        whole.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    assert whole == [s(k) for k in range(25)]
    for split, state in enumerate(states):
        fresh = sgd()
        resumed = TorchSchedule(fresh, s)
        resumed.load_state_dict(state)
        rest = []
        for _ in range(split, 25):
            rest.append(fresh.param_groups[0]["lr"])
            resumed.step()
        assert rest == whole[split:], f"resumed at {split}"


def test_position_alone_is_enough_to_resume():
    optimizer = sgd(1.0)
    TorchSchedule(optimizer, ss.hold(1.0, 3) >> ss.hold(0.1, 3) >> ss.hold(0.01), at=7)
    assert optimizer.param_groups[0]["lr"] == 0.01


def test_losses_after_a_resume_are_those_of_the_uninterrupted_run():
    def build():
        net = model()
        optimizer = AdamW(net.parameters(), lr=RATE)
        return net, optimizer, TorchSchedule(optimizer, STANDARD)

    net, optimizer, schedule = build()
    expected = train(net, optimizer, schedule, 40)
    net, optimizer, schedule = build()
    train(net, optimizer, schedule, 25)
    saved = copy.deepcopy((net.state_dict(), optimizer.state_dict(), schedule.state_dict()))
    net, optimizer, schedule = build()
    for part, state in zip((net, optimizer, schedule), saved, strict=True):
        part.load_state_dict(state)
    assert train(net, optimizer, schedule, 40, first=25) == expected[25:]


class TestPosition:
    def test_is_absolute(self):
        """Case 4: setting it twice is the same as once."""
        optimizer = sgd()
        schedule = TorchSchedule(optimizer, STANDARD)
        for _ in range(2):
            schedule.position = 33
            assert schedule.position == schedule.last_epoch == 33
            assert optimizer.param_groups[0]["lr"] == STANDARD(33)
        schedule.step()
        assert optimizer.param_groups[0]["lr"] == STANDARD(34)

    def test_goes_back_and_forth_at_random(self):
        """Case 7: order does not matter."""
        optimizer = sgd()
        schedule = TorchSchedule(optimizer, STANDARD)
        for k in (50, 3, 3, 0, 1_000_000, 59, 60, 12):
            schedule.position = k
            assert optimizer.param_groups[0]["lr"] == STANDARD(k)

    def test_far_away_costs_nothing(self):
        optimizer = sgd()
        TorchSchedule(optimizer, ss.sgdr(RATE, 10, growth=2), at=7_000_000)
        assert optimizer.param_groups[0]["lr"] == ss.sgdr(RATE, 10, growth=2)(7_000_000)

    @pytest.mark.parametrize("at", [-1, 2.5, "7", None, True, float("nan"), float("inf"), 2**53 + 1, 10**400])
    def test_must_be_a_count(self, at):
        schedule = TorchSchedule(sgd(), STANDARD, at=5)
        with pytest.raises(
            ss.ScheduleError, match=r"^TorchSchedule.position: must (be a whole number|not exceed)"
        ):
            schedule.position = at
        assert schedule.position == 5
        with pytest.raises(ss.ScheduleError, match=r"^TorchSchedule.at: must (be a whole number|not exceed)"):
            TorchSchedule(sgd(), STANDARD, at=at)

    def test_is_not_an_epoch(self):
        optimizer = sgd()
        schedule = TorchSchedule(optimizer, STANDARD, at=5)
        with pytest.raises(
            ss.ScheduleError, match=r"^TorchSchedule.step: takes no epoch; got 3. To move anywhere"
        ):
            schedule.step(3)
        assert (schedule.position, optimizer.param_groups[0]["lr"]) == (5, STANDARD(5))


class TestHands:
    """Case 7: the rate at k comes from k, whatever the optimizer holds."""

    @pytest.mark.parametrize("edit", [0.9, 0.0, 1, float("nan"), torch.tensor(0.9)])
    def test_an_edit_lasts_one_update(self, edit):
        optimizer = sgd()
        schedule = TorchSchedule(optimizer, STANDARD)
        recorded = Recorded(optimizer)
        for k in range(60):
            if k == 20:
                optimizer.param_groups[0]["lr"] = edit
            optimizer.step()
            schedule.step()
        expected = [STANDARD(k) for k in range(60)]
        assert recorded.first[:20] == expected[:20]
        assert recorded.first[21:] == pytest.approx(expected[21:], rel=1e-7)

    def test_an_edit_of_a_tensor_lasts_one_update(self):
        optimizer = sgd(torch.tensor(RATE))
        schedule = TorchSchedule(optimizer, STANDARD, at=20)
        optimizer.param_groups[0]["lr"].fill_(0.9)
        assert schedule.get_last_lr() == [float32(0.9)]  # what the next update will use
        assert schedule.get_lr() == [STANDARD(20)]
        schedule.step()
        assert schedule.get_last_lr() == [float32(STANDARD(21))]

    def test_a_float_put_in_place_of_a_tensor_stays_a_float(self):
        optimizer = sgd(torch.tensor(RATE))
        schedule = TorchSchedule(optimizer, STANDARD)
        optimizer.param_groups[0]["lr"] = 0.9
        schedule.step()
        assert optimizer.param_groups[0]["lr"] == STANDARD(1)

    def test_rates_turned_into_tensors_are_filled(self):
        """As the advice for torch.compile says, after the schedule was built."""
        optimizer = SGD([{"params": [torch.ones(1)]}, {"params": [torch.ones(1)], "lr": RATE / 2}], lr=RATE)
        schedule = TorchSchedule(optimizer, STANDARD)
        for group in optimizer.param_groups:
            group["lr"] = torch.tensor(group["lr"])
        tensors = [group["lr"] for group in optimizer.param_groups]
        for k in range(1, 20):
            schedule.step()
            assert [t.item() for t in tensors] == [float32(STANDARD(k)), float32(STANDARD(k) / 2)]
        assert all(g["lr"] is t for g, t in zip(optimizer.param_groups, tensors, strict=True))


class TestTensors:
    @pytest.mark.parametrize("s", [
        ss.cosine(1e-3, 0.0, 100_000),
        ss.exponential(1e-3, 1e-3 * (1 - 1e-8) ** 100_000, 100_000),
        ss.linear(0.0, 0.1, 100_000),
    ], ids=["cosine", "slow exponential", "linear"])  # fmt: skip
    def test_after_100_000_steps(self, s):
        """Case 16: the same object and memory, and never further than rounding from the schedule."""
        tensor = torch.tensor(1e-3)
        optimizer = adamw(tensor)
        pointer = tensor.data_ptr()
        schedule = TorchSchedule(optimizer, s)
        for k in range(1, 100_001):
            schedule.step()
            if k % 997 == 0:
                assert tensor.item() == pytest.approx(s(k), rel=1e-6, abs=1e-45)
        assert optimizer.param_groups[0]["lr"] is tensor
        assert tensor.data_ptr() == pointer
        assert tensor.item() == float32(s(100_000))
        assert schedule.base_lrs == [float32(1e-3)]
        assert optimizer.defaults["lr"].item() == float32(1e-3)

    def test_rates_given_back_are_floats(self):
        schedule = TorchSchedule(adamw(torch.tensor(RATE)), STANDARD, at=3)
        for rates in (schedule.get_last_lr(), schedule.get_lr(), schedule.base_lrs, schedule._last_lr):
            assert [type(rate) for rate in rates] == [float]

    def test_what_was_given_back_does_not_change_later(self):
        schedule = TorchSchedule(adamw(torch.tensor(RATE)), STANDARD, at=3)
        before = schedule.get_last_lr()
        schedule.step()
        assert before == [float32(STANDARD(3))]

    @pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
    def test_any_precision(self, dtype):
        tensor = torch.tensor([RATE], dtype=dtype)  # one element, but not a scalar
        optimizer = sgd(tensor)
        TorchSchedule(optimizer, STANDARD, at=7)
        assert tensor.item() == torch.tensor(STANDARD(7), dtype=dtype).item()

    @pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, while it traces
    def test_no_recompile_after_the_first_updates(self):
        """Case 16, with the compiler's own count; ``eager`` traces and guards as the real backends do."""
        weight = torch.ones(4, requires_grad=True)
        optimizer = AdamW([weight], lr=torch.tensor(RATE), foreach=False)
        schedule = TorchSchedule(optimizer, STANDARD)
        torch._dynamo.reset()
        counter = CompileCounter()
        step = torch.compile(optimizer.step, backend=counter)
        counts, used = [], []
        for _ in range(12):
            weight.grad = torch.ones(4)
            used.append(optimizer.param_groups[0]["lr"].item())
            step()
            schedule.step()
            counts.append(counter.frame_count)
        torch._dynamo.reset()
        assert counts[0] >= 1
        assert counts[2:] == [counts[2]] * 10
        assert used == [float32(STANDARD(k)) for k in range(12)]
