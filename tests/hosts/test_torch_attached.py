"""Attached: the clock is the optimizer's applied updates, whatever a loop, a scaler or a framework does around them."""

import copy
import gc
import pickle
import weakref

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from torch.amp import GradScaler
from torch.optim import LBFGS, SGD, AdamW

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule, attach
from tests.hosts.recording import RATE, Recorded, adamw, model, sgd, spin, train

S = ss.linear(0.0, 1.0, 4) >> ss.cosine(1.0, 0.1, 8)


def update(optimizer, gradient=1.0):
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = torch.full_like(p, gradient)
    optimizer.step()


class TestClock:
    @pytest.mark.parametrize("fused", [False, True])
    def test_case_10_amp_skips(self, fused):
        """10 iterations, 0 and 3 skipped by the scaler: 8 ticks, the rates s(0) to s(7), no warning. Fused or not."""
        weight = torch.ones(3, requires_grad=True)
        optimizer = AdamW([weight], lr=1.0, fused=fused)
        handle = attach(optimizer, S)
        scaler = GradScaler("cpu", init_scale=4.0, growth_interval=1000)
        used = []
        for k in range(10):
            optimizer.zero_grad()
            loss = (weight * weight).sum() * (float("inf") if k in (0, 3) else 1.0)
            scaler.scale(loss).backward()
            before = weight.detach().clone()
            scaler.step(optimizer)
            scaler.update()
            if not torch.equal(before, weight):
                used.append(optimizer.param_groups[0]["lr"])
        assert handle.position == 8
        assert used == [S(k) for k in range(1, 8)]  # s(0) is 0, and moves nothing

    def test_accumulation_counts_updates(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, S)
        for k in range(160):
            for p in optimizer.param_groups[0]["params"]:
                p.grad = torch.ones_like(p)
            handle.step()
            if k % 10 == 9:
                optimizer.step()
        assert handle.position == 16

    def test_steps_of_a_framework_move_nothing(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, S)
        recorded = Recorded(optimizer)
        for k in range(12):
            for _ in range(k % 3):
                handle.step()
            update(optimizer)
            handle.step(k)  # an epoch, as some pass
        assert recorded.first == [S(k) for k in range(12)]

    def test_an_edited_rate_is_written_over(self):
        optimizer = sgd(1.0)
        attach(optimizer, S)
        recorded = Recorded(optimizer)
        for _ in range(5):
            optimizer.param_groups[0]["lr"] = 0.9
            update(optimizer)
        assert recorded.first == [S(k) for k in range(5)]

    def test_a_closure_may_be_called_often_in_one_update(self):
        weight = torch.tensor([3.0], requires_grad=True)
        optimizer = LBFGS([weight], lr=1.0, max_iter=5)
        handle = attach(optimizer, S)

        def closure():
            optimizer.zero_grad()
            loss = (weight - 1).square().sum()
            loss.backward()
            return loss

        for _ in range(6):
            optimizer.step(closure)
        assert handle.position == 6

    def test_position_may_be_set_between_updates(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, S, at=3)
        recorded = Recorded(optimizer)
        update(optimizer)
        handle.position = 10
        handle.position = 10
        update(optimizer)
        assert recorded.first == [S(3), S(10)]
        assert handle.get_last_lr() == [S(10)]  # the rate that the last update used

    @pytest.mark.parametrize("drive", [TorchSchedule, attach])
    def test_a_step_that_calls_its_parents_is_one_update(self, drive):
        """Torch wraps the step of both classes, so its hooks come twice."""

        class Mine(AdamW):
            def step(self, closure=None):
                return super().step(closure)

        adamw()  # wraps the parent's
        optimizer = Mine([torch.ones(1, requires_grad=True)], lr=1.0)
        schedule = drive(optimizer, S)
        for k in range(8):
            update(optimizer)
            assert schedule.get_last_lr() == [S(k)]
            schedule.step()
        assert schedule.position == 8

    def test_an_update_that_raises_is_not_counted(self):
        class Fails(SGD):
            def step(self, closure=None):
                raise RuntimeError

        optimizer = Fails([torch.ones(1, requires_grad=True)], lr=1.0)
        handle = attach(optimizer, S)
        with pytest.raises(RuntimeError):
            update(optimizer)
        assert handle.position == 0


class TestLife:
    def test_it_lives_as_long_as_its_optimizer(self):
        optimizer = sgd(1.0)
        attach(optimizer, S)
        gc.collect()
        recorded = Recorded(optimizer)
        update(optimizer)
        update(optimizer)
        assert recorded.first == [S(0), S(1)]

    def test_and_no_longer(self):
        optimizer = sgd(1.0)
        gone = weakref.ref(attach(optimizer, S))
        del optimizer
        gc.collect()
        assert gone() is None

    def test_detach_lets_go(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, S, at=2)
        update(optimizer)
        handle.detach()
        handle.detach()
        optimizer.param_groups[0]["lr"] = 0.7
        update(optimizer)
        assert (handle.position, optimizer.param_groups[0]["lr"]) == (3, 0.7)
        optimizer.load_state_dict(optimizer.state_dict())
        assert optimizer.param_groups[0]["lr"] == 0.7

    @pytest.mark.parametrize(
        "copied", [copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))], ids=["deepcopy", "pickle"]
    )
    def test_a_copy_drives_its_own_optimizer(self, copied):
        handle = attach(sgd(1.0), S, at=2)
        twin = copied(handle)
        update(twin.optimizer)
        update(twin.optimizer)
        assert (handle.position, twin.position) == (2, 4)
        assert twin.get_last_lr() == [S(3)]

    def test_only_rates_are_touched(self):
        plain, driven = model(), model()
        a, b = AdamW(plain.parameters(), lr=RATE), AdamW(driven.parameters(), lr=RATE)
        handle = attach(b, ss.hold(RATE))
        assert train(plain, a, TorchSchedule(sgd(RATE), ss.hold(RATE)), 20) == train(driven, b, handle, 20)
        assert {*b.param_groups[0]} - {*a.param_groups[0]} == {"initial_lr"}
        assert "step" not in vars(b)

    def test_two_optimizers_follow_one_schedule_in_their_own_ratios(self):
        muon, adam = SGD([torch.ones(2, requires_grad=True)], lr=0.02), adamw(3e-4)
        s = ss.warmup_linear(1.0, 10, warmup=2)
        attach(muon, s * 0.02), attach(adam, s * 3e-4)
        first, second = Recorded(muon), Recorded(adam)
        for _ in range(10):
            update(muon), update(adam)
        assert first.first == pytest.approx([0.02 * s(k) for k in range(10)], rel=1e-15)
        assert second.first == pytest.approx([3e-4 * s(k) for k in range(10)], rel=1e-15)


class TestGraphs:
    @pytest.mark.filterwarnings(
        "ignore:`torch.jit.script_method` is deprecated:DeprecationWarning"
    )  # torch's own import
    @pytest.mark.filterwarnings("ignore:Profiler record function:UserWarning")
    @pytest.mark.parametrize("compiled", ["the step", "a function"])
    def test_compiled_it_is_one_graph_and_never_compiled_again(self, compiled):
        torch._dynamo.reset()
        parameters = [torch.nn.Parameter(torch.ones(3)) for _ in range(3)]
        optimizer = AdamW(parameters, lr=torch.tensor(RATE))
        tensor = optimizer.param_groups[0]["lr"]
        handle = attach(optimizer, ss.warmup_cosine(RATE, 30, warmup=5))
        counter = CompileCounter()
        step = torch.compile(
            optimizer.step if compiled == "the step" else lambda: optimizer.step(), backend=counter
        )
        for _ in range(30):
            for p in parameters:
                p.grad = torch.ones_like(p)
            step()
        assert counter.frame_count == 1
        assert handle.position == 30
        assert optimizer.param_groups[0]["lr"] is tensor

    def test_a_capture_is_refused(self, monkeypatch):
        """No GPU is needed to see what is said inside a capture: torch is told that one is going on."""
        optimizer = sgd(1.0)
        attach(optimizer, S)
        monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
        monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
        with pytest.raises(
            ss.ScheduleError, match=r"inside a CUDA graph.*Call TorchSchedule.step\(\) after each replay"
        ):
            update(optimizer)


class TestNotices:
    def test_an_engine_that_bypasses_the_optimizer(self):
        handle = attach(sgd(1.0), S)
        for _ in range(99):
            handle.step()
        with pytest.warns(
            UserWarning, match=r"^attach: 100 calls of step\(\) and not one optimizer.step\(\) was seen"
        ):
            handle.step()
        handle.step()  # said once

    def test_updates_that_are_seen_are_not_said_to_be_missing(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, S)
        update(optimizer)
        for _ in range(500):
            handle.step()

    def test_a_schedule_in_updates_that_is_stepped_once_an_epoch(self):
        optimizer = sgd(1.0)
        schedule = TorchSchedule(optimizer, S)
        for _ in range(2):
            for _ in range(25):
                update(optimizer)
            schedule.step()
        for _ in range(25):
            update(optimizer)
        with pytest.warns(
            UserWarning, match=r"^TorchSchedule: step\(\) is called once in 25 updates.*or attach"
        ):
            schedule.step()
        for _ in range(25):
            update(optimizer)
        schedule.step()  # said once

    def test_a_loop_that_does_it_right_is_left_alone(self):
        optimizer = sgd(1.0)
        spin(optimizer, TorchSchedule(optimizer, S), 100)


class TestPerGroup:
    @staticmethod
    def three(**options):
        groups = [
            {"params": [torch.ones(1, requires_grad=True)], "name": "body"},
            {"params": [torch.ones(1, requires_grad=True)], "name": "head", "lr": 0.5},
            {"params": [torch.ones(1, requires_grad=True)], "name": "bias", "weight_decay": 0.0},
        ]
        return SGD(groups, lr=1.0, weight_decay=0.1, **options)

    HEAD, BIAS = ss.linear(1.0, 0.0, 20), ss.hold(0.25)

    @pytest.mark.parametrize("drive", [TorchSchedule, attach])
    def test_groups_follow_schedules_of_their_own_by_name_or_predicate(self, drive):
        optimizer = self.three()
        schedule = drive(
            optimizer, S, per_group={"head": self.HEAD, lambda g: g["weight_decay"] == 0.0: self.BIAS}
        )
        recorded = spin(optimizer, schedule, 15)
        assert recorded.rates == [[S(k), 0.5 * self.HEAD(k), self.BIAS(k)] for k in range(15)]

    def test_a_group_added_later_follows_its_own(self):
        optimizer = self.three()
        schedule = attach(optimizer, S, per_group={"head": self.HEAD})
        update(optimizer)
        optimizer.add_param_group({"params": [torch.ones(1, requires_grad=True)], "name": "head", "lr": 0.1})
        recorded = spin(optimizer, schedule, 2)
        assert [rates[3] for rates in recorded.rates] == [0.1 * self.HEAD(1), 0.1 * self.HEAD(2)]

    def test_all_are_in_the_checkpoint(self):
        schedule = TorchSchedule(self.three(), S, per_group={"head": self.HEAD}, at=5)
        resumed = TorchSchedule(self.three(), S, per_group={"head": self.HEAD})
        resumed.load_state_dict(schedule.state_dict())
        assert resumed.get_last_lr() == schedule.get_last_lr() == [S(5), 0.5 * self.HEAD(5), S(5)]
        for other in (
            TorchSchedule(self.three(), S),
            TorchSchedule(self.three(), S, per_group={"head": self.BIAS}),
        ):
            with pytest.raises(ss.CheckpointError, match="the checkpoint must be of the present schedule"):
                other.load_state_dict(schedule.state_dict())
        saved = TorchSchedule(self.three(), S, per_group={"head": self.BIAS}, on_change="saved")
        saved.load_state_dict(schedule.state_dict())
        assert saved.get_last_lr() == schedule.get_last_lr()

    @pytest.mark.parametrize(
        ("per_group", "said"),
        [
            (
                {"haed": S},
                r"per_group: each must match a group; here they are named \['body', 'head', 'bias'\]; got \['haed'\]",
            ),
            ({lambda g: False: S}, "each must match a group"),
            ({3: S}, "must be a dictionary from names of groups, or functions of a group, to schedules"),
            ([S], "must be a dictionary"),
            ({"head": 0.1}, "per_group: follows a schedule; got 0.1"),
        ],
    )
    def test_what_cannot_be_is_refused(self, per_group, said):
        with pytest.raises(ss.ScheduleError, match=said):
            TorchSchedule(self.three(), S, per_group=per_group)


class TestFields:
    def test_weight_decay_follows_and_groups_without_stay_without(self):
        optimizer = TestPerGroup.three()
        decay = ss.linear(0.1, 0.0, 10)
        handle = attach(optimizer, decay, field="weight_decay")
        seen = []
        optimizer.register_step_pre_hook(
            lambda o, a, k: seen.append([g["weight_decay"] for g in o.param_groups])
        )
        for _ in range(12):
            update(optimizer)
        assert seen == [[decay(k), decay(k), 0.0] for k in range(12)]
        assert [g["lr"] for g in optimizer.param_groups] == [1.0, 0.5, 1.0]
        assert handle.get_last_lr() == [0.0, 0.0, 0.0]

    @pytest.mark.parametrize("betas", [(0.8, 0.95), (0.8, 0.95, 0.999)])
    def test_case_18_only_the_first_beta_moves(self, betas):
        optimizer = AdamW([torch.ones(1, requires_grad=True)], lr=1e-3, betas=betas[:2])
        optimizer.defaults["betas"] = optimizer.param_groups[0]["betas"] = betas
        mirrored = ss.linear(0.95, 0.85, 5) >> ss.linear(0.85, 0.95, 5)
        schedule = TorchSchedule(optimizer, mirrored, field="betas[0]", base_lr=0.8)
        for k in range(12):
            assert optimizer.param_groups[0]["betas"] == (mirrored(k), *betas[1:])
            schedule.step()
        assert optimizer.param_groups[0]["lr"] == 1e-3

    def test_case_18_a_rate_that_cycles_leaves_the_betas(self):
        optimizer = AdamW([torch.ones(1, requires_grad=True)], lr=1e-3, betas=(0.8, 0.95))
        spin(optimizer, TorchSchedule(optimizer, ss.one_cycle(1e-3, 10)), 10)
        assert optimizer.param_groups[0]["betas"] == (0.8, 0.95)

    def test_rate_and_decay_together_resume(self):
        def build(at=0):
            optimizer = TestPerGroup.three()
            return (
                optimizer,
                attach(optimizer, S, at=at),
                attach(optimizer, ss.linear(0.1, 0.0, 10), at=at, field="weight_decay"),
            )

        optimizer, *handles = build()
        for _ in range(4):
            update(optimizer)
        resumed, *others = build()
        for saved, part in zip([optimizer, *handles], [resumed, *others], strict=True):
            part.load_state_dict(copy.deepcopy(saved.state_dict()))
        for one in (optimizer, resumed):
            update(one)
        shown = [[(g["lr"], g["weight_decay"]) for g in one.param_groups] for one in (optimizer, resumed)]
        assert shown[0] == shown[1] == [(S(4), 0.1 * 0.6), (0.5 * S(4), 0.1 * 0.6), (S(4), 0.0)]

    @pytest.mark.parametrize("field", ["weigth_decay", "betas", "betas[5]", "nesterov", "lr[0]", 3])
    def test_what_is_no_number_is_refused(self, field):
        with pytest.raises(ss.ScheduleError, match="field: must be a numeric field of the optimizer"):
            TorchSchedule(AdamW([torch.ones(1, requires_grad=True)]), S, field=field)


class TestGroupByGroup:
    """An engine that shows the optimizer one group after the other, as DeepSpeed's ZeRO 1 and 2 do."""

    @staticmethod
    def optimizer():
        return torch.optim.SGD([{"params": [torch.ones(1, requires_grad=True)]} for _ in range(3)], lr=1.0)

    @staticmethod
    def step(optimizer):
        groups = optimizer.param_groups
        try:
            for group in groups:
                optimizer.param_groups = [group]
                for parameter in group["params"]:
                    parameter.grad = torch.ones_like(parameter)
                optimizer.step()
        finally:
            optimizer.param_groups = groups

    def test_a_stepped_schedule_counts_its_own_calls_and_says_nothing(self):
        optimizer = self.optimizer()
        schedule = TorchSchedule(optimizer, S)
        for k in range(10):
            assert [group["lr"] for group in optimizer.param_groups] == [S(k)] * 3
            self.step(optimizer)
            schedule.step()

    def test_stepped_once_an_epoch_it_is_said_all_the_same(self):
        optimizer = self.optimizer()
        schedule = TorchSchedule(optimizer, S)
        for _ in range(2):
            for _ in range(5):
                self.step(optimizer)
            schedule.step()
        for _ in range(5):
            self.step(optimizer)
        with pytest.warns(UserWarning, match=r"step\(\) is called once in 5 updates"):
            schedule.step()

    def test_an_attached_one_refuses(self):
        optimizer = self.optimizer()
        attach(optimizer, S)
        with pytest.raises(
            ss.ScheduleError, match=r"^attach: needs one optimizer.step\(\) for all groups; .*TorchSchedule"
        ):
            self.step(optimizer)

    def test_a_group_that_is_taken_away_is_none_of_that(self):
        optimizer = self.optimizer()
        handle = attach(optimizer, S)
        for k in range(6):
            if k in (2, 4):
                del optimizer.param_groups[0]
            update(optimizer)
        assert handle.position == 6
