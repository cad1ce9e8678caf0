"""torch.distributed.checkpoint steps an optimizer without state, at rate 0, to give it one: that is no update."""

import json

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


@drives
def test_stored_as_text_a_state_goes_through_a_distributed_checkpoint(drive, tmp_path):
    """Stored as a dictionary it would be taken apart, and only the keys of the present state be loaded."""
    schedule = drive(adamw(torch.nn.Linear(2, 2)), S, at=7)
    schedule.cooldown(10)
    dcp.save({"schedule": json.dumps(schedule.state_dict())}, checkpoint_id=tmp_path)
    resumed = drive(adamw(torch.nn.Linear(2, 2)), S)
    saved = {"schedule": ""}
    dcp.load(saved, checkpoint_id=tmp_path)
    resumed.load_state_dict(json.loads(saved["schedule"]))
    assert resumed.schedule == replan.cooldown(S, 7, 10)
    assert resumed.position == 7
