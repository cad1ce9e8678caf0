"""The PyTorch host's state: plain values, checked before anything changes, never of another schedule."""

import copy
import json
import math
from collections import OrderedDict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule
from tests.hosts.recording import adamw, sgd, spin
from tests.strategies import trees

S = ss.warmup_cosine(1.0, 100, warmup=10, end=0.1)
LONGER = ss.warmup_cosine(1.0, 200, warmup=10, end=0.1)


def at_50(**options):
    return TorchSchedule(sgd(1.0), S, at=50, **options)


def snapshot(schedule):
    group = {name: value for name, value in schedule.optimizer.param_groups[0].items() if name != "params"}
    return schedule.position, schedule.schedule, group


class TestWhatIsSaved:
    def test_is_position_and_schedule_and_nothing_else(self):
        assert at_50().state_dict() == {
            "version": 1,
            "position": 50,
            "schedules": ["0 -> 1 in 10; -> 0.1 cosine in 90"],
            "amendments": [],
            "clock": ["steps"],
            "base": 1.0,
        }

    def test_is_plain_json(self):
        """Case 19."""
        state = at_50().state_dict()
        assert json.loads(json.dumps(state, allow_nan=False)) == state

        def plain(value):
            if isinstance(value, dict):
                return all(type(key) is str and plain(item) for key, item in value.items())
            return all(map(plain, value)) if type(value) is list else type(value) in (int, float, str, bool)

        assert plain(state)

    def test_holds_the_position_at_the_time_of_saving(self):
        schedule = at_50()
        state = schedule.state_dict()
        schedule.step()
        assert state["position"] == 50

    def test_passes_through_a_file_that_is_loaded_safely(self, tmp_path):
        optimizer = adamw(torch.tensor(1.0))
        schedule = TorchSchedule(optimizer, S)
        spin(optimizer, schedule, 50)
        torch.save(
            {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}, tmp_path / "run.pt"
        )
        saved = torch.load(tmp_path / "run.pt", weights_only=True)
        fresh = adamw(torch.tensor(1.0))
        resumed = TorchSchedule(fresh, S)
        fresh.load_state_dict(saved["optimizer"])
        resumed.load_state_dict(saved["schedule"])
        assert resumed.position == 50
        assert resumed.get_last_lr() == pytest.approx([S(50)], rel=1e-7)

    def test_passes_through_json(self):
        resumed = TorchSchedule(sgd(1.0), S)
        resumed.load_state_dict(json.loads(json.dumps(at_50().state_dict())))
        assert snapshot(resumed) == snapshot(at_50())

    @settings(max_examples=100, deadline=None)
    @given(s=trees(), position=st.integers(0, 2**53))
    def test_any_schedule_comes_back(self, s, position):
        state = TorchSchedule(sgd(1.0), s, at=position).state_dict()
        resumed = TorchSchedule(sgd(1.0), s)
        resumed.load_state_dict(json.loads(json.dumps(state)))
        assert resumed.position == position
        assert resumed.get_last_lr() == [s(position)]


class TestAnotherSchedule:
    """Case 1: a change of the horizon is never silent."""

    def test_is_refused_with_both_and_the_way_out(self):
        resumed = TorchSchedule(sgd(1.0), LONGER)
        before = snapshot(resumed)
        with pytest.raises(ss.CheckpointError, match=r"^TorchSchedule") as caught:
            resumed.load_state_dict(at_50().state_dict())
        assert str(caught.value) == (
            "TorchSchedule.load_state_dict: the checkpoint must be of the present schedule; "
            "got another one, at position 50."
            "\n    saved: 0 -> 1 in 10; -> 0.1 cosine in 90, which gives 0.628142 there"
            "\n    now:   0 -> 1 in 10; -> 0.1 cosine in 190, which gives 0.905113 there"
            "\n    length: 100 -> 200 steps"
            '\n    Build with on_change="mine" to keep the present one from there, '
            'or "saved" for the saved one;'
            "\n    or choose with stepsize.replan: extend(saved, 50, steps) goes on from 0.628142 without a jump."
        )
        assert snapshot(resumed) == before

    @pytest.mark.parametrize(("on_change", "wins"), [("mine", LONGER), ("saved", S)])
    def test_goes_on_as_asked(self, on_change, wins):
        optimizer = sgd(1.0)
        resumed = TorchSchedule(optimizer, LONGER, on_change=on_change)
        resumed.load_state_dict(at_50().state_dict())
        assert (resumed.schedule, resumed.position) == (wins, 50)
        assert spin(optimizer, resumed, 200).first == [wins(k) for k in range(50, 250)]
        assert resumed.state_dict()["schedules"] == [str(wins)]

    @pytest.mark.parametrize("on_change", ["error", "mine", "saved"])
    def test_an_equal_one_is_the_same(self, on_change):
        resumed = TorchSchedule(sgd(1.0), ss.from_dict(S.to_dict()), on_change=on_change)
        resumed.load_state_dict(at_50().state_dict())
        assert snapshot(resumed) == snapshot(at_50())

    @pytest.mark.parametrize("other", [
        S * 0.5,
        S[1:],
        S >> ss.hold(0.1, 1),
        ss.warmup_cosine(math.nextafter(1.0, 2.0), 100, warmup=10, end=0.1),
    ])  # fmt: skip
    def test_the_smallest_difference_counts(self, other):
        with pytest.raises(ss.CheckpointError, match="must be of the present schedule"):
            TorchSchedule(sgd(1.0), other).load_state_dict(at_50().state_dict())

    def test_a_very_long_one_does_not_flood_the_log(self):
        wide = TorchSchedule(sgd(1.0), ss.table([k / 7 for k in range(5000)]))
        with pytest.raises(ss.CheckpointError, match=r"\.\.\., which gives") as caught:
            wide.load_state_dict(at_50().state_dict())
        assert len(str(caught.value)) < 1200

    def test_another_clock_is_refused_under_every_policy(self):
        state = {**at_50().state_dict(), "schedules": [str(S.on("tokens"))]}
        for on_change in ("error", "mine", "saved"):
            with pytest.raises(
                ss.CheckpointError, match=r"load_state_dict: .*clock \"steps\" only; got 'tokens'"
            ):
                at_50(on_change=on_change).load_state_dict(state)


GOOD = at_50().state_dict()


def _torch_states():
    yield StepLR(sgd(), 3)
    yield LambdaLR(sgd(), lambda k: 0.5)
    yield CosineAnnealingLR(sgd(), 100)
    yield OneCycleLR(sgd(), 0.1, total_steps=100)
    yield ReduceLROnPlateau(sgd())
    optimizer = sgd()
    parts = [LinearLR(optimizer), ConstantLR(optimizer)]
    yield SequentialLR(optimizer, parts, milestones=[5])


class TestForeignStates:
    @pytest.mark.parametrize("theirs", list(_torch_states()), ids=lambda theirs: type(theirs).__name__)
    def test_of_torch_are_refused_with_a_way_on(self, theirs):
        schedule = at_50()
        rule = (
            r"must be given what .* gave; got .*the state of a torch scheduler: build with at= its last_epoch"
        )
        with pytest.raises(ss.CheckpointError, match=rf"^TorchSchedule.load_state_dict: {rule}"):
            schedule.load_state_dict(theirs.state_dict())
        assert snapshot(schedule) == snapshot(at_50())

    @pytest.mark.parametrize(("state", "rule"), [
        (None, r"must be given what .*; got None"),
        ([], r"must be given what .*; got \[\]"),
        ({}, r"must be given what .*; got \[\]"),
        ("position", r"must be given what"),
        (7, r"must be given what .*; got 7"),
        ({"version": 1, "position": 5}, r"must be given what .*; got \['version', 'position'\]"),
        ({**GOOD, "version": 2}, r"reads version 1; got 2"),
        ({**GOOD, "version": True}, r"reads version 1; got True"),
        ({**GOOD, "schedules": {}}, r"schedules must be a list of spellings; got \{\}"),
        ({**GOOD, "schedules": []}, r"schedules must be a list of spellings; got \[\]"),
        ({**GOOD, "schedules": [S.to_dict()]}, r"schedules must be a list of spellings; got \[\{"),
        ({**GOOD, "schedules": ["0 -> 1 in"]}, r"parse: expected a length"),
        ({**GOOD, "schedules": ["0 -> 1 in 5%; -> 0"]}, r"parse: .*need a horizon"),
        ({**GOOD, "schedules": ["{}"]}, r"from_dict: must have exactly the fields"),
        ({**GOOD, "schedules": ["{"]}, r"from_json: must be JSON"),
    ])  # fmt: skip
    def test_are_refused_by_name(self, state, rule):
        schedule = at_50()
        with pytest.raises(ss.CheckpointError, match=f"^TorchSchedule.load_state_dict: .*{rule}"):
            schedule.load_state_dict(state)
        assert snapshot(schedule) == snapshot(at_50())

    @pytest.mark.parametrize(
        "position", [-1, 0.5, "5", None, [], float("nan"), float("inf"), True, 10**400, 2**53 + 1]
    )
    def test_of_no_position(self, position):
        schedule = at_50(on_change="saved")
        with pytest.raises(ss.CheckpointError, match=r"^TorchSchedule.load_state_dict: position: must"):
            schedule.load_state_dict({**at_50().state_dict(), "position": position})
        assert snapshot(schedule) == snapshot(at_50())

    def test_a_field_more_is_not_overlooked(self):
        with pytest.raises(
            ss.CheckpointError,
            match=r"got \['version', 'position', 'schedules', 'amendments', 'clock', 'base', 'scal",
        ):
            at_50().load_state_dict({**at_50().state_dict(), "scale": 0.5})

    def test_any_mapping_will_do(self):
        schedule = TorchSchedule(sgd(1.0), S)
        schedule.load_state_dict(OrderedDict(at_50().state_dict()))
        assert schedule.position == 50

    def test_the_state_given_is_left_alone(self):
        state = at_50().state_dict()
        before = copy.deepcopy(state)
        at_50().load_state_dict(state)
        assert state == before


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
        ["0 -> 1 in 5", "-> 1", "hold(1.0)", "{}", "steps", "tokens", 2**53, 10**400, -0.0, 1e308]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["version", "position", "schedules", "amendments", "clock", "scale"])
        | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@st.composite
def spoiled(draw):
    """A good state in which one place, at any depth, holds something else, or is missing, or is new."""
    state = copy.deepcopy(TorchSchedule(sgd(1.0), draw(st.sampled_from([S, LONGER])), at=7).state_dict())
    node = state
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        if isinstance(node[key], (dict, list)) and node[key] and draw(st.booleans()):
            node = node[key]
            continue
        how = draw(st.sampled_from(["other", "gone", "new"]))
        if how == "gone":
            del node[key]
        elif how == "new" and isinstance(node, dict):
            node[draw(st.text(max_size=5))] = draw(anything)
        else:
            node[key] = draw(anything)
        return state


class TestHostileStates:
    """Whatever the document: it is loaded as a valid state, or there is our error and nothing has changed."""

    @staticmethod
    def check(state, on_change):
        schedule = at_50(on_change=on_change)
        before = snapshot(schedule)
        try:
            schedule.load_state_dict(state)
        except ss.CheckpointError as error:
            refused = error
        else:
            refused = None
        if refused is not None:
            assert len(str(refused)) < 2000
            assert snapshot(schedule) == before
            return False
        assert 0 <= schedule.position <= 2**53
        assert schedule.get_last_lr() == [schedule.schedule(schedule.position)]
        return True

    @settings(max_examples=400, deadline=None)
    @given(state=anything, on_change=st.sampled_from(["error", "mine", "saved"]))
    def test_of_any_kind(self, state, on_change):
        assert not self.check(state, on_change)

    @settings(max_examples=600, deadline=None)
    @given(state=spoiled(), on_change=st.sampled_from(["error", "mine", "saved"]))
    def test_nearly_right(self, state, on_change):
        self.check(state, on_change)

    def test_a_good_one_passes_the_same_check(self):
        assert self.check(at_50().state_dict(), "error")

    def test_values_that_json_cannot_hold(self):
        good = at_50().state_dict()
        for field in good:
            for value in (torch.ones(2), object(), {1, 2}, b"1", range(3), Exception("x"), lambda: 1):
                assert not self.check({**good, field: value}, "saved")
