"""Other clocks than updates: samples and tokens through a plan, progress, and seconds on which all ranks agree."""

import copy
import io
import json
import pickle
import time

import pytest
import torch
from torch import distributed, multiprocessing
from torch.optim import AdamW

import stepsize as ss
from stepsize import replan
from stepsize.clocks import Plan, through
from stepsize.hosts.torch import CooldownOnRequest, Stopwatch, TorchSchedule, attach
from tests.hosts.recording import RATE, Recorded, adamw, batches, model, sgd, spin

CASE_15 = ss.hold(8, 20) >> ss.hold(16)
WSD = ss.wsd(1.0, 100, warmup=10, decay=20)
SAMPLES = ss.wsd(1.0, 1440, warmup=80, decay=320).on("samples")
BUDGET = ss.wsd(1.0, 100, warmup=10, decay=20).on("seconds")
DRIVES = pytest.mark.parametrize("drive", [TorchSchedule, attach])


class Ticks:
    """A simulated source of time: each update moves it on."""

    def __init__(self, each=1.0, now=1000.0):
        self.each, self.now = each, now

    def __call__(self):
        return self.now

    def spin(self, optimizer, handle, updates):
        recorded = Recorded(optimizer)
        for _ in range(updates):
            optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
            optimizer.step()
            self.now += self.each
            handle.step()
        return recorded.first


def through_a_file(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def spun(drive, s, updates, **counts):
    optimizer = sgd(1.0)
    handle = drive(optimizer, s, **counts)
    return handle, spin(optimizer, handle, updates).first


class TestTaken:
    @DRIVES
    def test_case_15(self, drive):
        """Peak at update 10, decay from 80, end at 100, as the schedule in iterations has it."""
        assert through(WSD, CASE_15, "samples") == SAMPLES
        handle, rates = spun(drive, SAMPLES, 101, per_update=CASE_15)
        assert rates == [WSD(k) for k in range(101)]
        assert [k for k in range(101) if rates[k] == 1.0] == list(range(10, 81))
        assert rates.index(0.0, 1) == 100
        assert (handle.position, handle.elapsed) == (101, 1456)

    @DRIVES
    @pytest.mark.parametrize(
        "per_update", [8, "8", Plan(8), ss.linear(4, 64, 50), (ss.hold(8, 160) >> ss.hold(32)).on("tokens")]
    )
    def test_update_k_uses_the_rate_after_the_tokens_of_k_updates(self, drive, per_update):
        s = ss.warmup_cosine(1.0, 3000, warmup=100, end=0.1).on("tokens")
        plan = per_update if isinstance(per_update, Plan) else Plan(per_update)
        handle, rates = spun(drive, s, 120, per_update=per_update)
        assert rates == [s(plan.after(k)) for k in range(120)]
        assert handle.elapsed == plan.after(120)

    @DRIVES
    def test_resumed_in_the_middle(self, drive):
        _, whole = spun(drive, SAMPLES, 100, per_update=CASE_15)
        for middle in (0, 1, 19, 20, 21, 50, 99):
            handle, first = spun(drive, SAMPLES, middle, per_update=CASE_15)
            optimizer = sgd(1.0)
            resumed = drive(optimizer, SAMPLES, per_update=CASE_15)
            resumed.load_state_dict(through_a_file(handle.state_dict()))
            assert first + spin(optimizer, resumed, 100 - middle).first == whole

    @DRIVES
    def test_a_batch_that_changes_on_restart(self, drive):
        """What was taken stays taken: the schedule goes on where it was, at its new pace, again and again."""
        handle, first = spun(drive, SAMPLES, 20, per_update=8)
        rates = first
        for per_update, updates in ((16, 30), (ss.hold(32, 60) >> ss.hold(64), 20)):
            optimizer = sgd(1.0)
            resumed = drive(optimizer, SAMPLES, per_update=per_update)
            resumed.load_state_dict(through_a_file(handle.state_dict()))
            rates, handle = rates + spin(optimizer, resumed, updates).first, resumed
        taken = [8] * 20 + [16] * 30 + [32] * 10 + [64] * 10
        assert rates == [SAMPLES(sum(taken[:k])) for k in range(70)]
        assert (handle.position, handle.elapsed) == (70, sum(taken))
        with pytest.raises(
            ss.ScheduleError, match="the plan begins at 50; what was before, another one says; got 49"
        ):
            handle.position = 49
        handle.position = 60
        assert handle.elapsed == sum(taken[:60])

    @DRIVES
    def test_moved_built_at_and_copied(self, drive):
        handle = drive(sgd(1.0), SAMPLES, at=30, per_update=CASE_15)
        assert (handle.position, handle.elapsed) == (30, 320)
        handle.position = 10
        assert handle.elapsed == 80
        for twin in (copy.deepcopy(handle), pickle.loads(pickle.dumps(handle))):
            assert spin(twin.optimizer, twin, 30).first == [WSD(10 + k) for k in range(30)]
        assert handle.position == 10

    @DRIVES
    def test_changing_course_speaks_the_clock_of_the_schedule(self, drive):
        optimizer = sgd(1.0)
        handle = drive(optimizer, SAMPLES, per_update=CASE_15)
        rates = spin(optimizer, handle, 40).first
        handle.cooldown(160)
        lower = replan.cooldown(SAMPLES, 480, 160)
        assert handle.schedule == lower
        optimizer = sgd(1.0)
        resumed = drive(optimizer, SAMPLES, per_update=CASE_15)
        resumed.load_state_dict(through_a_file(handle.state_dict()))
        rates += spin(optimizer, resumed, 20).first
        assert rates == [lower(Plan(CASE_15).after(k)) for k in range(60)]

    def test_a_cooldown_on_request_of_a_part_of_a_unit(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, ss.hold(1.0).on("progress"), steps=8)
        spin(optimizer, handle, 4)
        request = CooldownOnRequest(handle, over=0.25)
        request.ask()
        assert request.poll()
        assert spin(optimizer, handle, 4).first == [1.0, 0.5, 0.0, 0.0]

    def test_groups_of_their_own(self):
        groups = [{"params": [torch.ones(1, requires_grad=True)], "name": name} for name in ("body", "head")]
        optimizer = torch.optim.SGD(groups, lr=1.0)
        head = ss.linear(1.0, 0.5, 160).on("samples")
        handle = attach(optimizer, SAMPLES, per_group={"head": head}, per_update=CASE_15)
        rates = spin(optimizer, handle, 30).rates
        assert rates == [[SAMPLES(n), head(n)] for n in map(Plan(CASE_15).after, range(30))]
        with pytest.raises(
            ss.ScheduleError, match="per_group: counts the clock \"samples\" only; got 'steps'"
        ):
            attach(optimizer, SAMPLES, per_group={"head": ss.hold(1.0)}, per_update=8)


class TestProgress:
    @DRIVES
    def test_the_share_of_the_run(self, drive):
        s = ss.warmup_cosine(1.0, 1.0, warmup=0.125, end=0.1).on("progress")
        handle, rates = spun(drive, s, 60, steps=48)
        assert rates == [s(k / 48) for k in range(60)]
        assert rates[48:] == [0.1] * 12
        assert handle.elapsed == 60 / 48

    @DRIVES
    def test_another_length_of_the_run_is_another_schedule(self, drive):
        s = ss.linear(1.0, 0.0, 1).on("progress")
        handle, _ = spun(drive, s, 50, steps=100)
        state = through_a_file(handle.state_dict())
        other = drive(sgd(1.0), s, steps=200)
        with pytest.raises(
            ss.CheckpointError, match=r"of a run of 200 updates, .*; got 100. Build with on_change"
        ):
            other.load_state_dict(state)
        assert other.position == 0
        for on_change, rate in (("mine", 0.75), ("saved", 0.5)):
            optimizer = sgd(1.0)
            handle = drive(optimizer, s, steps=200, on_change=on_change)
            handle.load_state_dict(state)
            assert spin(optimizer, handle, 1).first == [rate]


class TestSeconds:
    def test_attached_it_is_read_before_each_update(self):
        ticks, optimizer = Ticks(2.5), sgd(1.0)
        handle = attach(optimizer, BUDGET, seconds=Stopwatch(time=ticks))
        assert ticks.spin(optimizer, handle, 50) == [BUDGET(2.5 * k) for k in range(50)]
        assert handle.elapsed == 2.5 * 49

    def test_stepped_it_is_read_after_each_update(self):
        ticks, optimizer = Ticks(2.5), sgd(1.0)
        handle = TorchSchedule(optimizer, BUDGET, seconds=Stopwatch(time=ticks))
        assert ticks.spin(optimizer, handle, 50) == [BUDGET(2.5 * k) for k in range(50)]
        assert (handle.position, handle.elapsed) == (50, 125.0)

    @DRIVES
    def test_it_never_goes_past_its_end(self, drive):
        ticks, optimizer = Ticks(30.0), sgd(1.0)
        handle = drive(optimizer, (ss.linear(1.0, 0.25, 100)).on("seconds"), seconds=Stopwatch(time=ticks))
        assert ticks.spin(optimizer, handle, 9)[4:] == [0.25] * 5

    @DRIVES
    def test_accumulated_over_restarts(self, drive):
        """Three jobs, each with a source of time of its own: the seconds go on, and those between jobs do not count."""
        seen, state = [], None
        for job, start in enumerate((1000.0, 5.0, 1e9)):
            ticks, optimizer = Ticks(1.5, start), sgd(1.0)
            handle = drive(optimizer, BUDGET, seconds=Stopwatch(time=ticks))
            if state:
                handle.load_state_dict(state)
                assert handle.elapsed == state["clock"][1]
            seen += ticks.spin(optimizer, handle, 20)
            state = through_a_file(handle.state_dict())
            assert state["position"] == 20 * (job + 1)
        lost = 0 if drive is TorchSchedule else 1.5  # the update after the last reading of a job
        elapsed = [job * (30 - lost) + 1.5 * k for job in range(3) for k in range(20)]
        assert seen == pytest.approx([BUDGET(t) for t in elapsed], rel=1e-6)  # 1e9 + 1.5 has so many digits
        assert elapsed == sorted(elapsed)

    def test_a_watch_that_goes_back_is_not_followed(self):
        ticks, optimizer = Ticks(), sgd(1.0)
        handle = attach(optimizer, BUDGET, seconds=Stopwatch(time=ticks))
        ticks.spin(optimizer, handle, 6)
        ticks.now -= 500.0
        assert ticks.spin(optimizer, handle, 3) == [BUDGET(5.0)] * 3

    def test_the_readings_belong_to_updates(self):
        """Only an update reads: to look, to load the optimizer or to set the position asks no other rank."""
        ticks, optimizer = Ticks(), adamw(1.0)
        handle = attach(optimizer, BUDGET, seconds=Stopwatch(time=ticks))
        ticks.spin(optimizer, handle, 5)
        ticks.now += 50.0
        handle.position = 7
        optimizer.load_state_dict(optimizer.state_dict())
        assert handle.get_lr() == handle.get_last_lr() == [BUDGET(4.0)]
        assert handle.state_dict()["clock"] == ["seconds", 4.0]
        assert (handle.elapsed, ticks.spin(optimizer, handle, 1)) == (4.0, [BUDGET(55.0)])

    def test_a_watch_that_stands_while_the_model_is_judged(self):
        ticks, optimizer = Ticks(), sgd(1.0)
        watch = Stopwatch(before=10.0, time=ticks)
        handle = attach(optimizer, BUDGET, seconds=watch)
        ticks.spin(optimizer, handle, 5)
        watch.stop(), watch.stop()
        ticks.now += 1000.0
        watch.start(), watch.start()
        assert ticks.spin(optimizer, handle, 2) == [BUDGET(15.0), BUDGET(16.0)]

    def test_read_less_often(self):
        ticks, optimizer = Ticks(), sgd(1.0)
        handle = attach(optimizer, BUDGET, seconds=Stopwatch(every=4, time=ticks))
        assert ticks.spin(optimizer, handle, 12) == [BUDGET(k - k % 4) for k in range(12)]

    def test_a_copy_goes_on_from_its_own_time(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, BUDGET, seconds=Stopwatch(before=30.0))
        spin(optimizer, handle, 2)
        for twin in (copy.deepcopy(handle), pickle.loads(pickle.dumps(handle))):
            spin(twin.optimizer, twin, 2)
            assert 30.0 < handle.elapsed <= twin.elapsed < 40.0

    def test_a_spelling_of_hours_needs_no_more(self):
        optimizer = sgd(1.0)
        handle = attach(optimizer, ss.parse("0 -> 1 in 30min; hold for 2h; -> 0 in 30min"))
        spin(optimizer, handle, 2)
        assert 0 < handle.elapsed < 60
        assert handle.get_last_lr() == [pytest.approx(handle.elapsed / 1800, rel=1e-12)]

    def test_a_real_run_is_at_its_end_rate_when_the_time_is_over(self):
        """Two seconds of training, with a checkpoint and a pause in the middle."""
        budget, s = 1.6, ss.wsd(RATE, 1.6, warmup=0.2, decay=0.8, end=RATE / 100).on("seconds")
        data, seen, rates, state = list(batches(50)), [], [], None
        for until in (0.8, budget):
            net = model()
            optimizer = AdamW(net.parameters(), lr=RATE)
            handle = attach(optimizer, s)
            recorded = Recorded(optimizer)  # after it, so that its hook sees what the update uses
            if state:
                handle.load_state_dict(state)
            while handle.elapsed < until:
                x, y = data[handle.position % 50]
                optimizer.zero_grad()
                (net(x) - y).square().mean().backward()
                optimizer.step()
                time.sleep(0.002)
                seen.append(handle.elapsed)
            state = through_a_file(handle.state_dict())
            rates += recorded.first
            time.sleep(0.1)
        assert len(rates) == handle.position > 100
        assert seen == sorted(seen)
        assert rates == [s(t) for t in seen]
        assert rates[-1] == RATE / 100 < min(rates[10:-1])
        assert budget <= handle.elapsed < budget + 0.5


WAYS = {"each update": (1, True), "every 7th": (7, True), "each rank by its own watch": (1, False)}


def job(drive, number, each, agree, state=None):
    """30 updates on a source of time that goes at the rank's own pace: the rates they used, and the handle."""
    ticks, optimizer = Ticks(1.0 + number, 500.0 * number), sgd(1.0)
    handle = drive(optimizer, BUDGET, seconds=Stopwatch(every=each, time=ticks))
    if state:
        handle.load_state_dict(state)
    if not agree:
        handle._clock._agreed = lambda seconds: seconds  # the planted fault
    return ticks.spin(optimizer, handle, 30), handle


def rank(number, folder):
    """One of two ranks: for each way to drive and to read, the rates of two jobs, and what the clock says then."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/ranks", rank=number, world_size=2)
    found = {}
    for drive in (attach, TorchSchedule):
        for way, (each, agree) in WAYS.items():
            first, handle = job(drive, number, each, agree)
            if number == 1:
                handle.get_lr(), handle.state_dict()  # one rank looks, and does not wait for the other
            second, handle = job(drive, number, each, agree, handle.state_dict())
            found[f"{drive.__name__}, {way}"] = [*first, *second, handle.elapsed]
    with open(f"{folder}/{number}.json", "w") as file:
        json.dump(found, file)
    distributed.barrier()  # gloo aborts a rank whose last message comes from one that has gone
    distributed.destroy_process_group()


def test_ranks_agree_on_the_seconds(tmp_path):
    multiprocessing.spawn(rank, (str(tmp_path),), nprocs=2)
    first, second = (json.loads((tmp_path / f"{number}.json").read_text()) for number in (0, 1))
    assert {name for name in first if first[name] != second[name]} == {  # and the fault is found
        "attach, each rank by its own watch",
        "TorchSchedule, each rank by its own watch",
    }
    assert first["attach, each update"] == [*(BUDGET(k - (k >= 30)) for k in range(60)), 58.0]
    assert first["TorchSchedule, each update"] == [*(BUDGET(k) for k in range(60)), 60.0]


class TestWrongUse:
    @DRIVES
    @pytest.mark.parametrize(
        ("s", "counts", "what"),
        [
            (SAMPLES, {}, r"without per_update it counts the clock \"steps\" only; got 'samples'. Write .*, or give per_update="),
            (SAMPLES, {"per_update": 0}, "Plan.per_update: must be a whole number >= 1; got 0"),
            (SAMPLES, {"per_update": CASE_15.on("tokens")}, "per_update: must count samples; got 'tokens'"),
            (SAMPLES, {"per_update": 8, "steps": 100}, r"steps: counts for a schedule s.on\(\"progress\"\); got 'samples'"),
            (WSD, {"per_update": 8}, r"per_update: counts for a schedule s.on\(\"samples\"\) or s.on\(\"tokens\"\); got 'steps'"),
            (WSD, {"seconds": Stopwatch()}, "seconds: counts for a schedule .*got 'steps'"),
            (WSD.on("progress"), {}, "the clock \"progress\" needs steps; got None. Give steps="),
            (WSD.on("progress"), {"steps": 0}, "steps: must be a whole number >= 1; got 0"),
            (BUDGET, {"seconds": 10_800}, "seconds: must be a Stopwatch; got 10800. The budget itself is the length"),
        ],
    )  # fmt: skip
    def test_what_counts(self, drive, s, counts, what):
        with pytest.raises(ss.ScheduleError, match=what):
            drive(sgd(1.0), s, **counts)

    @pytest.mark.parametrize(
        ("options", "what"),
        [
            ({"before": -1}, "before: must be a finite number of seconds"),
            ({"before": float("nan")}, "before: must be"),
            ({"every": 0}, "every: must be a whole number >= 1"),
            ({"time": 3.0}, "time: must be a function that gives seconds; got 3.0"),
        ],
    )
    def test_a_stopwatch(self, options, what):
        with pytest.raises(ss.ScheduleError, match=f"^Stopwatch.{what}"):
            Stopwatch(**options)

    @pytest.mark.parametrize(
        ("s", "counts", "clock"),
        [
            (SAMPLES, {"per_update": 8}, [None, [], ["samples", -1], ["samples", 1.5], ["tokens", 8], ["samples", True], 8, [8], {"samples": 8}, ["samples"]]),
            (WSD.on("progress"), {"steps": 9}, [None, ["progress", 0], ["progress", "9"], ["samples", 9], ["progress", 9, 1]]),
            (BUDGET, {}, [None, ["seconds", -1.0], ["seconds", float("nan")], ["seconds", "1"], ["seconds", True], ["seconds", 1e300]]),
            (WSD, {}, [[], ["samples", 8], 8, None]),
        ],
    )  # fmt: skip
    def test_a_checkpoint_that_is_not_ours(self, s, counts, clock):
        for wrong in clock:
            handle = attach(sgd(1.0), s, at=3, **counts)
            state = {**handle.state_dict(), "position": 5, "clock": wrong}
            with pytest.raises(
                ss.CheckpointError, match=r"^attach.load_state_dict: the checkpoint must hold"
            ):
                handle.load_state_dict(state)
            assert handle.position == 3

    def test_another_schedule_is_shown_where_the_clock_stands(self):
        handle, _ = spun(attach, SAMPLES, 40, per_update=CASE_15)
        other = attach(sgd(1.0), SAMPLES * 0.5, per_update=CASE_15)
        with pytest.raises(ss.CheckpointError, match=r"at position 480.\n.*gives 1 there\n.*gives 0.5 there"):
            other.load_state_dict(handle.state_dict())
        with pytest.raises(ss.CheckpointError, match="counts the clock \"samples\" only; got 'steps'"):
            other.load_state_dict(attach(sgd(1.0), WSD).state_dict())
        with pytest.raises(ss.CheckpointError, match="counts the clock \"steps\" only; got 'samples'"):
            attach(sgd(1.0), WSD).load_state_dict(handle.state_dict())


class TestPlantedFaults:
    def test_a_load_that_forgets_what_was_taken(self, monkeypatch):
        """The tokens counted anew by the present plan: the schedule jumps, and the test of restarts says so."""
        from stepsize.hosts import _torch_clock

        monkeypatch.setattr(_torch_clock.Taken, "loaded", lambda self, *_: self)
        with pytest.raises(AssertionError):
            TestTaken().test_a_batch_that_changes_on_restart(attach)

    def test_iterations_times_the_last_batch(self, monkeypatch):
        monkeypatch.setattr(Plan, "after", lambda self, k: 16 * k)
        with pytest.raises(AssertionError):
            TestTaken().test_case_15(attach)

    def test_seconds_that_begin_anew_with_each_job(self, monkeypatch):
        from stepsize.hosts import _torch_clock

        monkeypatch.setattr(_torch_clock.Seconds, "loaded", lambda self, *_: self)
        with pytest.raises(AssertionError):
            TestSeconds().test_accumulated_over_restarts(attach)
