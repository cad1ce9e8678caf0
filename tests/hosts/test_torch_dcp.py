"""torch.distributed.checkpoint steps an optimizer without state, at rate 0, to give it one: that is no update."""

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

import stepsize as ss
from stepsize import replan
from stepsize.hosts.torch import TorchSchedule, attach

pytestmark = pytest.mark.filterwarnings("ignore:torch.distributed is disabled, unavailable or uninitialized")
S = ss.linear(0.1, 0.2, 10) >> ss.hold(0.1, 5) >> ss.linear(0.1, 0, 10)
drives = pytest.mark.parametrize("drive", [TorchSchedule, attach])


def adamw(model):
    return torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)


@drives
def test_giving_an_optimizer_its_state_is_no_update(drive):
    model = torch.nn.Linear(2, 2)
    before = model.weight.detach().clone()
    optimizer = adamw(model)
    schedule = drive(optimizer, S, at=3)
    get_optimizer_state_dict(model, optimizer)
    assert schedule.position == 3
    assert torch.equal(model.weight, before)


@drives
def test_an_optimizer_that_never_has_state_is_counted_once_an_update(drive):
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = drive(optimizer, S)
    for _ in range(5):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        get_optimizer_state_dict(model, optimizer)
    assert schedule.position == 5


class TestAsItIs:
    """A distributed checkpoint takes dictionaries apart, and loads only the keys that the present state has, too."""

    @staticmethod
    def saved(drive, folder):
        schedule = drive(adamw(torch.nn.Linear(2, 2)), S, at=7)
        schedule.cooldown(10)
        dcp.save({"schedule": schedule}, checkpoint_id=folder)

    @drives
    def test_a_schedule_that_was_amended_is_resumed(self, drive, tmp_path):
        self.saved(drive, tmp_path)
        resumed = drive(adamw(torch.nn.Linear(2, 2)), S)
        dcp.load({"schedule": resumed}, checkpoint_id=tmp_path)
        assert resumed.schedule == replan.cooldown(S, 7, 10)
        assert resumed.position == 7
        assert resumed.get_last_lr() == [S(7)]

    @drives
    @pytest.mark.parametrize("other", [S * 0.5, ss.hold(0.1), ss.table([k / 7 for k in range(5000)])])
    def test_another_schedule_is_refused(self, drive, other, tmp_path):
        self.saved(drive, tmp_path)
        resumed = drive(adamw(torch.nn.Linear(2, 2)), other)
        with pytest.raises(Exception, match="the checkpoint must be of the present schedule"):
            dcp.load({"schedule": resumed}, checkpoint_id=tmp_path)
        assert (resumed.schedule, resumed.position) == (other, 0)

    def test_on_any_clock_and_with_schedules_per_group(self, tmp_path):
        def build():
            groups = [
                {"params": [torch.ones(1, requires_grad=True)], "name": name} for name in ("body", "head")
            ]
            optimizer = torch.optim.SGD(groups, lr=0.1)
            own = {"head": ss.hold(0.5).on("tokens")}
            return attach(optimizer, S.on("tokens"), per_group=own, per_update=2)

        schedule, resumed = build(), build()
        schedule.position = 9
        dcp.save({"run": {"schedule": schedule.state_dict()}}, checkpoint_id=tmp_path)
        read = {"run": {"schedule": resumed.state_dict()}}
        dcp.load(read, checkpoint_id=tmp_path)
        resumed.load_state_dict(read["run"]["schedule"])
        assert (resumed.position, resumed.elapsed) == (9, 18)
        assert resumed.get_lr() == [S(18), 0.5]
