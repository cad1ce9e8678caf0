"""Keras 3: the rate inside the update, in a saved file, under accumulation, by hand, and from a later epoch on.

All of this is written for any backend. It runs under Torch, and ``test_under_jax`` runs it again under JAX.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import stepsize as ss
from stepsize.hosts.keras import KerasSchedule, ScheduleCallback
from tests.hosts.contract import OTHER, PEAK, STANDARD
from tests.hosts.keras_host import PRECISION, Told, fit, model, updates

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # Keras under NumPy 2

TEXT = f"0 -> {PEAK} in 10%; -> 0 cosine"
TRACED = keras.backend.backend() == "jax"


def near(s, stop, start=0):
    return pytest.approx([s(k) for k in range(start, stop)], rel=PRECISION, abs=0.0)


def held(weight):
    """The number in a variable of one."""
    return keras.ops.convert_to_numpy(weight.value).item()


class TestTheRate:
    @pytest.mark.parametrize("k", [0, 1, 6, 23, 2**24 + 1, 2**31 - 1])
    def test_is_that_of_the_formula_rounded_once(self, k):
        schedule = KerasSchedule(ss.warmup_cosine(PEAK, 2**31 - 7, warmup=6))
        rate = schedule(keras.Variable(k, dtype="int32", trainable=False))
        assert keras.ops.convert_to_numpy(rate) == np.float32(schedule.schedule(k))

    @pytest.mark.parametrize("k", [2**24, 2**24 + 1, 2**24 + 2])
    def test_of_a_long_run_knows_each_position(self, k):
        """A position in float32 would skip every other update."""
        s = ss.hold(1.0, 2**24 + 1) >> ss.hold(2.0, 1) >> ss.hold(3.0)
        optimizer = keras.optimizers.SGD(KerasSchedule(s))
        weight = keras.Variable([0.0])
        optimizer.build([weight])
        optimizer.iterations.assign(k)
        optimizer.apply([keras.ops.ones((1,))])
        assert held(weight) == -s(k)

    @pytest.mark.parametrize("count", [3, np.int64(3), np.float32(3.0)])
    def test_of_any_number(self, count):
        assert float(KerasSchedule(STANDARD)(count)) == np.float32(STANDARD(3))

    @pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning")
    @pytest.mark.parametrize(("floats", "found"), [("float64", np.float64), ("float16", np.float32)])
    def test_has_the_precision_of_keras_and_never_half(self, floats, found):
        """JAX without 64 bits has float32 only."""
        keras.config.set_floatx(floats)
        try:
            rate = keras.ops.convert_to_numpy(KerasSchedule(STANDARD)(9))
        finally:
            keras.config.set_floatx("float32")
        assert rate.dtype == (np.float32 if TRACED else found)
        assert rate == rate.dtype.type(STANDARD(9))

    def test_is_used_by_the_optimizers_of_keras(self):
        """With a gradient of one, from zero, plain descent moves by the rate itself."""
        optimizer = keras.optimizers.SGD(KerasSchedule(STANDARD))
        weight = keras.Variable([0.0])
        used = []
        for _ in range(45):
            weight.assign([0.0])
            optimizer.apply([keras.ops.ones((1,))], [weight])
            used.append(-held(weight))
        assert used == near(STANDARD, 45)

    def test_decays_weights_too(self):
        optimizer = keras.optimizers.AdamW(KerasSchedule(STANDARD), weight_decay=0.5)
        weight = keras.Variable([1.0])
        expected = 1.0
        for k in range(20):
            optimizer.apply([keras.ops.zeros((1,))], [weight])
            expected *= 1 - 0.5 * STANDARD(k)
        assert held(weight) == pytest.approx(expected, rel=1e-5)

    def test_where_nothing_can_trace_it_is_refused(self, monkeypatch):
        monkeypatch.setattr("stepsize.hosts._keras_schedule._known", lambda count: None)
        monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
        with pytest.raises(
            ss.ScheduleError, match=r"^KerasSchedule: .* by JAX only; got 'tensorflow'. Compile with a c"
        ):
            KerasSchedule(STANDARD)(3)


class TestWhatIsSaved:
    def test_is_plain_json(self):
        config = KerasSchedule(STANDARD, at=7, gradient_accumulation_steps=4).get_config()
        assert config == {"schedule": STANDARD.to_dict(), "at": 7, "gradient_accumulation_steps": 4}
        again = KerasSchedule.from_config(json.loads(json.dumps(config, allow_nan=False)))
        assert again.get_config() == config
        assert repr(again) == f"KerasSchedule({STANDARD!r}, at=7, gradient_accumulation_steps=4)"

    @pytest.mark.parametrize(
        "s", [ss.sgdr(0.1, 10, growth=2), ss.wsd(1e-3, float("inf"), warmup=5), ss.table([1, 2])]
    )
    def test_passes_through_keras(self, s):
        optimizer = keras.optimizers.AdamW(KerasSchedule(s))
        text = json.dumps(keras.saving.serialize_keras_object(optimizer))
        again = keras.saving.deserialize_keras_object(json.loads(text))
        assert again.get_config()["learning_rate"] == optimizer.get_config()["learning_rate"]

    @pytest.mark.parametrize(("spoiled", "rule"), [
        ({"schedule": None}, "must be a dictionary"),
        ({}, "must be a dictionary"),
        ({"schedule": {"stepsize": 1, "clock": "steps", "schedule": {"type": "ramp"}}}, "must have exactly the fields"),
        ({"schedule": STANDARD.to_dict(), "at": -1}, "KerasSchedule.at: must be a whole number >= 0"),
        ({"schedule": STANDARD.on("tokens").to_dict()}, 'counts the clock "steps" only'),
        ({"schedule": STANDARD.to_dict(), "gradient_accumulation_steps": 0}, "steps: must be a whole number >= 1"),
    ])  # fmt: skip
    def test_is_refused_where_it_is_not_ours(self, spoiled, rule):
        with pytest.raises(ss.ScheduleError, match=rule):
            KerasSchedule.from_config(spoiled)

    def test_what_is_no_schedule_is_refused(self):
        with pytest.raises(ss.ScheduleTypeError, match=r"^KerasSchedule: follows a schedule; got 0.1"):
            KerasSchedule(0.1)


class TestAccumulation:
    """Keras counts micro-batches, and asks a schedule with that count; ``optimizer.iterations`` it divides."""

    def test_update_k_uses_s_of_k(self):
        """Case 9: 45 micro-batches by fours are 11 updates, and one micro-batch is left for the next fit."""
        built = model(KerasSchedule(STANDARD, gradient_accumulation_steps=4), gradient_accumulation_steps=4)
        fit(built, 15, 3, ScheduleCallback(STANDARD))
        assert updates(built) == 11
        assert built.optimizer.rates(11) == near(STANDARD, 11)

    def test_without_a_word_of_it_schedules_run_too_fast(self):
        """The planted fault: the last micro-batch of update k is number 4 k + 3."""
        built = model(KerasSchedule(STANDARD), gradient_accumulation_steps=4)
        fit(built, 15, 2)
        assert built.optimizer.rates(7) == pytest.approx(
            [STANDARD(4 * k + 3) for k in range(7)], rel=PRECISION
        )

    def test_which_the_callback_refuses(self):
        built = model(KerasSchedule(STANDARD), gradient_accumulation_steps=4)
        with pytest.raises(
            ss.ScheduleError, match=r"must know of the optimizer's gradient_accumulation_steps=4; got None"
        ):
            fit(built, 15, 2, ScheduleCallback(STANDARD))

    def test_by_hand_it_is_known(self):
        built = model(0.5, gradient_accumulation_steps=4)
        fit(built, 15, 3, ScheduleCallback(STANDARD))
        assert built.optimizer.rates(11) == near(STANDARD, 11)

    def test_it_goes_on_in_the_middle_of_an_update(self, tmp_path):
        whole = model(KerasSchedule(STANDARD, gradient_accumulation_steps=4), gradient_accumulation_steps=4)
        fit(whole, 15, 3)
        half = model(KerasSchedule(STANDARD, gradient_accumulation_steps=4), gradient_accumulation_steps=4)
        fit(half, 15, 1)
        half.save(tmp_path / "run.keras")
        rest = keras.saving.load_model(tmp_path / "run.keras")
        fit(rest, 15, 3, first=1)
        assert rest.optimizer.rates(11) == whole.optimizer.rates(11) == near(STANDARD, 11)

    def test_of_one_is_none(self):
        assert KerasSchedule(STANDARD, gradient_accumulation_steps=1)(7) == KerasSchedule(STANDARD)(7)


class TestByHand:
    """An optimizer of a constant rate: the callback sets it before each batch."""

    def test_update_k_uses_s_of_k(self):
        built = model(0.5)
        follow = ScheduleCallback(STANDARD)
        fit(built, 15, 3, follow)
        assert built.optimizer.rates(45) == near(STANDARD, 45)
        assert follow.position == 45
        assert follow.schedule == STANDARD

    def test_a_second_fit_goes_on(self):
        built = model(0.5)
        for _ in range(3):
            fit(built, 15, 1, ScheduleCallback(STANDARD))
        assert built.optimizer.rates(45) == near(STANDARD, 45)

    def test_it_goes_on_from_a_file(self, tmp_path):
        whole, half = model(0.5), model(0.5)
        losses = fit(whole, 15, 3, ScheduleCallback(STANDARD))
        first = fit(half, 15, 1, ScheduleCallback(STANDARD))
        half.save(tmp_path / "run.keras")
        rest = keras.saving.load_model(tmp_path / "run.keras")
        assert first + fit(rest, 15, 3, ScheduleCallback(STANDARD), first=1) == losses
        assert rest.optimizer.rates(45) == whole.optimizer.rates(45)

    def test_not_where_batches_run_without_it(self):
        built = model(0.5)
        built.steps_per_execution = 3
        with pytest.raises(ValueError, match=r"steps_per_execution.* (must be|is) 1"):
            fit(built, 15, 1, ScheduleCallback(STANDARD))

    def test_not_beside_a_schedule_of_keras(self):
        built = model(keras.optimizers.schedules.CosineDecay(0.1, 100))
        with pytest.raises(
            ss.ScheduleError, match=r"constant rate, or a KerasSchedule; got 'CosineDecay'. Give it Keras"
        ):
            fit(built, 15, 1, ScheduleCallback(STANDARD))

    def test_nor_beside_one_that_cannot_be_saved(self):
        class Own(keras.optimizers.schedules.LearningRateSchedule):
            def __call__(self, step):
                return 0.1

        with pytest.raises(ss.ScheduleError, match="a KerasSchedule; got 'another schedule'"):
            fit(model(Own()), 15, 1, ScheduleCallback(STANDARD))


class TestSkipped:
    @pytest.mark.parametrize("by_hand", [False, True])
    def test_updates_do_not_count(self, by_hand):
        """Case 10: of 10 batches, 0 and 3 overflow under Keras's own loss scaling."""
        built = model(0.5 if by_hand else KerasSchedule(STANDARD))
        inner = built.optimizer
        built.compile(keras.optimizers.LossScaleOptimizer(inner, initial_scale=4.0), "mse")
        x = np.ones((10, 6), "float32")
        y = np.zeros((10, 1), "float32")
        y[[0, 3]] = np.inf
        built.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=[ScheduleCallback(STANDARD)])
        assert updates(built) == 8
        assert inner.rates(8) == near(STANDARD, 8)


class TestTheLengthOfTheRun:
    @pytest.mark.parametrize(("options", "run"), [
        ({}, ss.Horizon(45, steps_per_epoch=15)),
        ({"gradient_accumulation_steps": 4}, ss.Horizon(11, steps_per_epoch=3.75)),
        ({"gradient_accumulation_steps": 40}, ss.Horizon(1, steps_per_epoch=0.375)),
    ])  # fmt: skip
    def test_is_that_of_fit(self, options, run):
        built, follow = model(0.5, **options), ScheduleCallback(TEXT)
        fit(built, 15, 3, follow)
        run.check(follow.position)
        assert follow.schedule == ss.parse(TEXT, run)
        assert built.optimizer.rates(run.steps) == near(follow.schedule, run.steps)

    def test_is_the_whole_of_it_after_a_resume(self, tmp_path):
        whole, half = model(0.5), model(0.5)
        fit(whole, 15, 3, ScheduleCallback(TEXT))
        follow = ScheduleCallback(TEXT)
        stop = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: setattr(half, "stop_training", True)
        )
        fit(half, 15, 3, follow, stop)
        half.save(tmp_path / "run.keras")
        rest = keras.saving.load_model(tmp_path / "run.keras")
        fit(rest, 15, 3, ScheduleCallback(TEXT), first=1)
        assert rest.optimizer.rates(45) == whole.optimizer.rates(45)

    def test_speaks_of_epochs(self):
        follow = ScheduleCallback(f"0 -> {PEAK} in 1 epoch; hold")
        fit(model(0.5), 15, 2, follow)
        assert follow.schedule == ss.linear(0.0, PEAK, 15) >> ss.hold(PEAK, 15)

    def test_is_not_needed_by_a_spelling_in_updates(self):
        follow = ScheduleCallback(str(STANDARD))
        fit(model(KerasSchedule(STANDARD)), 15, 1, follow)
        assert follow.schedule == STANDARD

    def test_must_be_known(self):
        def batches():
            yield np.ones((2, 6), "float32"), np.ones((2, 1), "float32")

        with pytest.raises(
            ss.HorizonNeeded, match=r"a share of the run needs its length; .* Give fit steps_per_epoch"
        ):
            model(0.5).fit(batches(), shuffle=False, verbose=0, callbacks=[ScheduleCallback(TEXT)])

    def test_begins_with_epoch_0(self):
        built = model(0.5)
        fit(built, 5, 3, ScheduleCallback(TEXT))
        with pytest.raises(
            ss.ScheduleError, match=r"from 0, and this is epoch 0; got 15 updates before it. Give fit its"
        ):
            fit(built, 5, 3, ScheduleCallback(TEXT))

    def test_a_spelling_that_cannot_be_read_is_refused_at_once(self):
        with pytest.raises(ss.ScheduleError, match=r"^parse: "):
            ScheduleCallback("0 -> 1 in 5%; cosin")


class TestResumed:
    def half(self, path, s=STANDARD, **options):
        built = model(KerasSchedule(s), **options)
        fit(built, 15, 1, ScheduleCallback(s))
        built.save(path / "run.keras")
        built.save_weights(path / "run.weights.h5")
        return built

    def test_under_another_schedule_is_an_error_that_shows_both(self, tmp_path):
        """Case 1."""
        self.half(tmp_path)
        built = keras.saving.load_model(tmp_path / "run.keras")
        with pytest.raises(
            ss.CheckpointError, match=r"^ScheduleCallback.on_train_begin: .* at position 15\."
        ) as caught:
            fit(built, 15, 3, ScheduleCallback(OTHER), first=1)
        for s in (STANDARD, OTHER):
            assert f"{s}, which gives {s(15):g} there" in str(caught.value)
        assert updates(built) == 15

    @pytest.mark.parametrize(("on_change", "followed"), [("mine", OTHER), ("saved", STANDARD)])
    def test_a_policy_is_the_way_out_and_is_saved(self, tmp_path, on_change, followed):
        self.half(tmp_path)
        built = keras.saving.load_model(tmp_path / "run.keras")
        follow = ScheduleCallback(OTHER, on_change=on_change)
        fit(built, 15, 3, follow, first=1)
        assert built.optimizer.rates(45, 15) == near(followed, 45, 15)
        assert follow.schedule == followed
        built.save(tmp_path / "again.keras")
        again = keras.saving.load_model(tmp_path / "again.keras")
        assert again.optimizer.get_config()["learning_rate"]["config"]["schedule"] == followed.to_dict()

    def test_a_change_reaches_what_was_already_traced(self):
        built = model(KerasSchedule(STANDARD))
        fit(built, 15, 1)
        fit(built, 15, 2, ScheduleCallback(OTHER, on_change="mine"), first=1)
        assert built.optimizer.rates(15) == near(STANDARD, 15)
        assert built.optimizer.rates(30, 15) == near(OTHER, 30, 15)

    @pytest.mark.parametrize("rate", [0.5, KerasSchedule(STANDARD)], ids=["by hand", "schedule"])
    @pytest.mark.filterwarnings("ignore:Skipping variable loading:UserWarning")
    def test_without_the_count_is_refused(self, tmp_path, rate):
        """Pain 6: Keras loads no optimizer that is not built yet, and the warmup would come again."""
        built = model(rate)
        fit(built, 15, 1, ScheduleCallback(STANDARD))
        built.save_weights(tmp_path / "run.weights.h5")
        rest = model(rate)
        rest.load_weights(tmp_path / "run.weights.h5")
        with pytest.raises(
            ss.CheckpointError, match=r"count of updates; got 0 in epoch 1. Load a saved model; or optim"
        ):
            fit(rest, 15, 3, ScheduleCallback(STANDARD), first=1)
        rest = model(rate)
        rest.optimizer.build(rest.trainable_variables)
        rest.load_weights(tmp_path / "run.weights.h5")
        fit(rest, 15, 3, ScheduleCallback(STANDARD), first=1)
        assert rest.optimizer.rates(45) == near(STANDARD, 45)

    def test_from_weights_alone_by_saying_the_position(self):
        by_hand, rest = model(0.5), model(KerasSchedule(STANDARD, at=15))
        follow = ScheduleCallback(STANDARD, at=15)
        fit(by_hand, 15, 3, follow, first=1)
        fit(rest, 15, 3, ScheduleCallback(STANDARD), first=1)
        assert by_hand.optimizer.rates(30) == near(STANDARD, 45, 15)
        assert rest.optimizer.rates(30) == near(STANDARD, 45, 15)
        assert follow.position == 45

    def test_two_positions_that_differ_are_refused(self):
        with pytest.raises(
            ss.ScheduleError, match=r"at must be that of the optimizer's KerasSchedule, 15; got 16"
        ):
            fit(model(KerasSchedule(STANDARD, at=15)), 15, 1, ScheduleCallback(STANDARD, at=16))

    @pytest.mark.parametrize("rate", [0.5, KerasSchedule(STANDARD)], ids=["by hand", "schedule"])
    @pytest.mark.parametrize("often", ["epoch", 4])
    def test_by_the_backup_of_keras(self, tmp_path, rate, often):
        """Interrupted in an epoch, BackupAndRestore brings weights and count back, and its own initial epoch."""

        class Interrupt(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                if updates(self.model) == 22:
                    raise KeyboardInterrupt

        def backup():
            return keras.callbacks.BackupAndRestore(tmp_path, save_freq=often)

        with pytest.raises(KeyboardInterrupt):
            fit(model(rate), 15, 3, ScheduleCallback(STANDARD), backup(), Interrupt())
        seen = []
        note = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: seen.append((epoch, updates(rest)))
        )
        rest = model(rate)
        fit(rest, 15, 3, ScheduleCallback(STANDARD), backup(), note)
        assert seen[0][1] >= 15
        made = updates(rest)
        assert rest.optimizer.rates(made) == near(STANDARD, made)

    def test_what_is_no_policy_is_refused(self):
        with pytest.raises(
            ss.ScheduleError, match=r'^ScheduleCallback.on_change: must be "error", "mine" or "saved"; got'
        ):
            ScheduleCallback(STANDARD, on_change="theirs")

    @pytest.mark.parametrize("given", [None, 0.1, STANDARD.on("tokens")])
    def test_what_is_no_schedule_is_refused(self, given):
        with pytest.raises(ss.ScheduleError, match=r"^ScheduleCallback"):
            ScheduleCallback(given)


def test_two_hundred_updates_on_digits(tmp_path):
    """Case 3: resumed in the middle, rates and losses are those of the run that was never stopped, bit for bit."""
    images, digits = load_digits(return_X_y=True)
    images, digits = images[:1280].astype("float32") / 16, digits[:1280]
    s = ss.warmup_cosine(0.1, 200, warmup="5%")

    def build():
        keras.utils.set_random_seed(0)
        layers = [keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10)]
        built = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        built.compile(Told(KerasSchedule(s), momentum=0.9), loss)
        return built

    def train(built, epochs, first=0):
        follow = ScheduleCallback("0 -> 0.1 in 5%; -> 0 cosine" if epochs == 5 else s)
        options = {"batch_size": 32, "shuffle": False, "verbose": 0, "initial_epoch": first}
        return built.fit(images, digits, epochs=epochs, callbacks=[follow], **options).history["loss"]

    whole, half = build(), build()
    losses = train(whole, 5)
    first = train(half, 2)
    half.save(tmp_path / "run.keras")
    rest = keras.saving.load_model(tmp_path / "run.keras")
    assert first + train(rest, 5, first=2) == losses
    assert rest.optimizer.rates(200) == whole.optimizer.rates(200) == near(s, 200)
    assert losses[-1] < 0.2 * losses[0]


def run(arguments, **environment):
    """What a fresh Python prints."""
    command = [sys.executable, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_without_a_backend_it_says_what_to_install():
    code = (
        "import sys; sys.modules['keras'] = None\n"
        "import stepsize as ss\n"
        "try: import stepsize.hosts.keras\n"
        "except ss.MissingExtra as error: print(error)"
    )
    found = run(["-c", code])
    assert found.startswith("stepsize.hosts.keras: needs Keras and a backend; got ModuleNotFoundError(")
    assert found.endswith(
        'Write: pip install "stepsize[keras]"; and name its backend, as in KERAS_BACKEND=torch.\n'
    )


if not TRACED:

    def test_under_jax(tmp_path):
        """A file of Torch goes on under JAX. And the same tests where Keras traces the update: see PRECISION."""
        built = model(KerasSchedule(STANDARD), optimizer=keras.optimizers.SGD)
        fit(built, 5, 1)
        built.save(tmp_path / "run.keras")
        code = (
            "import sys, keras, pytest, stepsize.hosts.keras\n"
            "model = keras.saving.load_model(sys.argv[1])\n"
            "print(int(model.optimizer.iterations.value), float(model.optimizer.learning_rate))\n"
            "sys.exit(pytest.main(sys.argv[2:]))"
        )
        chosen = "TestTheRate or TestSkipped or update_k or by_hand_it or without_it or from_a_file or already_traced"
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", chosen, str(Path(__file__))]
        found = run(["-c", code, str(tmp_path / "run.keras"), *options], KERAS_BACKEND="jax")
        assert found.startswith(f"5 {np.float32(STANDARD(5)).item()}\n")

    def test_a_compiled_update_is_compiled_once():
        """Torch would compile the rate of each update into its graph, as a number."""
        import torch
        from torch._dynamo.testing import CompileCounter

        optimizer = keras.optimizers.SGD(KerasSchedule(STANDARD))
        counter = CompileCounter()

        def update(x):
            return x - optimizer.learning_rate

        torch._dynamo.reset()
        compiled = torch.compile(update, backend=counter)
        counts = []
        for k in range(12):
            assert float(compiled(torch.tensor(0.0))) == -np.float32(STANDARD(k))
            optimizer.iterations.assign_add(1)
            counts.append(counter.frame_count)
        torch._dynamo.reset()
        assert counts[2:] == [counts[2]] * 10
