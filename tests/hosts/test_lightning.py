"""Lightning: right whatever the interval says, under accumulation, by hand, with several optimizers, and resumed."""

import io
import json
import subprocess
import sys

import lightning.pytorch as lightning
import pytest
import torch
from lightning.pytorch.callbacks import (
    GradientAccumulationScheduler,
    LambdaCallback,
    LearningRateMonitor,
    StochasticWeightAveraging,
)
from lightning.pytorch.loggers.logger import DummyLogger
from lightning.pytorch.plugins.precision import MixedPrecision
from lightning.pytorch.tuner import Tuner
from torch.nn.functional import cross_entropy
from torch.optim import LBFGS, SGD, AdamW
from torch.optim.lr_scheduler import StepLR

import stepsize as ss
from stepsize.hosts.lightning import configure, horizon
from stepsize.hosts.torch import TorchSchedule, attach
from stepsize.lab.digits import data as digits
from stepsize.lab.digits import network
from tests.hosts.contract import OTHER, PEAK, STANDARD
from tests.hosts.lightning_host import QUIET, Module, fit
from tests.hosts.recording import Recorded, model

TEXT = f"0 -> {PEAK} in 10%; -> 0 cosine"


def first(s, updates, start=0):
    return [s(k) for k in range(start, updates)]


class TestWhateverTheIntervalSays:
    @pytest.mark.parametrize("how", [
        lambda handle: handle,
        lambda handle: {"scheduler": handle},
        lambda handle: {"scheduler": handle, "interval": "epoch"},
        lambda handle: {"scheduler": handle, "interval": "epoch", "frequency": 7},
        lambda handle: {"scheduler": handle, "interval": "step"},
        lambda handle: {"scheduler": handle, "interval": "step", "frequency": 3},
    ], ids=["none", "default", "epoch", "seldom", "step", "every third step"])  # fmt: skip
    def test_update_k_uses_s_of_k(self, how):
        class Bare(Module):
            def configured(self, optimizer, trainer):
                return {"optimizer": optimizer, "lr_scheduler": how(attach(optimizer, self.s))}

        module = Bare(STANDARD)
        fit(module, batches=range(15), max_epochs=3)
        assert module.rates == first(STANDARD, 45)

    def test_two_lists_as_lightning_also_takes(self):
        class Bare(Module):
            def configured(self, optimizer, trainer):
                return [optimizer], [attach(optimizer, self.s)]

        module = Bare(STANDARD)
        fit(module, batches=range(15), max_epochs=1)
        assert module.rates == first(STANDARD, 15)

    def test_a_scheduler_that_heeds_it_would_not_be(self):
        """The planted fault: once an epoch is Lightning's default, and what TorchSchedule then says of it."""

        class Epochs(Module):
            def configured(self, optimizer, trainer):
                return [optimizer], [TorchSchedule(optimizer, self.s)]

        module = Epochs(STANDARD)
        with pytest.warns(UserWarning, match=r"step\(\) is called once in 5 updates"):
            fit(module, batches=range(5), max_epochs=4)
        assert module.rates == [STANDARD(k // 5) for k in range(20)]

    def test_a_schedule_that_is_called_works_with_the_interval_step(self):
        class Steps(Module):
            def configured(self, optimizer, trainer):
                schedule = {"scheduler": TorchSchedule(optimizer, self.s), "interval": "step"}
                return {"optimizer": optimizer, "lr_scheduler": schedule}

        module = Steps(STANDARD)
        fit(module, batches=range(15), max_epochs=3)
        assert module.rates == first(STANDARD, 45)


class TestTheLengthOfTheRun:
    @pytest.mark.parametrize(("options", "batches", "updates", "per_epoch"), [
        ({"max_epochs": 3}, 10, 30, 10),
        ({"max_epochs": 3, "accumulate_grad_batches": 4}, 10, 9, 3),
        ({"max_epochs": 3, "limit_train_batches": 0.5}, 10, 15, 5),
        ({"max_epochs": 3, "max_steps": 17}, 10, 17, 10),
        ({"max_epochs": -1, "max_steps": 17}, 10, 17, None),
    ], ids=["epochs", "accumulated", "half an epoch", "whichever is first", "steps"])  # fmt: skip
    def test_is_that_of_the_trainer(self, options, batches, updates, per_epoch):
        """Case 9: as many updates as planned are made, the tail of an epoch included, and the last uses s(N - 1)."""
        found = []

        class Asking(Module):
            def configured(self, optimizer, trainer):
                found.append(horizon(trainer))
                return super().configured(optimizer, trainer)

        module = Asking(TEXT)
        fit(module, batches=range(batches), **options)
        run = ss.Horizon(updates, steps_per_epoch=per_epoch)
        assert found == [run]
        run.check(module.handle.position)
        assert module.rates == first(ss.parse(TEXT, run), updates)

    def test_speaks_of_epochs(self):
        module = Module(f"0 -> {PEAK} in 1 epoch; hold")
        fit(module, batches=range(10), max_epochs=2, accumulate_grad_batches=2)
        assert module.handle.schedule == ss.linear(0.0, PEAK, 5) >> ss.hold(PEAK, 5)

    def test_is_that_of_a_schedule_in_progress(self):
        module = Module(ss.linear(PEAK, 0.0, 1).on("progress"))
        fit(module, batches=range(10), max_epochs=2)
        assert module.rates == [ss.linear(PEAK, 0.0, 1)(k / 20) for k in range(20)]

    def test_is_not_needed_where_the_spelling_speaks_of_updates(self):
        module = Module(str(STANDARD), trainer=False)
        fit(module, max_steps=20)
        assert module.handle.schedule == STANDARD

    def test_needs_the_trainer(self):
        with pytest.raises(
            ss.HorizonNeeded, match=r"^lightning.configure: .* Write configure\(optimizer, s, self.tr"
        ):
            fit(Module(TEXT, trainer=False), max_steps=20)

    def test_takes_the_trainer_and_not_the_module(self):
        module = Module(TEXT)
        with pytest.raises(
            ss.ScheduleTypeError, match=r"(?s)^lightning.horizon: takes the Trainer; .* Give self.trainer"
        ):
            configure(AdamW(module.parameters()), TEXT, module)

    def test_an_endless_run_has_none(self):
        with pytest.raises(
            ss.HorizonNeeded, match=r"an end in updates; got max_steps=-1, max_epochs=-1. Set max_steps"
        ):
            fit(Module(TEXT), max_epochs=-1)

    def test_nor_has_a_loader_without_a_length(self):
        class Endless(torch.utils.data.IterableDataset):
            def __iter__(self):
                yield from range(5)

        with pytest.raises(
            ss.HorizonNeeded, match=r"must have an end in updates; got max_steps=-1, max_epochs=2"
        ):
            fit(Module(TEXT), batches=Endless(), max_epochs=2)

    def test_nor_where_accumulation_changes(self):
        with pytest.raises(
            ss.HorizonNeeded, match="cannot be foreseen where accumulation changes between epochs"
        ):
            fit(
                Module(TEXT),
                batches=range(4),
                max_epochs=3,
                callbacks=[GradientAccumulationScheduler({1: 2})],
            )

    def test_a_schedule_in_updates_is_right_even_there(self):
        module = Module(STANDARD)
        fit(module, batches=range(4), max_epochs=3, callbacks=[GradientAccumulationScheduler({1: 2})])
        assert module.rates == first(STANDARD, 4 + 2 + 2)


class Adversaries(Module):
    """Two optimizers by hand, as in a GAN: the second one steps in every other batch."""

    def __init__(self, *schedules):
        super().__init__(schedules)
        self.automatic_optimization = False
        self.other = model()

    def configure_optimizers(self):
        optimizers = AdamW(self.net.parameters(), lr=PEAK), SGD(self.other.parameters(), lr=PEAK)
        found = [configure(o, s, self.trainer) for o, s in zip(optimizers, self.s, strict=True)]
        self.recorded = [Recorded(optimizer) for optimizer in optimizers]
        return found

    def training_step(self, batch, index):
        for k, (net, optimizer) in enumerate(zip((self.net, self.other), self.optimizers(), strict=True)):
            if batch % (k + 1) == 0:
                x, y = self.data[batch % len(self.data)]
                optimizer.zero_grad()
                self.manual_backward((net(x) - y).square().mean())
                optimizer.step()

    @property
    def rates(self):
        return [recorded.first for recorded in self.recorded]


class TestByHand:
    def test_each_optimizer_counts_its_own_updates(self):
        module = Adversaries(STANDARD, OTHER)
        trainer = fit(module, batches=range(10), max_epochs=3)
        assert trainer.global_step == 45  # Lightning's own count is that of both together
        assert module.rates == [first(STANDARD, 30), first(OTHER, 15)]

    def test_both_go_on_from_a_checkpoint(self, tmp_path):
        whole, half, rest = (Adversaries(STANDARD, OTHER) for _ in range(3))
        fit(whole, batches=range(10), max_epochs=3)
        fit(half, batches=range(10), max_epochs=2).save_checkpoint(tmp_path / "run.ckpt")
        fit(rest, batches=range(10), max_epochs=3, checkpoint=tmp_path / "run.ckpt")
        for k in (0, 1):
            assert half.rates[k] + rest.rates[k] == whole.rates[k]
        assert all(map(torch.equal, whole.parameters(), rest.parameters()))

    def test_their_schedules_cannot_be_exchanged(self, tmp_path):
        fit(Adversaries(STANDARD, OTHER), batches=range(4), max_epochs=1).save_checkpoint(
            tmp_path / "run.ckpt"
        )
        with pytest.raises(ss.CheckpointError, match="must be of the present schedule"):
            fit(
                Adversaries(OTHER, STANDARD), batches=range(4), max_epochs=2, checkpoint=tmp_path / "run.ckpt"
            )

    def test_a_share_of_max_steps_would_be_a_share_of_both(self):
        rule = "under manual optimization, max_steps counts the steps of all optimizers together; got 20"
        with pytest.raises(
            ss.HorizonNeeded, match=rf"^lightning.horizon: {rule}. Give a schedule in updates"
        ):
            fit(Adversaries(TEXT, TEXT), batches=range(10), max_epochs=3, max_steps=20)

    def test_a_share_of_epochs_is_one_of_batches(self):
        module = Adversaries(TEXT, STANDARD)
        fit(module, batches=range(10), max_epochs=3)
        assert module.rates[0] == first(ss.parse(TEXT, ss.Horizon(30)), 30)

    def test_calling_the_schedule_by_hand_changes_nothing(self):
        class Calling(Adversaries):
            def on_train_batch_end(self, *_):
                for schedule in self.lr_schedulers():
                    schedule.step()

        module = Calling(STANDARD, OTHER)
        fit(module, batches=range(10), max_epochs=1)
        assert module.rates == [first(STANDARD, 10), first(OTHER, 5)]

    def test_an_optimizer_that_lightning_has_wrapped_is_taken(self):
        module = Adversaries(STANDARD, OTHER)
        fit(module, batches=range(2), max_epochs=1)
        wrapped = module.optimizers()[0]
        assert configure(wrapped, STANDARD)["optimizer"] is wrapped.optimizer


class TestWhatCountsAsAnUpdate:
    def test_not_one_that_the_scaler_skips(self):
        """Case 10: 10 batches, of which 0 and 3 overflow."""

        class Overflowing(Module):
            def training_step(self, batch, index):
                return super().training_step(batch, index) * (float("inf") if batch in (0, 3) else 1.0)

        module = Overflowing(STANDARD)
        precision = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=4.0))
        trainer = fit(module, batches=range(10), max_epochs=1, plugins=[precision])
        assert trainer.global_step == 10
        assert module.rates == first(STANDARD, 8)

    def test_one_although_its_closure_runs_often(self):
        module = Module(STANDARD, build=lambda params, lr: LBFGS(params, lr, max_iter=4))
        fit(module, max_steps=6)
        assert len(module.losses) > 6
        assert module.rates == first(STANDARD, 6)

    def test_what_attach_takes_is_passed_on(self):
        module = Module(ss.linear(PEAK, 0.0, 320).on("samples"), per_update=16, base_lr=2 * PEAK)
        fit(module, max_steps=20)
        assert module.rates == [ss.linear(PEAK, 0.0, 320)(16 * k) / 2 for k in range(20)]

    def test_clipping_changes_nothing(self):
        module = Module(STANDARD)
        fit(module, max_steps=12, gradient_clip_val=0.1)
        assert module.rates == first(STANDARD, 12)

    def test_one_without_a_loss_as_lightning_counts_it(self):
        class Silent(Module):
            def training_step(self, batch, index):
                return None if batch == 2 else super().training_step(batch, index)

        module = Silent(STANDARD)
        with pytest.warns(UserWarning, match="`training_step` returned `None`"):
            trainer = fit(module, batches=range(6), max_epochs=1)
        assert module.handle.position == trainer.global_step == 6


class Memory(DummyLogger):
    def __init__(self):
        super().__init__()
        self.logged = []

    def log_metrics(self, metrics, step=None):
        self.logged += [rate for name, rate in metrics.items() if name.startswith("lr-")]


class TestSchedulersOfLightning:
    """It exchanges the schedulers of a trainer in two places, and the rates remain those of the schedule."""

    rule = "the schedule must be among those of the trainer; got {}, while it sets the rates. Return what configure"

    @pytest.mark.filterwarnings("ignore:`isinstance.treespec:FutureWarning")  # of Torch, to Lightning
    def test_the_finder_is_noticed(self, tmp_path):
        module = Module(STANDARD)
        module.lr = PEAK
        options = {**QUIET, "enable_checkpointing": True, "default_root_dir": tmp_path}
        trainer = lightning.Trainer(**options, max_epochs=1)
        with pytest.warns(UserWarning, match=self.rule.format("_ExponentialLR")):
            Tuner(trainer).lr_find(module, list(range(20)), num_training=5)

    @pytest.mark.filterwarnings("ignore:SWA is currently only supported every epoch")
    def test_weight_averaging_is_noticed(self):
        module = Module(STANDARD)
        averaging = StochasticWeightAveraging(swa_lrs=0.5, swa_epoch_start=1)
        with pytest.warns(UserWarning, match=self.rule.format("SWALR")):
            fit(module, batches=range(4), max_epochs=3, callbacks=[averaging])
        assert module.rates == first(STANDARD, 12)

    def test_one_that_was_not_returned_is_noticed(self):
        class Forgetful(Module):
            def configured(self, optimizer, trainer):
                return super().configured(optimizer, trainer)["optimizer"]

        with pytest.warns(UserWarning, match=self.rule.format("none")):
            fit(Forgetful(STANDARD), max_steps=4)


class TestWhatIsLogged:
    @pytest.mark.parametrize("accumulated", [1, 2])
    def test_is_the_rate_that_is_used(self, accumulated):
        logger, module = Memory(), Module(STANDARD)
        options = {"log_every_n_steps": 1, "accumulate_grad_batches": accumulated}
        fit(
            module,
            batches=range(20),
            max_epochs=1,
            logger=logger,
            callbacks=[LearningRateMonitor()],
            **options,
        )
        assert logger.logged[::accumulated] == module.rates == first(STANDARD, 20 // accumulated)

    def test_by_hand_too(self):
        logger, module = Memory(), Adversaries(STANDARD, OTHER)
        fit(
            module,
            batches=range(8),
            max_epochs=1,
            logger=logger,
            callbacks=[LearningRateMonitor()],
            log_every_n_steps=1,
        )
        assert logger.logged[::2] == module.rates[0]
        assert logger.logged[1::4] == module.rates[1]

    def test_after_a_resume_from_the_first_update_on(self, tmp_path):
        fit(Module(STANDARD), max_steps=20).save_checkpoint(tmp_path / "run.ckpt")
        logger, module = Memory(), Module(STANDARD)
        options = {"logger": logger, "callbacks": [LearningRateMonitor()], "log_every_n_steps": 1}
        fit(module, max_steps=30, checkpoint=tmp_path / "run.ckpt", **options)
        assert logger.logged == module.rates == first(STANDARD, 30, 20)

    def test_is_let_go_of_with_the_schedule(self):
        optimizer = SGD([torch.ones(1, requires_grad=True)], lr=PEAK)
        configure(optimizer, STANDARD)["lr_scheduler"]["scheduler"].detach()
        optimizer.param_groups[0]["lr"] = 0.5
        optimizer.step()
        assert optimizer.param_groups[0]["lr"] == 0.5


class TestResumed:
    def test_under_a_longer_run_a_share_is_of_another_schedule(self, tmp_path):
        """Case 1: more epochs than before are not followed in silence."""
        path = tmp_path / "run.ckpt"
        fit(Module(TEXT), batches=range(10), max_epochs=2).save_checkpoint(path)
        with pytest.raises(ss.CheckpointError, match=r"got another one, at position 20\.") as caught:
            fit(Module(TEXT), batches=range(10), max_epochs=4, checkpoint=path)
        for updates in (20, 40):
            assert str(ss.parse(TEXT, ss.Horizon(updates))) in str(caught.value)
        mine = Module(TEXT, on_change="mine")
        fit(mine, batches=range(10), max_epochs=4, checkpoint=path)
        assert mine.rates == first(ss.parse(TEXT, ss.Horizon(40)), 40, 20)

    def test_from_a_checkpoint_that_is_loaded_safely(self, tmp_path):
        fit(Module(STANDARD), max_steps=20).save_checkpoint(tmp_path / "run.ckpt")
        saved = torch.load(io.BytesIO((tmp_path / "run.ckpt").read_bytes()), weights_only=True)
        held = attach(SGD([torch.ones(1, requires_grad=True)], PEAK), STANDARD, at=20)
        assert saved["lr_schedulers"] == [held.state_dict()]

    @pytest.mark.parametrize("build", [AdamW, SGD])
    def test_from_one_without_a_schedule_is_refused(self, tmp_path, build):
        """Pain 6: Lightning loads the schedules that there are, and the warmup would come again."""

        class Before(Module):
            def configured(self, optimizer, trainer):
                return optimizer

        path = tmp_path / "run.ckpt"
        fit(Before(STANDARD, build=build), max_steps=20).save_checkpoint(path)
        with pytest.raises(
            ss.CheckpointError, match=r"must hold the position .* got none, at global step 20\. .*at="
        ):
            fit(Module(STANDARD, build=build), max_steps=30, checkpoint=path)
        module = Module(STANDARD, build=build, at=20)
        fit(module, max_steps=30, checkpoint=path)
        assert module.rates == first(STANDARD, 30, 20)

    def test_from_one_of_a_torch_scheduler_is_refused(self, tmp_path):
        class Before(Module):
            def configured(self, optimizer, trainer):
                return [optimizer], [StepLR(optimizer, 5)]

        fit(Before(STANDARD), max_steps=20).save_checkpoint(tmp_path / "run.ckpt")
        with pytest.raises(ss.CheckpointError, match="This is the state of a torch scheduler"):
            fit(Module(STANDARD), max_steps=30, checkpoint=tmp_path / "run.ckpt")

    def test_before_the_first_update_nothing_is_missing(self, tmp_path):
        trainer = fit(Module(STANDARD), max_steps=0)
        trainer.save_checkpoint(tmp_path / "run.ckpt")
        module = Module(STANDARD)
        fit(module, max_steps=10, checkpoint=tmp_path / "run.ckpt")
        assert module.rates == first(STANDARD, 10)


class Digits(lightning.LightningModule):
    """The network of the race on real digits."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.net = network()
        self.losses = []

    def training_step(self, batch, index):
        images, labels = digits()
        chosen = torch.randint(450, 1797, (16,), generator=torch.Generator().manual_seed(self.global_step))
        loss = cross_entropy(self.net(images[chosen]), labels[chosen])
        self.losses.append(loss.item())
        return loss

    def configure_optimizers(self):
        optimizer = SGD(self.parameters(), lr=0.1, momentum=0.9)
        found = configure(optimizer, "0 -> 0.1 in 5%; -> 0 cosine", self.trainer)
        self.recorded = Recorded(optimizer)
        return found


def test_two_hundred_updates_on_digits(tmp_path):
    """Case 3: resumed in the middle of an epoch, rates and losses are those of the run that went on, bit for bit."""
    whole, rest = Digits(), Digits()

    def keep(trainer, *_):
        if trainer.global_step == 100:
            trainer.save_checkpoint(tmp_path / "run.ckpt")

    fit(whole, batches=range(40), max_epochs=5, callbacks=[LambdaCallback(on_train_batch_end=keep)])
    fit(rest, batches=range(40), max_epochs=5, checkpoint=tmp_path / "run.ckpt")
    s = ss.parse("0 -> 0.1 in 5%; -> 0 cosine", ss.Horizon(200))
    assert whole.recorded.first == first(s, 200)
    assert rest.recorded.first == first(s, 200, 100)
    assert rest.losses == whole.losses[100:]
    assert sum(whole.losses[-20:]) < 0.3 * sum(whole.losses[:20])


def test_two_processes_do_not_share_the_updates_out(tmp_path):
    """Case 8: each of two processes makes all updates of a run half as long, at the same rates."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.hosts.lightning_host", TEXT, str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True)
    planned = first(ss.parse(TEXT, ss.Horizon(20)), 20)
    assert [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)] == [planned, planned]


def test_without_lightning_it_says_what_to_install():
    code = (
        "import sys; sys.modules['lightning'] = sys.modules['pytorch_lightning'] = None\n"
        "import stepsize as ss\n"
        "try: import stepsize.hosts.lightning\n"
        "except ss.MissingExtra as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == (
        "stepsize.hosts.lightning: needs Lightning; got ImportError(\"No module named 'lightning'\"). "
        'Write: pip install "stepsize[lightning]"\n'
    )
