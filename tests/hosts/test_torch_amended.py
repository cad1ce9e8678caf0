"""Changes of course in a running job: the checkpoint keeps the schedule as given and what was changed, and a request is agreed."""

import json
import os
import signal

import pytest
import torch
from torch import distributed, multiprocessing

import stepsize as ss
from stepsize import replan
from stepsize.hosts.torch import CooldownOnRequest, TorchSchedule, attach
from tests.hosts.recording import Recorded, sgd, spin
from tests.hosts.test_torch_attached import update

TRUNK = ss.wsd(1.0, float("inf"), warmup=10)
drivers = pytest.mark.parametrize("drive", [TorchSchedule, attach])


@drivers
def test_a_cooldown_begins_at_the_next_update_and_is_resumed_in_its_middle(drive):
    optimizer = sgd(1.0)
    schedule = drive(optimizer, TRUNK)
    spin(optimizer, schedule, 40)
    schedule.cooldown(20, shape="one_minus_sqrt")
    planned = replan.cooldown(TRUNK, 40, 20, shape="one_minus_sqrt")
    assert schedule.schedule == planned
    assert schedule.amendments == ((40, planned),)
    assert spin(optimizer, schedule, 5).first == [planned(k) for k in range(40, 45)]

    resumed = drive(sgd(1.0), TRUNK)  # under the schedule as it was given
    resumed.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    assert resumed.amendments == schedule.amendments
    assert spin(resumed.optimizer, resumed, 20).first == [planned(k) for k in range(45, 65)]


@drivers
def test_a_checkpoint_is_compared_by_the_schedule_as_it_was_given(drive):
    schedule = drive(sgd(1.0), TRUNK, at=40)
    schedule.cooldown(20)
    with pytest.raises(ss.CheckpointError, match="must be of the present schedule"):
        drive(sgd(1.0), ss.hold(1.0)).load_state_dict(schedule.state_dict())
    mine = drive(sgd(1.0), ss.hold(1.0), on_change="mine")
    mine.load_state_dict(schedule.state_dict())
    assert (mine.schedule, mine.amendments) == (ss.hold(1.0), ())
    saved = drive(sgd(1.0), ss.hold(1.0), on_change="saved")
    saved.load_state_dict(schedule.state_dict())
    assert saved.schedule == replan.cooldown(TRUNK, 40, 20)
    assert saved.state_dict() == schedule.state_dict()


def test_amendments_may_follow_each_other_and_groups_keep_their_schedules():
    groups = [{"params": [torch.ones(1, requires_grad=True)], "name": name} for name in ("body", "head")]
    schedule = attach(torch.optim.SGD(groups, lr=1.0), TRUNK, per_group={"head": ss.hold(0.5)})
    schedule.position = 30
    schedule.amend(lambda s, at: replan.rewarm(s, at, 100, peak=2.0, warmup=10))
    schedule.position = 60
    schedule.cooldown(10)
    resumed = attach(torch.optim.SGD(groups, lr=1.0), TRUNK, per_group={"head": ss.hold(0.5)})
    resumed.load_state_dict(schedule.state_dict())
    assert [at for at, _ in resumed.amendments] == [30, 60]
    assert resumed.get_lr() == schedule.get_lr()
    assert resumed.get_lr()[0] != resumed.get_lr()[1] or resumed.position >= 40


def test_an_amendment_that_is_refused_changes_nothing():
    schedule = TorchSchedule(sgd(1.0), TRUNK, at=40)
    before = schedule.state_dict()
    for change in (lambda s, at: 3, lambda s, at: s.on("tokens"), lambda s, at: replan.cooldown(s, at, -1)):
        with pytest.raises(ss.ScheduleError):
            schedule.amend(change)
    assert schedule.state_dict() == before


@pytest.mark.parametrize("amendments", [3, [3], [[3]], [[-1, ["1"]]], [[1, []]], [[1, [{}]]], [[1, ["1", "1"]]],
                                        [["1", ["1"]]], [[1, ["->"]]], [[1, ["1"], 2]], [{"at": 1, "schedules": ["1"]}]])  # fmt: skip
def test_amendments_that_are_not_ours_are_refused(amendments):
    schedule = TorchSchedule(sgd(1.0), TRUNK)
    with pytest.raises(ss.CheckpointError, match=r"^TorchSchedule.load_state_dict: "):
        schedule.load_state_dict({**schedule.state_dict(), "amendments": amendments})
    assert schedule.state_dict() == TorchSchedule(sgd(1.0), TRUNK).state_dict()


class TestRequest:
    @staticmethod
    def run(request, optimizer, updates, at, ask):
        recorded = Recorded(optimizer)
        for k in range(updates):
            if k == at:
                ask()
            request.poll()
            update(optimizer)
        return recorded.first

    @pytest.mark.parametrize("how", ["file", "signal", "call"])
    def test_it_begins_at_the_next_update(self, how, tmp_path):
        optimizer = sgd(1.0)
        handle = attach(optimizer, TRUNK)
        file = tmp_path / "cooldown"
        before = signal.getsignal(signal.SIGUSR1)
        try:
            request = CooldownOnRequest(handle, 20, file=file, signal=signal.SIGUSR1)
            ask = {
                "file": file.touch,
                "signal": lambda: os.kill(os.getpid(), signal.SIGUSR1),
                "call": request.ask,
            }[how]
            used = self.run(request, optimizer, 70, 40, ask)
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert used == [replan.cooldown(TRUNK, 40, 20)(k) for k in range(70)]
        assert request.begun

    def test_it_begins_once_also_after_a_checkpoint(self, tmp_path):
        file = tmp_path / "cooldown"
        file.touch()
        handle = attach(sgd(1.0), TRUNK, at=40)
        assert CooldownOnRequest(handle, 20, file=file).poll()
        update(handle.optimizer)
        resumed = attach(sgd(1.0), TRUNK)
        resumed.load_state_dict(handle.state_dict())
        request = CooldownOnRequest(resumed, 20, file=file)
        assert not request.poll()
        assert resumed.schedule == replan.cooldown(TRUNK, 40, 20)

    def test_a_signals_own_handler_is_called_too(self):
        heard = []
        before = signal.signal(signal.SIGUSR1, lambda *a: heard.append(a))
        try:
            CooldownOnRequest(attach(sgd(1.0), TRUNK), 20, signal=signal.SIGUSR1)
            os.kill(os.getpid(), signal.SIGUSR1)
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert len(heard) == 1

    def test_what_is_wrong_is_said_at_once(self):
        handle = attach(sgd(1.0), TRUNK)
        for wrong in (
            {"over": -1},
            {"over": 5, "shape": "cosin"},
            {"over": 5, "every": 0},
            {"over": 5, "signal": 9},
        ):
            with pytest.raises(ss.ScheduleError):
                CooldownOnRequest(handle, **wrong)
        with pytest.raises(ss.ScheduleTypeError, match="drives what attach or TorchSchedule gave"):
            CooldownOnRequest(TRUNK, 5)


def rank(number, folder):
    distributed.init_process_group("gloo", init_method=f"file://{folder}/ranks", rank=number, world_size=2)
    optimizer = sgd(1.0)
    request = CooldownOnRequest(attach(optimizer, TRUNK), 20)
    ask = request.ask if number == 1 else lambda: None  # only one of them is asked
    used = TestRequest.run(request, optimizer, 60, 40, ask)
    with open(f"{folder}/{number}.json", "w") as file:
        json.dump(used, file)
    distributed.barrier()  # nobody leaves while another still speaks
    distributed.destroy_process_group()


def test_ranks_begin_at_the_same_update(tmp_path):
    multiprocessing.spawn(rank, (str(tmp_path),), nprocs=2)
    used = [json.loads((tmp_path / f"{number}.json").read_text()) for number in (0, 1)]
    assert used[0] == used[1] == [replan.cooldown(TRUNK, 40, 20)(k) for k in range(60)]


class TestLeftOver:
    """A file that an earlier run left: without a word a fresh run would train at rate 0 from its first update on."""

    def test_it_is_said_and_does_not_count(self, tmp_path):
        file = tmp_path / "cooldown-now"
        file.touch()
        optimizer = sgd(1.0)
        request = CooldownOnRequest(attach(optimizer, TRUNK), 20, file=file)
        with pytest.warns(UserWarning, match="lies there before the first update.*Remove it; touch it"):
            assert not request.poll()
        for _ in range(30):
            update(optimizer)
            assert not request.poll()
        os.utime(file, (1, 1))  # touched, at another time
        assert request.poll()
        assert request.begun
