"""Accelerate: the rate is s(k) on any number of processes, whatever is prepared, split, accumulated, skipped or resumed."""

import sys
from importlib import import_module

import pytest
import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from accelerate.utils import DistributedType
from torch.amp import GradScaler
from torch.nn.functional import cross_entropy
from torch.optim import SGD, AdamW
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import stepsize as ss
from stepsize.hosts.accelerate import attach, horizon, unwrapped
from stepsize.lab import digits
from tests.hosts.accelerate_host import WAYS, accelerated, examples, loop, on_ranks
from tests.hosts.contract import PEAK, STANDARD
from tests.hosts.recording import Recorded, adamw, model, sgd

RIGHT = [way for way in WAYS if way != "trap"]
SPLITS = {"batches each": False, "split_batches": True}
EIGHT = [1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
ODD = 35  # examples: no multiple of a batch, of ranks, or of an accumulation
ACCUMULATIONS = [(1, True), (2, True), (3, True), (3, False)]


def runs(folder):
    """Everything that is asked of several real processes, by name."""
    found = {}
    for ranks in (2, 4):
        for split in (False, True):
            whole = 4 if split else 4 * ranks  # examples of an update
            for way in WAYS if ranks == 2 else ("ours", "trap"):
                eight = {"s": "1 -> 0 in 8", "size": 8 * whole, "split": split, "way": way}
                found[f"eight {ranks} {split} {way}"] = ranks, eight
            long = {"s": "1 -> 0 in 10k", "at": 2490, "size": 20 * whole, "split": split}
            found[f"long {ranks} {split}"] = ranks, long
    for split in (False, True):
        for together, flush in ACCUMULATIONS:
            options = {"size": ODD, "epochs": 3, "split": split, "together": together, "flush": flush}
            found[f"plan {split} {together} {flush}"] = 2, {"s": "0 -> 1 in 25%; -> 0", **options}
    resumed = {"s": "0 -> 1 in 10; -> 0 cosine in 30", "size": 160}  # 20 updates of 2 * 4 examples
    found["first half"] = 2, {**resumed, "save": str(folder / "half")}
    found["second half"] = 2, {**resumed, "start": str(folder / "half")}
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("accelerate")


@pytest.fixture(scope="module")
def seen(folder):
    """What the ranks saw: real processes over gloo, two and four."""
    return on_ranks(loop, runs(folder))


class TestWorldSize:
    """Case 8: the number of processes is no part of the schedule."""

    @pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
    @pytest.mark.parametrize(("ranks", "way"), [(4, "ours"), *((2, way) for way in RIGHT)])
    def test_eight_updates(self, seen, ranks, way, split):
        for rank in seen[f"eight {ranks} {split} {way}"]:
            assert rank["rates"] == EIGHT
            assert rank["position"] == rank["planned"] == 8

    @pytest.mark.parametrize("way", RIGHT)
    def test_eight_updates_on_one_process(self, way):
        assert loop("1 -> 0 in 8", size=32, way=way)["rates"] == EIGHT

    @pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
    @pytest.mark.parametrize("ranks", [2, 4])
    def test_ten_thousand_updates(self, seen, ranks, split):
        s = ss.linear(1.0, 0.0, 10_000)
        for rank in seen[f"long {ranks} {split}"]:
            assert rank["rates"] == [s(k) for k in range(2490, 2510)]
            assert rank["rates"][10] == pytest.approx(0.75, rel=1e-15)

    def test_ten_thousand_updates_on_one_process(self):
        rates = loop("1 -> 0 in 10k", at=2490, size=80)["rates"]
        assert rates == [ss.linear(1.0, 0.0, 10_000)(k) for k in range(2490, 2510)]
        assert rates[10] == pytest.approx(0.75, rel=1e-15)

    def test_ranks_agree_on_the_weights_and_share_the_data(self, seen):
        for name, ranks in seen.items():
            assert len({tuple(rank["weights"]) for rank in ranks}) == 1, name
            assert len({rank["data"] for rank in ranks}) == len(ranks), name

    @pytest.mark.parametrize("ranks", [2, 4])
    def test_what_counts_calls_would_be_seen_here(self, seen, ranks):
        """A planted fault: the same run by TorchSchedule, prepared, is over after 1/ranks of the updates."""
        for rank in seen[f"eight {ranks} False trap"]:
            assert rank["rates"] == [max(0.0, 1 - ranks * k / 8) for k in range(8)]


class TestHorizon:
    @pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
    @pytest.mark.parametrize(("together", "flush"), ACCUMULATIONS)
    def test_as_many_updates_are_made_as_were_planned(self, seen, together, flush, split):
        here = loop("1", size=ODD, epochs=3, split=split, together=together, flush=flush)
        for rank in [here, *seen[f"plan {split} {together} {flush}"]]:
            assert rank["planned"] == rank["position"] == len(rank["rates"])

    @pytest.mark.parametrize(("together", "flush"), ACCUMULATIONS)
    def test_shares_are_of_the_run_on_these_processes(self, seen, together, flush):
        for rank in seen[f"plan False {together} {flush}"]:
            s = ss.parse("0 -> 1 in 25%; -> 0", ss.Horizon(rank["planned"]))
            assert rank["rates"] == [s(k) for k in range(rank["planned"])]

    def test_case_9(self):
        plan = loop("1", size=9, batch=2, epochs=3, together=2)
        assert plan["planned"] == plan["position"] == 9
        assert loop("1", size=160, batch=1, together=10)["position"] == 16

    def test_epochs_are_known(self):
        accelerator = accelerated(together=2)
        loader = accelerator.prepare(DataLoader(examples(9), batch_size=2))
        run = horizon(accelerator, loader, epochs=3)
        assert (run.steps, run.steps_per_epoch, run.updates("2 epochs")) == (9, 3, 6)

    @pytest.mark.parametrize(("what", "rule"), [
        ("loader", r"^horizon: takes the loader that prepare returned; got <torch"),
        ("stream", r"^horizon: the loader must have a length; .*Horizon\(steps"),
        ("epochs", r"^horizon.epochs: must"),
    ])  # fmt: skip
    def test_what_cannot_be_known_is_refused(self, what, rule):
        class Stream(IterableDataset):
            def __iter__(self):
                yield torch.ones(2)

        accelerator = accelerated()
        loader = DataLoader(Stream() if what == "stream" else examples(8))
        loader = loader if what == "loader" else accelerator.prepare(loader)
        with pytest.raises(ss.ScheduleError, match=rule):
            horizon(accelerator, loader, epochs=0.5 if what == "epochs" else 1)


class TestClocks:
    @pytest.mark.parametrize(("s", "counts"), [
        (ss.linear(1.0, 0.0, 64).on("samples"), {"per_update": 8}),
        (ss.linear(1.0, 0.0, 1).on("progress"), {"steps": 8}),
    ], ids=["samples", "progress"])  # fmt: skip
    def test_what_updates_take(self, s, counts, tmp_path):
        rates = []
        for start, until in ((0, 3), (3, 8)):
            accelerator = accelerated()
            optimizer = accelerator.prepare(sgd(1.0))
            handle = attach(accelerator, optimizer, s, **counts)
            if start:
                accelerator.load_state(str(tmp_path / "half"))
            recorded = Recorded(unwrapped(optimizer))
            for _ in range(start, until):
                optimizer.step()
            accelerator.save_state(str(tmp_path / "half"))
            rates += recorded.first
        assert rates == [1 - k / 8 for k in range(8)]
        assert handle.elapsed == s.length


class TestResume:
    S = ss.linear(0.0, 1.0, 10) >> ss.cosine(1.0, 0.0, 30)

    def test_on_two_processes(self, seen):
        for first, rest in zip(seen["first half"], seen["second half"], strict=True):
            assert first["rates"] + rest["rates"] == [self.S(k) for k in range(40)]

    def test_saved_on_two_and_resumed_on_one(self, seen, folder):
        assert seen["first half"][0]["position"] == 20
        rest = loop("0 -> 1 in 10; -> 0 cosine in 30", size=80, start=str(folder / "half"))
        assert rest["rates"] == [self.S(k) for k in range(20, 40)]

    def test_case_4_a_position_is_absolute(self, tmp_path):
        accelerator = accelerated()
        optimizer = accelerator.prepare(adamw())
        handle = attach(accelerator, optimizer, STANDARD, at=30)
        accelerator.save_state(tmp_path)
        for _ in range(2):
            accelerator.load_state(tmp_path)
            handle.position = 30
        assert (handle.position, handle.get_last_lr()) == (30, [STANDARD(30)])

    def test_a_schedule_that_comes_after_the_load_is_refused(self, tmp_path):
        """It would begin at 0, and nobody would notice that the warmup runs again."""
        optimizer = adamw()
        optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
        optimizer.step()
        accelerator = accelerated()
        with pytest.raises(
            ss.ScheduleError, match=r"^attach: must be built before accelerator.load_state.* 1 updates'"
        ):
            attach(accelerator, accelerator.prepare(optimizer), STANDARD)
        assert attach(accelerator, optimizer, STANDARD, at=1).position == 1

    def test_two_optimizers_with_schedules_of_their_own(self, tmp_path):
        def build():
            accelerator = accelerated()
            parts = accelerator.prepare(sgd(), sgd())
            return accelerator, [
                attach(accelerator, part, s) for part, s in zip(parts, (STANDARD, self.S), strict=True)
            ]

        accelerator, (one, two) = build()
        one.position, two.position = 7, 11
        accelerator.save_state(tmp_path)
        accelerator, handles = build()
        accelerator.load_state(tmp_path)
        assert [handle.position for handle in handles] == [7, 11]
        assert [handle.get_last_lr() for handle in handles] == [[STANDARD(7)], [self.S(11)]]

    def test_digits_in_the_middle_of_the_second_epoch(self, tmp_path):
        """A real model on real data: rates and losses are those of the run that was never stopped, bit for bit."""
        images, labels = digits.data()
        s = ss.warmup_cosine(0.1, 210, warmup=20, end=1e-3)

        def run(first, until, start=None):
            accelerator = accelerated()
            torch.manual_seed(0)
            net = digits.network()
            loader = DataLoader(TensorDataset(images[:1200], labels[:1200]), batch_size=8)
            net, optimizer, loader = accelerator.prepare(
                net, SGD(net.parameters(), lr=1.0, momentum=0.9), loader
            )
            handle = attach(accelerator, optimizer, s)
            recorded = Recorded(unwrapped(optimizer))
            if start:
                accelerator.load_state(start)
            losses = []
            while handle.position < until:
                for x, y in accelerator.skip_first_batches(loader, handle.position % len(loader)):
                    loss = cross_entropy(net(x), y)
                    accelerator.backward(loss)
                    optimizer.step()
                    optimizer.zero_grad()
                    losses.append(loss.item())
                    if handle.position == until:
                        break
            accelerator.save_state(tmp_path / str(until))
            return recorded.first, losses

        rates, losses = run(0, 210)
        assert rates == [s(k) for k in range(210)]
        assert sum(losses[-20:]) < 0.2 * sum(losses[:20])
        first, rest = run(0, 160), run(160, 210, tmp_path / "160")
        assert (first[0] + rest[0], first[1] + rest[1]) == (rates, losses)


class TestClock:
    @pytest.mark.parametrize("fused", [False, True])
    def test_case_10_amp_skips(self, fused):
        """10 iterations, 0 and 3 skipped by the scaler: 8 ticks, and the next rate is s(8)."""
        accelerator = accelerated()
        accelerator.scaler = GradScaler(
            "cpu", init_scale=4.0, growth_interval=1000
        )  # as fp16 makes one on a GPU
        net = model()
        net, optimizer = accelerator.prepare(net, AdamW(net.parameters(), lr=PEAK, fused=fused))
        s = ss.linear(0.1, 1.0, 10)
        handle = accelerator.prepare(attach(accelerator, optimizer, s))
        used = []
        for k in range(10):
            loss = net(torch.ones(2, 6)).square().mean() * (float("inf") if k in (0, 3) else 1.0)
            accelerator.backward(loss)
            before = [p.clone() for p in net.parameters()]
            optimizer.step()
            handle.step()
            optimizer.zero_grad()
            if not all(map(torch.equal, before, net.parameters())):
                used.append(handle.get_last_lr()[0])
        assert used == [s(k) for k in range(8)]
        assert handle.state_dict()["position"] == 8

    @pytest.mark.parametrize(("s", "used"), [
        (ss.linear(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (ss.linear(0.0, 1.0, 4)[1:], [0.25, 0.5, 0.75, 1.0, 1.0]),
    ], ids=["from zero", "from a quarter"])  # fmt: skip
    def test_case_11_the_first_update_uses_the_first_rate(self, s, used):
        accelerator = accelerated()
        optimizer = accelerator.prepare(sgd(lr=1e-3))
        attach(accelerator, optimizer, s)
        recorded = Recorded(unwrapped(optimizer))
        for _ in used:
            optimizer.step()
        assert recorded.first == used

    def test_the_ratio_of_groups_is_kept(self):
        groups = [{"params": [torch.ones(1)]}, {"params": [torch.ones(1)], "lr": 3e-5}]
        accelerator = accelerated()
        optimizer = accelerator.prepare(AdamW(groups, lr=3e-4))
        handle = attach(accelerator, optimizer, STANDARD, at=3)
        assert handle.get_last_lr() == pytest.approx([STANDARD(3), 0.1 * STANDARD(3)], rel=1e-15)
        assert optimizer.param_groups[1]["lr"] == handle.get_last_lr()[1]


class TestWrongUse:
    def test_without_the_framework_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "accelerate", None)
        monkeypatch.delitem(sys.modules, "stepsize.hosts.accelerate")
        with pytest.raises(
            ss.MissingExtra, match=r'^stepsize.hosts.accelerate: needs Accelerate; .*"stepsize\[accelerate\]"'
        ):
            import_module("stepsize.hosts.accelerate")

    def test_the_accelerator_comes_first(self):
        with pytest.raises(ss.ScheduleTypeError, match=r"^attach: takes an Accelerator first; got SGD"):
            attach(sgd(), accelerated(), STANDARD)

    @pytest.mark.parametrize("given", [None, model(), "adamw"], ids=["none", "model", "text"])
    def test_what_is_no_optimizer(self, given):
        with pytest.raises(ss.ScheduleTypeError, match=r"^attach: drives a torch.optim.Optimizer"):
            attach(accelerated(), given, STANDARD)

    @pytest.mark.parametrize("engine", [DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM])
    def test_engines_that_update_by_themselves(self, monkeypatch, engine):
        accelerator = accelerated()
        monkeypatch.setattr(Accelerator, "distributed_type", engine)
        with pytest.raises(
            ss.ScheduleError,
            match=rf"engine updates by steps of its own; got '{engine.value}'.*TorchSchedule",
        ):
            attach(accelerator, sgd(), STANDARD)

    def test_wrappers_within_wrappers_are_looked_through(self):
        inner = sgd()
        assert unwrapped(inner) is inner
        assert unwrapped(AcceleratedOptimizer(AcceleratedOptimizer(inner))) is inner
