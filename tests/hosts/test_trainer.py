"""Trainer: it says how long the run is, its rate is s(k) inside the update, and it logs and resumes that rate."""

import math
import shutil
import sys
from importlib import import_module
from itertools import pairwise

import pytest
import torch
from accelerate.scheduler import AcceleratedScheduler
from torch import nn
from torch.amp import GradScaler
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from transformers import Seq2SeqTrainer, Seq2SeqTrainingArguments, Trainer, TrainerCallback, TrainerState

import stepsize as ss
from stepsize.hosts.torch import Stopwatch, TorchSchedule, attach
from stepsize.hosts.transformers import ScheduleTrainer
from tests.hosts.accelerate_host import on_ranks
from tests.hosts.contract import OTHER, PEAK, STANDARD
from tests.hosts.trainer_host import BATCH, Digits, Examples, Inside, Net, Reader, arguments, trainer

SPELLED = "0 -> 1e-2 in 25%; -> 1e-3 cosine"


def run(folder, schedule, **options):
    """Train to the end; the rates inside each update, and the Trainer."""
    made, inside = trainer(folder, schedule, **options)
    made.train()
    return inside.rates, made


def logged(made):
    return {
        entry["step"]: entry["learning_rate"] for entry in made.state.log_history if "learning_rate" in entry
    }


class TestLength:
    def test_total_steps_are_those_of_the_trainer(self, tmp_path):
        rates, made = run(tmp_path, SPELLED, max_steps=20)
        s = ss.parse(SPELLED, ss.Horizon(20))
        assert rates == [s(k) for k in range(20)]
        assert made.lr_scheduler.schedule == s

    @pytest.mark.parametrize(("size", "batch", "together", "epochs", "updates"), [
        (9, 2, 2, 3, 9),  # case 9: the last update of an epoch takes what is left
        (160, 1, 10, 1, 16),
        (100, 16, 1, 2, 14),
        (100, 16, 3, 1.5, 5),
    ])  # fmt: skip
    def test_case_9_as_many_updates_are_made_as_were_planned(
        self, tmp_path, size, batch, together, epochs, updates
    ):
        rates, made = run(
            tmp_path, SPELLED, size=size, num_train_epochs=epochs,
            per_device_train_batch_size=batch, gradient_accumulation_steps=together,
        )  # fmt: skip
        s = ss.parse(SPELLED, ss.Horizon(updates))
        assert rates == [s(k) for k in range(updates)]
        assert made.lr_scheduler.position == made.state.max_steps == updates

    def test_epochs_are_known(self, tmp_path):
        rates, _ = run(tmp_path, "0 -> 1e-2 in 1 epoch; -> 0", size=100, num_train_epochs=3)
        s = ss.linear(0.0, 1e-2, 7) >> ss.linear(1e-2, 0.0, 14)
        assert rates == [s(k) for k in range(21)]

    @pytest.mark.parametrize("epochs", [1, 1.1, 2.5, 3.0, 7.3, 199.8])
    def test_an_epoch_is_found_again_in_the_rounded_length_of_a_run(self, tmp_path, epochs):
        made, _ = trainer(tmp_path, "0 -> 1 in 1 epoch", num_train_epochs=epochs)
        for each in range(1, 400):
            made.lr_scheduler = None
            made.create_optimizer_and_scheduler(math.ceil(epochs * each))  # as Trainer computes it
            assert made.lr_scheduler.schedule.length == each

    @pytest.mark.parametrize("options", [{"max_steps": 20}, {"num_train_epochs": 0.5}])
    def test_where_it_is_not_known_how_long_an_epoch_is(self, tmp_path, options):
        made, _ = trainer(tmp_path, "0 -> 1e-2 in 1 epoch; -> 0", **options)
        with pytest.raises(ss.HorizonNeeded, match="to know epochs it needs"):
            made.train()

    def test_a_schedule_is_taken_as_it_is(self, tmp_path):
        for s in (STANDARD, ss.linear(1e-2, 0.0, 4)):  # longer and shorter than the run
            rates, _ = run(tmp_path, s, max_steps=8)
            assert rates == [s(k) for k in range(8)]

    @pytest.mark.parametrize(("s", "used"), [
        (ss.linear(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("(0 -> 1 in 4)[1:]; hold for 2", [0.25, 0.5, 0.75, 1.0, 1.0]),
    ], ids=["from zero", "from a quarter"])  # fmt: skip
    def test_case_11_the_first_update_uses_the_first_rate(self, tmp_path, s, used):
        assert run(tmp_path, s, max_steps=5)[0] == used


class TestLog:
    """What stands in the log beside update k is the rate with which it was made."""

    RESTARTS = (ss.cosine(1e-2, 1e-5, 5)).repeat(4)

    @pytest.mark.parametrize("every", [1, 5, 7])
    def test_is_the_rate_that_was_used(self, tmp_path, every):
        rates, made = run(
            tmp_path, self.RESTARTS, max_steps=21, logging_steps=every, logging_nan_inf_filter=False
        )
        assert logged(made) == {step: rates[step - 1] for step in range(every, 22, every)}
        assert rates == [self.RESTARTS(k) for k in range(21)]

    def test_is_so_under_accumulation_too(self, tmp_path):
        rates, made = run(tmp_path, self.RESTARTS, max_steps=12, gradient_accumulation_steps=3)
        assert logged(made) == {step + 1: rates[step] for step in range(12)}

    def test_callbacks_see_the_rate_that_was_used(self, tmp_path):
        """Also those that read it after Trainer has called step()."""
        seen = []

        class Reads(TrainerCallback):
            def on_step_end(self, args, state, control, **kwargs):
                seen.append(
                    (kwargs["lr_scheduler"].get_last_lr()[0], kwargs["optimizer"].param_groups[0]["lr"])
                )

        made, inside = trainer(tmp_path, self.RESTARTS, max_steps=8)
        made.add_callback(Reads())
        made.train()
        assert seen == [(rate, rate) for rate in inside.rates]

    def test_a_lag_would_be_seen_here(self, tmp_path):
        """A planted fault: a schedule that is one update late."""

        class Late(ScheduleTrainer):
            def create_scheduler(self, num_training_steps, optimizer=None):
                made = super().create_scheduler(num_training_steps, optimizer)
                made.position = 1
                return made

        rates, _ = run(tmp_path, self.RESTARTS, kind=Late, max_steps=6)
        assert rates == [self.RESTARTS(k + 1) for k in range(6)]
        assert rates != [self.RESTARTS(k) for k in range(6)]


class TestResume:
    @staticmethod
    def half(folder, schedule=STANDARD, **options):
        """A run of 16 updates that keeps its checkpoint at 10."""
        usual = {"max_steps": 16, "save_strategy": "steps", "save_steps": 10}
        return run(folder, schedule, **{**usual, **options}), str(folder / "checkpoint-10")

    @pytest.mark.parametrize(("options", "left"), [
        ({}, 6),
        ({"gradient_accumulation_steps": 3}, 14),  # of 7 in an epoch; its third update takes one
        ({"max_steps": -1, "num_train_epochs": 2.2, "size": 110}, 6),
    ], ids=["updates", "accumulated", "epochs"])  # fmt: skip
    def test_in_the_middle_of_an_epoch_bit_for_bit(self, tmp_path, options, left):
        (rates, whole), checkpoint = self.half(tmp_path, SPELLED, **options)
        made, inside = trainer(tmp_path, SPELLED, **{"max_steps": 16, **options})
        made.train(resume_from_checkpoint=checkpoint)
        assert inside.rates == rates[10:]
        assert made.model.losses == whole.model.losses[-left:]
        assert logged(made) == logged(whole)

    def test_case_4_the_position_is_applied_once(self, tmp_path):
        _, checkpoint = self.half(tmp_path)
        made, inside = trainer(tmp_path, STANDARD, max_steps=16)
        made.train(resume_from_checkpoint=checkpoint)
        assert made.lr_scheduler.position == made.state.global_step == 16
        made.train(resume_from_checkpoint=checkpoint)  # and again, by the same Trainer
        assert inside.rates == [STANDARD(k) for k in range(10, 16)]

    @pytest.mark.parametrize("missing", ["scheduler.pt", "optimizer.pt", "both"])
    def test_case_3_where_only_the_count_of_updates_was_saved(self, tmp_path, missing):
        _, checkpoint = self.half(tmp_path, save_only_model=missing == "both")
        if missing != "both":
            (tmp_path / "checkpoint-10" / missing).unlink()
        made, inside = trainer(tmp_path, STANDARD, max_steps=16)
        made.train(resume_from_checkpoint=checkpoint)
        assert inside.rates == [STANDARD(k) for k in range(10, 16)]

    def test_a_longer_run_is_another_schedule_and_said_so(self, tmp_path):
        """Case 1: a spelling with shares, and more updates than before."""
        _, checkpoint = self.half(tmp_path, SPELLED)
        made, _ = trainer(tmp_path, SPELLED, max_steps=32)
        with pytest.raises(ss.CheckpointError) as caught:
            made.train(resume_from_checkpoint=checkpoint)
        for updates in (16, 32):
            assert str(ss.parse(SPELLED, ss.Horizon(updates))) in str(caught.value)
        assert 'on_change="mine"' in str(caught.value)

    @pytest.mark.parametrize(("on_change", "followed"), [("mine", OTHER), ("saved", STANDARD)])
    def test_a_policy_is_the_way_out(self, tmp_path, on_change, followed):
        _, checkpoint = self.half(tmp_path)
        made, inside = trainer(tmp_path, OTHER, drive={"on_change": on_change}, max_steps=16)
        made.train(resume_from_checkpoint=checkpoint)
        assert inside.rates == [followed(k) for k in range(10, 16)]

    def test_a_run_that_began_without_stepsize(self, tmp_path):
        """Its checkpoint is refused; with the state of a schedule in its place the run goes on, moments and all."""
        plain = Trainer(
            Net(),
            arguments(tmp_path, max_steps=10, save_strategy="steps", save_steps=10),
            train_dataset=Examples(100),
        )
        plain.train()
        checkpoint = tmp_path / "checkpoint-10"
        made, inside = trainer(tmp_path, STANDARD, max_steps=16)
        with pytest.raises(ss.CheckpointError, match="state of a torch scheduler"):
            made.train(resume_from_checkpoint=str(checkpoint))
        state = attach(AdamW(Net().parameters(), lr=PEAK), STANDARD, at=10).state_dict()
        torch.save(state, checkpoint / "scheduler.pt")
        made.train(resume_from_checkpoint=str(checkpoint))
        assert inside.rates == [STANDARD(k) for k in range(10, 16)]
        assert {float(moments["step"]) for moments in made.optimizer.state.values()} == {16.0}

    def test_digits(self, tmp_path):
        """A real model on real data, resumed in the middle: rates and losses bit for bit, and it learns."""
        made = [self._digits(tmp_path / "whole"), self._digits(tmp_path / "resumed")]
        made[0][0].train()
        shutil.copytree(tmp_path / "whole" / "checkpoint-110", tmp_path / "resumed" / "checkpoint-110")
        made[1][0].train(resume_from_checkpoint=True)
        s = ss.parse("0 -> 1e-2 in 10%; -> 0 cosine", ss.Horizon(220))
        (whole, inside), (resumed, rest) = made
        assert inside.rates == [s(k) for k in range(220)]
        assert rest.rates == inside.rates[110:]
        assert resumed.model.losses == whole.model.losses[110:]
        assert sum(whole.model.losses[-20:]) < 0.2 * sum(whole.model.losses[:20])

    @staticmethod
    def _digits(folder):
        return trainer(
            folder, "0 -> 1e-2 in 10%; -> 0 cosine", net=Reader(), data=Digits(), num_train_epochs=2,
            save_strategy="steps", save_steps=110, logging_steps=50,
        )  # fmt: skip


class TestClock:
    @pytest.mark.parametrize("optim", ["adamw_torch", "adamw_torch_fused"])
    def test_case_10_amp_skips(self, tmp_path, optim):
        """10 iterations, 0 and 3 skipped by the scaler: 8 ticks, the rates s(0) to s(7)."""

        class Overflows(Net):
            def forward(self, x, labels):
                loss = super().forward(x, labels)["loss"]
                return {"loss": loss * (float("inf") if len(self.losses) in (1, 4) else 1.0)}

        s = ss.linear(1e-3, 1e-2, 8)
        made, _ = trainer(tmp_path, s, net=Overflows(), max_steps=10, optim=optim, max_grad_norm=0.0)
        made.accelerator.scaler = GradScaler(
            "cpu", init_scale=4.0, growth_interval=1000
        )  # as fp16 makes one on a GPU
        weights, used = [], []

        class Watches(TrainerCallback):
            def on_pre_optimizer_step(self, args, state, control, **kwargs):
                weights.append([p.detach().clone() for p in kwargs["model"].parameters()])

            def on_step_end(self, args, state, control, **kwargs):
                if not all(map(torch.equal, weights[-1], kwargs["model"].parameters())):
                    used.append(kwargs["lr_scheduler"].get_last_lr()[0])

        made.add_callback(Watches())
        made.train()
        assert used == [s(k) for k in range(8)]
        assert (made.lr_scheduler.position, made.state.global_step) == (8, 10)

    def test_the_weights_move_by_that_rate(self, tmp_path):
        """Seen from outside: gradient descent on a line moves by the rate of each update, and by nothing else."""

        class Line(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.zeros(1, dtype=torch.float64))
                self.losses = []

            def forward(self, x, labels):
                self.losses.append(self.weight.item())
                return {"loss": self.weight.sum()}

        s = ss.linear(0.0, 1.0, 4) >> ss.linear(1.0, 0.0, 4)
        made, _ = trainer(
            tmp_path, s, net=Line(), max_steps=8, optim="sgd", learning_rate=1.0, max_grad_norm=0.0
        )
        made.train()
        at = [*made.model.losses, made.model.weight.item()]
        moved = [a - b for a, b in pairwise(at)]
        assert moved == pytest.approx([s(k) for k in range(8)], rel=1e-14)

    def test_the_ratio_of_groups_is_kept(self, tmp_path):
        class TwoGroups(ScheduleTrainer):
            def create_optimizer(self, model=None):
                if self.optimizer is None:
                    first, *rest = self.model.parameters()
                    groups = [{"params": [first]}, {"params": rest, "lr": PEAK / 10}]
                    self.optimizer = AdamW(groups, lr=self.args.learning_rate)
                return self.optimizer

        made, inside = trainer(
            tmp_path, STANDARD, kind=TwoGroups, max_steps=6, save_strategy="steps", save_steps=3
        )
        made.train()
        resumed, rest = trainer(tmp_path, STANDARD, kind=TwoGroups, max_steps=6)
        resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
        for k, rates in enumerate([*inside.recorded.rates[:3], *rest.recorded.rates]):
            assert rates == pytest.approx([STANDARD(k), STANDARD(k) / 10], rel=1e-15)

    def test_the_learning_rate_of_the_arguments_is_only_the_base(self, tmp_path):
        assert run(tmp_path, STANDARD, max_steps=4, learning_rate=123.0)[0] == [STANDARD(k) for k in range(4)]

    def test_a_base_may_be_said(self, tmp_path):
        rates, _ = run(tmp_path, STANDARD, max_steps=4, drive={"base_lr": 2 * PEAK})
        assert rates == [0.5 * STANDARD(k) for k in range(4)]


class TestLife:
    def test_train_again_is_a_run_from_the_beginning(self, tmp_path):
        made, inside = trainer(tmp_path, SPELLED, max_steps=4)
        expected = [ss.parse(SPELLED, ss.Horizon(4))(k) for k in range(4)]
        for _ in range(2):
            made.train()
            assert inside.rates == expected
        assert made.lr_scheduler.position == 4

    def test_a_longer_second_call_is_resolved_anew(self, tmp_path):
        made, inside = trainer(tmp_path, SPELLED, max_steps=4)
        made.train()
        first = made.lr_scheduler
        made.args.max_steps = 8
        made.train()
        assert inside.rates == [ss.parse(SPELLED, ss.Horizon(8))(k) for k in range(8)]
        assert first.position == 4  # it lets go

    def test_made_by_hand_before(self, tmp_path):
        made, inside = trainer(tmp_path, SPELLED, max_steps=4)
        made.create_optimizer_and_scheduler(num_training_steps=400)
        assert made.create_scheduler(400) is made.lr_scheduler
        made.train()
        assert inside.rates == [ss.parse(SPELLED, ss.Horizon(4))(k) for k in range(4)]

    def test_a_model_that_is_made_when_training_begins(self, tmp_path):
        made = ScheduleTrainer(
            args=arguments(tmp_path, max_steps=4),
            model_init=Net,
            train_dataset=Examples(64),
            schedule=SPELLED,
        )
        made.train()
        assert list(logged(made).values()) == [ss.parse(SPELLED, ss.Horizon(4))(k) for k in range(4)]

    def test_any_other_trainer(self, tmp_path):
        class Mine(ScheduleTrainer, Seq2SeqTrainer):
            pass

        args = Seq2SeqTrainingArguments(str(tmp_path), max_steps=3, use_cpu=True, report_to="none", save_strategy="no",
                                        logging_steps=1, disable_tqdm=True, dataloader_pin_memory=False)  # fmt: skip
        made = Mine(Net(), args, train_dataset=Examples(64), schedule=STANDARD)
        made.train()
        assert list(logged(made).values()) == [STANDARD(k) for k in range(3)]

    @pytest.mark.parametrize("drive", [attach, TorchSchedule])
    def test_a_trainer_that_is_not_ours(self, tmp_path, drive):
        """What Trainer takes as ``optimizers=`` is enough, where the length of the run is known."""
        net = Net()
        optimizer = AdamW(net.parameters(), lr=PEAK)
        made = Trainer(
            net, arguments(tmp_path, max_steps=5), train_dataset=Examples(100),
            optimizers=(optimizer, drive(optimizer, STANDARD)),
        )  # fmt: skip
        made.train()
        assert list(logged(made).values()) == [STANDARD(k) for k in range(5)]

    def test_under_an_engine_that_updates_by_itself_its_calls_are_counted(self, tmp_path):
        """DeepSpeed steps the optimizer once for each group, and a scheduler once for each update."""
        made, _ = trainer(tmp_path, SPELLED, max_steps=8)
        made.is_deepspeed_enabled = True
        optimizer = AdamW(Net().parameters(), lr=PEAK)
        handle = made.create_scheduler(8, optimizer=Engine(optimizer))
        s = ss.parse(SPELLED, ss.Horizon(8))
        for k in range(8):
            assert optimizer.param_groups[0]["lr"] == s(k)
            handle.step()

    def test_where_the_engine_steps_it_the_position_is_found_in_its_wrapper(self, tmp_path):
        made, _ = trainer(tmp_path, SPELLED, max_steps=8)
        made.is_deepspeed_enabled = True
        handle = made.create_scheduler(8, optimizer=AdamW(Net().parameters(), lr=PEAK))
        made.remove_callback(Inside)
        made.callback_handler.lr_scheduler = AcceleratedScheduler(handle, [])
        made.callback_handler.on_train_begin(made.args, TrainerState(global_step=4), made.control)
        assert handle.position == 4


class Engine:
    """What an engine puts around an optimizer; no optimizer by type."""

    def __init__(self, optimizer):
        self.optimizer = optimizer


class TestClocks:
    """On another clock update k uses the rate where that one stands, before and after a checkpoint."""

    @pytest.mark.parametrize(("s", "drive", "at"), [
        (ss.linear(PEAK, 0.0, 320).on("samples"), {"per_update": BATCH}, lambda k: BATCH * k),
        (ss.linear(PEAK, 0.0, 8000).on("tokens"), {"per_update": 400}, lambda k: 400 * k),
        (ss.linear(PEAK, 0.0, 1).on("progress"), {}, lambda k: k / 16),
    ], ids=["samples", "tokens", "progress"])  # fmt: skip
    def test_what_updates_take(self, tmp_path, s, drive, at):
        made, inside = trainer(tmp_path, s, drive=drive, max_steps=16, save_strategy="steps", save_steps=10)
        made.train()
        assert inside.rates == [s(at(k)) for k in range(16)]
        again, rest = trainer(tmp_path, s, drive=drive, max_steps=16)
        again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-10"))
        assert rest.rates == inside.rates[10:]

    def test_seconds(self, tmp_path):
        s = ss.linear(PEAK, 0.0, 100).on("seconds")
        watch = Stopwatch(time=iter([float(k) for k in range(100)]).__next__)
        rates, made = run(tmp_path, s, drive={"seconds": watch}, max_steps=6)
        assert rates == sorted(rates, reverse=True)
        assert made.lr_scheduler.elapsed > 3

    def test_a_group_of_its_own(self, tmp_path):
        own = {(lambda group: group["weight_decay"] == 0.0): ss.hold(PEAK / 2)}
        made, inside = trainer(tmp_path, STANDARD, drive={"per_group": own}, max_steps=6, weight_decay=0.1)
        made.train()
        assert inside.recorded.rates == [[STANDARD(k), PEAK / 2] for k in range(6)]


class TestWrongUse:
    def test_without_the_framework_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "transformers", None)
        monkeypatch.delitem(sys.modules, "stepsize.hosts.transformers")
        with pytest.raises(
            ss.MissingExtra,
            match=r'^stepsize.hosts.transformers: needs Transformers; .*"stepsize\[transformers\]"',
        ):
            import_module("stepsize.hosts.transformers")

    @pytest.mark.parametrize(("option", "value"), [
        ("warmup_steps", 100), ("warmup_steps", 0.1), ("lr_scheduler_type", "cosine"), ("lr_scheduler_kwargs", {"num_cycles": 2}),
    ])  # fmt: skip
    def test_a_second_schedule_in_the_arguments(self, tmp_path, option, value):
        rule = rf"^ScheduleTrainer: the schedule says all, and TrainingArguments must not; got .*{option}.*leave it out"
        with pytest.raises(ss.ScheduleError, match=rule):
            trainer(tmp_path, STANDARD, **{option: value})

    def test_a_second_scheduler(self, tmp_path):
        net = Net()
        optimizer = AdamW(net.parameters(), lr=PEAK)
        with pytest.raises(
            ss.ScheduleError, match=r"^ScheduleTrainer: schedule= takes the place of a scheduler"
        ):
            ScheduleTrainer(
                net, arguments(tmp_path), train_dataset=Examples(64), schedule=STANDARD,
                optimizers=(optimizer, LambdaLR(optimizer, lambda k: 1.0)),
            )  # fmt: skip

    @pytest.mark.parametrize(("schedule", "rule"), [
        ("0 -> ", "parse: "),
        ("0 -> 1e-3 in 10%; -> 0 cosin", "parse: "),
        (3e-4, "ScheduleTrainer: follows a schedule; got 0.0003"),
        (STANDARD.on("tokens"), 'ScheduleTrainer: without per_update it counts the clock "steps" only'),
    ])  # fmt: skip
    def test_what_is_no_schedule_is_refused_when_it_is_built(self, tmp_path, schedule, rule):
        with pytest.raises(ss.ScheduleError, match=f"^{rule}"):
            trainer(tmp_path, schedule)

    @pytest.mark.parametrize(("options", "rule"), [
        ({"on_change": "both"}, "on_change: must be"),
        ({"base_lr": 0.0}, "base_lr: must be"),
        ({"per_group": {"head": STANDARD}}, "per_group: each must match a group"),
    ])  # fmt: skip
    def test_what_is_no_option(self, tmp_path, options, rule):
        made, _ = trainer(tmp_path, STANDARD, drive=options)
        with pytest.raises(ss.ScheduleError, match=rule):
            made.train()

    def test_a_schedule_must_be_given(self, tmp_path):
        with pytest.raises(TypeError, match="schedule"):
            ScheduleTrainer(Net(), arguments(tmp_path))


def trained(*, folder, split=False, together=1, start=None):
    """A run on this rank; all arguments are plain JSON values."""
    made, inside = trainer(
        folder, SPELLED, size=100, num_train_epochs=2, per_device_train_batch_size=8,
        gradient_accumulation_steps=together, accelerator_config={"split_batches": split},
        save_strategy="steps", save_steps=2,
    )  # fmt: skip
    made.train(resume_from_checkpoint=start)
    weights = [float(p.detach().double().sum()) for p in made.model.parameters()]
    return {"rates": inside.rates, "planned": made.state.max_steps, "logged": list(logged(made).values()),
            "weights": weights, "losses": made.model.losses}  # fmt: skip


RUNS = tuple((split, together) for split in (False, True) for together in (1, 3))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What two real processes saw, over gloo."""
    folder = tmp_path_factory.mktemp("trainer")
    runs = {}
    for split, together in RUNS:
        name = f"{split} {together}"
        options = {"folder": str(folder / name), "split": split, "together": together}
        runs[name] = 2, options
        runs[f"{name} resumed"] = 2, {**options, "start": f"{folder / name}/checkpoint-4"}
    return on_ranks(trained, runs)


@pytest.mark.parametrize(("split", "together"), RUNS)
class TestProcesses:
    def test_the_rate_is_that_of_the_update_on_each(self, seen, split, together):
        ranks = seen[f"{split} {together}"]
        for rank in ranks:
            s = ss.parse(SPELLED, ss.Horizon(rank["planned"]))
            assert rank["rates"] == [s(k) for k in range(rank["planned"])]
        assert ranks[0]["logged"] == ranks[0]["rates"]
        assert ranks[0]["weights"] == ranks[1]["weights"]
        assert ranks[0]["losses"] != ranks[1]["losses"]  # the batches are their own

    def test_resumed(self, seen, split, together):
        whole, rest = seen[f"{split} {together}"], seen[f"{split} {together} resumed"]
        assert [rank["rates"] for rank in rest] == [rank["rates"][4:] for rank in whole]
        assert [rank["weights"] for rank in rest] == [rank["weights"] for rank in whole]
