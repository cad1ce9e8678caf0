"""The PyTorch host and parameter groups: ratios survive building, loading and adding in any order."""

import copy
from itertools import permutations

import pytest
import torch
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import StepLR

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule
from tests.hosts.recording import Recorded, sgd, spin

S = ss.linear(0.1, 1.0, 3) >> ss.cosine(1.0, 0.0, 7)
KINDS = {"float": lambda rate: rate, "tensor": lambda rate: torch.tensor(rate, dtype=torch.float64)}


def parameter():
    return torch.ones(1, requires_grad=True)


def two_groups(kind, make=SGD):
    """A default rate of one, for the first group, and a thousandth for the second."""
    groups = [{"params": [parameter()]}, {"params": [parameter()], "lr": kind(1e-3)}]
    return make(groups, lr=kind(1.0))


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


class TestOrder:
    """Case 2: build the schedule, load the optimizer's state, load the schedule's, in any order."""

    ORDERS = tuple(
        order
        for order in permutations(("build", "optimizer", "schedule"))
        if order.index("build") < order.index("schedule")
    )
    LESS = (("build", "schedule"), ("build",), ("build", "optimizer"), ("optimizer", "build"))

    @staticmethod
    def saved(kind, updates):
        optimizer = two_groups(kind, AdamW)
        schedule = TorchSchedule(optimizer, S)
        spin(optimizer, schedule, updates)
        return copy.deepcopy({"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()})

    @staticmethod
    def resumed(kind, order, saved, **options):
        optimizer = two_groups(kind, AdamW)
        for what in order:
            if what == "build":
                schedule = TorchSchedule(optimizer, S, **options)
            elif what == "optimizer":
                optimizer.load_state_dict(saved["optimizer"])
            else:
                schedule.load_state_dict(saved["schedule"])
        return optimizer, schedule

    def test_there_are_three(self):
        assert len(self.ORDERS) == 3

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("order", ORDERS, ids=" ".join)
    def test_every_order_resumes_exactly(self, order, kind):
        for updates in range(12):
            optimizer, schedule = self.resumed(KINDS[kind], order, self.saved(KINDS[kind], updates))
            used = spin(optimizer, schedule, 12 - updates).rates
            assert used == [[S(k), 1e-3 * S(k)] for k in range(updates, 12)]

    def test_the_numbers_of_the_case(self):
        for order in self.ORDERS:
            optimizer, schedule = self.resumed(KINDS["float"], order, self.saved(KINDS["float"], 6))
            used = spin(optimizer, schedule, 2).first
            assert used == pytest.approx([0.6112604669781572, 0.38873953302184283], rel=1e-14)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("order", LESS, ids=" ".join)
    def test_the_position_alone_decides(self, order, kind):
        """Whether or not the optimizer's state is restored: a rate that came with it is never used."""
        optimizer, schedule = self.resumed(KINDS[kind], order, self.saved(KINDS[kind], 6))
        assert schedule.position == (6 if "schedule" in order else 0)
        used = spin(optimizer, schedule, 3).rates
        assert used == [[S(k), 1e-3 * S(k)] for k in range(schedule.position - 3, schedule.position)]

    @pytest.mark.parametrize("order", [("optimizer", "build"), ("build", "optimizer")], ids=" ".join)
    def test_at_instead_of_a_state(self, order):
        optimizer, _ = self.resumed(KINDS["float"], order, self.saved(KINDS["float"], 6), at=6)
        assert rates(optimizer) == [S(6), 1e-3 * S(6)]

    @pytest.mark.parametrize("order", ORDERS, ids=" ".join)
    def test_a_changed_schedule_speaks_from_the_first_update(self, order):
        """Also where the optimizer's state, with the rate of the old schedule, is loaded last."""
        saved = self.saved(KINDS["float"], 6)
        optimizer = two_groups(KINDS["float"], AdamW)
        other = ss.linear(1.0, 0.0, 20)
        for what in order:
            if what == "build":
                schedule = TorchSchedule(optimizer, other, on_change="mine")
            elif what == "optimizer":
                optimizer.load_state_dict(saved["optimizer"])
            else:
                schedule.load_state_dict(saved["schedule"])
        used = spin(optimizer, schedule, 3).rates
        assert used == [[other(k), 1e-3 * other(k)] for k in (6, 7, 8)]

    @pytest.mark.parametrize("order", ORDERS, ids=" ".join)
    @pytest.mark.parametrize("on_change", ["mine", "saved"])
    @pytest.mark.parametrize(("was", "now"), [(1e-3, 2e-3), (1e-3, 1e-4), (1e-4, 1e-3)])
    @pytest.mark.parametrize("tenth", [False, True], ids=["one group", "two groups"])
    def test_another_peak_leaves_the_ratios(self, order, on_change, was, now, tenth):
        """A run is resumed under another peak, and its optimizer is built with that; the groups keep their ratios."""

        def build(peak):
            groups = [{"params": [parameter()], "lr": peak / 10}] if tenth else []
            return AdamW([*groups, {"params": [parameter()]}], lr=peak)

        old, s = build(was), ss.linear(was, 0.0, 100)
        schedule = TorchSchedule(old, s)
        spin(old, schedule, 6)
        saved = copy.deepcopy({"optimizer": old.state_dict(), "schedule": schedule.state_dict()})
        optimizer, mine = build(now), ss.linear(now, 0.0, 100)
        unknown = order[0] == "optimizer" and tenth and now > was  # then it must be said, see below
        for what in order:
            if what == "build":
                schedule = TorchSchedule(
                    optimizer, mine, on_change=on_change, base_lr=was if unknown else None
                )
            elif what == "optimizer":
                optimizer.load_state_dict(saved["optimizer"])
            else:
                schedule.load_state_dict(saved["schedule"])
        rate = (mine if on_change == "mine" else s)(6)
        assert rates(optimizer) == pytest.approx([0.1 * rate, rate] if tenth else [rate], rel=1e-15)

    def test_a_base_that_nobody_knows_is_asked_for(self):
        """The state of the optimizer is loaded first, no group has the present base, and there are several rates."""
        old = AdamW([{"params": [parameter()], "lr": 1e-4}, {"params": [parameter()]}], lr=1e-3)
        TorchSchedule(old, S)
        optimizer = AdamW([{"params": [parameter()], "lr": 2e-4}, {"params": [parameter()]}], lr=2e-3)
        optimizer.load_state_dict(old.state_dict())
        with pytest.raises(
            ss.ScheduleError, match=r"(?s)base rate 0.002, .*got \[0.0001, 0.001\].*loaded.*base_lr="
        ):
            TorchSchedule(optimizer, S)
        TorchSchedule(optimizer, S, base_lr=1e-3)
        assert rates(optimizer) == [0.1 * S(0), S(0)]

    def test_twice_is_as_good_as_once(self):
        saved = self.saved(KINDS["tensor"], 6)
        order = ("build", "optimizer", "schedule", "schedule", "optimizer", "build", "schedule", "optimizer")
        optimizer, _ = self.resumed(KINDS["tensor"], order, saved)
        assert rates(optimizer) == [S(6), 1e-3 * S(6)]

    @pytest.mark.parametrize("before", KINDS)
    @pytest.mark.parametrize("after", KINDS)
    @pytest.mark.parametrize("order", ORDERS, ids=" ".join)
    def test_a_run_may_turn_to_tensors_or_back(self, order, after, before):
        """Rates become float32 tensors for torch.compile between two sessions of a run, or floats again."""
        single = {"float": float, "tensor": torch.tensor}

        def build(kind):
            return SGD(
                [{"params": [parameter()]}, {"params": [parameter()], "lr": kind(3e-5)}], lr=kind(3e-4)
            )

        optimizer = build(single[before])
        s = ss.cosine(3e-4, 3e-5, 100)
        schedule = TorchSchedule(optimizer, s)
        spin(optimizer, schedule, 40)
        saved = copy.deepcopy({"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()})
        optimizer = build(single[after])
        for what in order:
            if what == "build":
                schedule = TorchSchedule(optimizer, s)
            elif what == "optimizer":
                optimizer.load_state_dict(saved["optimizer"])
            else:
                schedule.load_state_dict(saved["schedule"])
        assert rates(optimizer) == pytest.approx([s(40), 0.1 * s(40)], rel=3e-7)


class TestRatios:
    def test_each_group_keeps_its_own(self):
        """Case 17: the second group ends at 1e-5, and is not raised to an absolute floor."""
        s = ss.cosine(1.0, 0.01, 50)
        optimizer = two_groups(float)
        used = spin(optimizer, TorchSchedule(optimizer, s), 60).rates
        assert used == [[s(k), 1e-3 * s(k)] for k in range(60)]
        assert used[-1] == pytest.approx([0.01, 1e-5])

    def test_a_frozen_group_stays_frozen(self):
        optimizer = SGD([{"params": [parameter()]}, {"params": [parameter()], "lr": 0.0}], lr=0.1)
        assert spin(optimizer, TorchSchedule(optimizer, S), 12).rates == [[S(k), 0.0] for k in range(12)]

    def test_layer_wise_decay(self):
        initial = [0.5 * 0.75**depth for depth in range(12)]
        optimizer = AdamW([{"params": [parameter()], "lr": rate} for rate in initial], lr=0.5)
        schedule = TorchSchedule(optimizer, S)
        recorded = spin(optimizer, schedule, 12)
        for k, used in enumerate(recorded.rates):
            assert used == pytest.approx([S(k) * 0.75**depth for depth in range(12)], rel=1e-15)
        assert recorded.first == [S(k) for k in range(12)]
        assert schedule.base_lrs == initial

    def test_no_group_at_the_base_rate_is_refused(self):
        groups = [{"params": [parameter()], "lr": lr} for lr in (5e-4, 5e-5)]
        optimizer = AdamW(groups, lr=1e-3)
        with pytest.raises(ss.ScheduleError, match=r"^TorchSchedule") as caught:
            TorchSchedule(optimizer, S)
        assert str(caught.value) == (
            "TorchSchedule: some group must have the base rate 0.001, or none follows the schedule itself; "
            "got [0.0005, 5e-05]. Pass base_lr=, the initial rate of a group that does:"
            "\n    group 0: initial rate 0.0005, ratio 0.5"
            "\n    group 1: initial rate 5e-05, ratio 0.05"
        )
        assert rates(optimizer) == [5e-4, 5e-5]
        assert "initial_lr" not in optimizer.param_groups[0]
        TorchSchedule(optimizer, S, base_lr=5e-4)
        assert rates(optimizer) == [S(0), 0.1 * S(0)]

    def test_many_groups_are_not_all_listed(self):
        optimizer = SGD([{"params": [parameter()], "lr": 0.5} for _ in range(25)], lr=0.1)
        with pytest.raises(ss.ScheduleError, match=r"group 9: initial rate 0.5, ratio 5\n    and 15 more$"):
            TorchSchedule(optimizer, S)

    @pytest.mark.parametrize("base", [1e-3, torch.tensor(1e-3), torch.tensor([1e-3])])
    def test_a_base_rate_that_no_group_has_is_taken_when_it_is_said(self, base):
        optimizer = SGD([{"params": [parameter()], "lr": lr} for lr in (5e-4, 5e-5)], lr=1.0)
        TorchSchedule(optimizer, S, at=3, base_lr=base)
        assert rates(optimizer) == pytest.approx([0.5, 0.05], rel=1e-7)

    def test_a_loaded_state_without_initial_rates(self):
        """Some optimizers drop the key, and runs without a scheduler never had it."""
        old = two_groups(float)
        old.param_groups[0]["lr"], old.param_groups[1]["lr"] = 0.37, 0.00037
        optimizer = two_groups(float)
        schedule = TorchSchedule(optimizer, S)
        optimizer.load_state_dict(old.state_dict())
        assert rates(optimizer) == [S(0), 1e-3 * S(0)]
        assert schedule.base_lrs == [1.0, 1e-3]
        optimizer = two_groups(float)
        optimizer.load_state_dict(old.state_dict())
        with pytest.raises(ss.ScheduleError, match=r"group 0: initial rate 0.37, ratio 0.37"):
            TorchSchedule(optimizer, S)

    def test_a_state_of_one_group_loads_with_six(self):
        state = TorchSchedule(sgd(1.0), S, at=5).state_dict()
        optimizer = SGD([{"params": [parameter()], "lr": 1.0 / (1 + k)} for k in range(6)], lr=1.0)
        TorchSchedule(optimizer, S).load_state_dict(state)
        assert rates(optimizer) == pytest.approx([S(5) / (1 + k) for k in range(6)], rel=1e-15)

    def test_a_thousand_groups(self):
        optimizer = SGD([{"params": [parameter()], "lr": 1.0 - k / 2000} for k in range(1000)], lr=1.0)
        schedule = TorchSchedule(optimizer, S)
        for _ in range(5):
            schedule.step()
        assert rates(optimizer) == [S(5) * (1.0 - k / 2000) for k in range(1000)]


class TestAddedGroups:
    @pytest.mark.parametrize("kind", KINDS)
    def test_follow_their_own_ratio(self, kind):
        """Case 17: a group added at step 3 neither crashes nor is ignored."""
        optimizer = sgd(KINDS[kind](1.0))
        schedule = TorchSchedule(optimizer, S)
        spin(optimizer, schedule, 3)
        optimizer.add_param_group({"params": [parameter()], "lr": KINDS[kind](0.01)})
        schedule.step()
        assert spin(optimizer, schedule, 6).rates == [[S(k), 0.01 * S(k)] for k in range(4, 10)]

    @pytest.mark.parametrize("kind", KINDS)
    def test_at_the_default_rate_follow_the_schedule_itself(self, kind):
        """Torch gives them its default, which for tensors is the very tensor that other groups had."""
        optimizer = sgd(KINDS[kind](1.0))
        schedule = TorchSchedule(optimizer, S)
        for _ in range(3):
            spin(optimizer, schedule, 2)
            optimizer.add_param_group({"params": [parameter()]})
        schedule.step()
        assert rates(optimizer) == [S(7)] * 4
        assert schedule.base_lrs == [1.0] * 4

    def test_at_once_when_the_position_is_set_again(self):
        optimizer = sgd(1.0)
        schedule = TorchSchedule(optimizer, S, at=5)
        optimizer.add_param_group({"params": [parameter()], "lr": 0.01})
        schedule.position = schedule.position
        assert rates(optimizer) == [S(5), 0.01 * S(5)]

    def test_with_the_tensor_of_another_group_share_its_ratio(self):
        optimizer = two_groups(KINDS["tensor"])
        schedule = TorchSchedule(optimizer, S, at=5)
        for k in (0, 1):
            optimizer.add_param_group({"params": [parameter()], "lr": optimizer.param_groups[k]["lr"]})
        schedule.step()
        assert rates(optimizer) == [S(6), 1e-3 * S(6)] * 2
        assert schedule.base_lrs == [1.0, 1e-3] * 2

    @pytest.mark.parametrize("kind", KINDS)
    def test_are_restored_with_their_ratio(self, kind):
        def grown():
            optimizer = sgd(KINDS[kind](1.0))
            optimizer.add_param_group({"params": [parameter()], "lr": KINDS[kind](0.25)})
            return optimizer

        optimizer = sgd(KINDS[kind](1.0))
        schedule = TorchSchedule(optimizer, S, at=5)
        optimizer.add_param_group({"params": [parameter()], "lr": KINDS[kind](0.25)})
        schedule.step()
        saved = copy.deepcopy(optimizer.state_dict())
        fresh = grown()
        fresh.load_state_dict(saved)
        TorchSchedule(fresh, S).load_state_dict(schedule.state_dict())
        assert rates(fresh) == [S(6), 0.25 * S(6)]

    def test_a_removed_group_is_forgotten(self):
        """Also when another one takes its place, so that their number is the same."""
        optimizer = SGD([{"params": [parameter()], "lr": lr} for lr in (1.0, 0.5, 0.25)], lr=1.0)
        schedule = TorchSchedule(optimizer, S)
        recorded = Recorded(optimizer)
        del optimizer.param_groups[0]
        optimizer.add_param_group({"params": [parameter()], "lr": 0.125})
        schedule.step()
        optimizer.step()
        assert recorded.rates == [[0.5 * S(1), 0.25 * S(1), 0.125 * S(1)]]

    def test_a_group_put_in_place_of_another_is_noticed(self):
        optimizer = two_groups(float)
        schedule = TorchSchedule(optimizer, S)
        optimizer.param_groups[1] = {**optimizer.param_groups[1], "initial_lr": 0.5, "lr": 0.5}
        schedule.step()
        assert rates(optimizer) == [S(1), 0.5 * S(1)]


class TestSharedTensors:
    def test_the_default_tensor_serves_all_groups(self):
        tensor = torch.tensor(1.0, dtype=torch.float64)
        optimizer = SGD([{"params": [parameter()]} for _ in range(5)], lr=tensor)
        schedule = TorchSchedule(optimizer, S)
        for k in range(1, 12):
            schedule.step()
            assert rates(optimizer) == [S(k)] * 5
        assert all(group["lr"] is tensor for group in optimizer.param_groups)
        assert optimizer.defaults["lr"].item() == 1.0

    def test_a_default_spoiled_by_a_torch_scheduler(self):
        """Torch writes into its own default: then the base is lost, and where all groups had one rate it was that."""
        optimizer = sgd(torch.tensor(1.0))
        theirs = StepLR(optimizer, 1, gamma=0.1)
        spin(optimizer, theirs, 2)
        TorchSchedule(optimizer, S, at=2)
        assert rates(optimizer) == pytest.approx([S(2)], rel=1e-7)

    def test_two_sets_of_tensors_with_two_ratios(self):
        half = torch.tensor(0.5, dtype=torch.float64)
        groups = [{"params": [parameter()], **({"lr": half} if k % 2 else {})} for k in range(6)]
        optimizer = SGD(groups, lr=torch.tensor(1.0, dtype=torch.float64))
        schedule = TorchSchedule(optimizer, S)
        schedule.step()
        assert rates(optimizer) == [S(1), 0.5 * S(1)] * 3

    def test_equal_floats_put_in_place_of_tensors(self):
        optimizer = two_groups(KINDS["tensor"])
        schedule = TorchSchedule(optimizer, S)
        rate = 0.7
        for group in optimizer.param_groups:
            group["lr"] = rate
        schedule.step()
        assert rates(optimizer) == [S(1), 1e-3 * S(1)]
