"""The hosts that need nothing but torch or NumPy: both ways of driving an optimizer, an engine, a plain loop, optax."""

import io
import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from torch.optim import AdamW

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule, attach
from tests.hosts.contract import PEAK, Host, Ran
from tests.hosts.recording import Recorded, batches, model


def loaded(saved):
    return torch.load(io.BytesIO(saved), weights_only=True)


def dumped(*states):
    file = io.BytesIO()
    torch.save(list(states), file)
    return file.getvalue()


class Loop(Host):
    """A loop that calls ``TorchSchedule.step()`` after each update."""

    name = "TorchSchedule"
    drive = staticmethod(TorchSchedule)

    def train(self, s, until, *, start=None, on_change="error"):
        net = model()
        optimizer = AdamW(net.parameters(), lr=PEAK)
        schedule = self.drive(optimizer, s, on_change=on_change)
        recorded = Recorded(optimizer)
        if start is not None:
            for part, state in zip((net, optimizer, schedule), loaded(start), strict=True):
                part.load_state_dict(state)
        ran = Ran(recorded.rates, [])
        for x, y in list(batches(until))[schedule.position :]:
            optimizer.zero_grad()
            loss = (net(x) - y).square().mean()
            loss.backward()
            optimizer.step()
            self.after(schedule)
            ran.losses.append(loss.item())
        ran.rates = recorded.first
        ran.checkpoint = dumped(net.state_dict(), optimizer.state_dict(), schedule.state_dict())
        return ran

    def after(self, schedule):
        schedule.step()


class Hooked(Loop):
    """A loop that calls nothing: the schedule is attached to the optimizer."""

    name = "attach"
    drive = staticmethod(attach)

    def after(self, schedule):
        pass


class Restless(Hooked):
    """A framework that calls ``step()`` of an attached schedule as often as it likes."""

    name = "attach, step() called three times an update"

    def after(self, schedule):
        for _ in range(3):
            schedule.step()


class Engine(Host):
    """An engine as DeepSpeed and Megatron are: it updates by itself, never calls ``optimizer.step``, and steps the schedule.

    Its first update must use s(0) and its second s(1): engines that step their scheduler with a lag use one rate twice.
    """

    name = "engine"

    def train(self, s, until, *, start=None, on_change="error"):
        weight = torch.nn.Parameter(torch.tensor([3.0], dtype=torch.float64))
        optimizer = torch.optim.SGD([weight], lr=PEAK)
        schedule = TorchSchedule(optimizer, s, on_change=on_change)
        if start is not None:
            saved, state = loaded(start)
            weight.data.copy_(saved)
            schedule.load_state_dict(state)
        ran = Ran([], [])
        while schedule.position < until:
            rate = optimizer.param_groups[0]["lr"]  # as a fused engine reads it for its own kernel
            ran.losses.append(weight.item() ** 2)
            weight.data -= rate * 2 * weight.data
            ran.rates.append(rate)
            schedule.step()
        ran.checkpoint = dumped(weight.data, schedule.state_dict())
        return ran


class NumPy(Host):
    """A plain loop: the schedule is called, and its JSON stands in the checkpoint."""

    name = "a loop in NumPy"

    def train(self, s, until, *, start=None, on_change="error"):
        weight, first = np.array([3.0, -2.0]), 0
        if start is not None:
            saved = json.loads(start)
            weight, first = np.array(saved["weight"]), saved["position"]
            before = ss.from_dict(saved["schedule"])
            if before != s and on_change == "error":
                raise ss.CheckpointError(f"saved: {before}\nnow: {s}")
            s = before if on_change == "saved" else s
        ran = Ran([], [])
        for k in range(first, until):
            ran.losses.append(float(weight @ weight))
            ran.rates.append(s(k))
            weight = weight - s(k) * 2 * weight
        saved = {"weight": weight.tolist(), "position": until, "schedule": s.to_dict()}
        ran.checkpoint = json.dumps(saved)
        return ran


class Optax(Host):
    """Optax needs no adapter: a schedule is an optax schedule, and its count is in the optimizer's state."""

    name = "optax"
    precision = 16 * 2**-24  # JAX computes in float32; this is what a schedule promises there

    def train(self, s, until, *, start=None, on_change="error"):
        weight = jnp.array([3.0, -2.0])
        optimizer = optax.inject_hyperparams(optax.adam)(learning_rate=s)
        state = optimizer.init(weight)
        if start is not None:
            weight, saved, document = start
            state = jax.tree.unflatten(jax.tree.structure(state), saved)
            before = ss.from_dict(document)
            if before != s and on_change == "error":
                raise ss.CheckpointError(f"saved: {before}\nnow: {s}")
            s = before if on_change == "saved" else s
            optimizer = optax.inject_hyperparams(optax.adam)(learning_rate=s)

        @jax.jit
        def update(weight, state):
            loss, slope = jax.value_and_grad(lambda w: (w * w).sum())(weight)
            change, state = optimizer.update(slope, state)
            return optax.apply_updates(weight, change), state, loss

        ran = Ran([], [])
        while int(state.count) < until:
            weight, state, loss = update(weight, state)
            ran.rates.append(float(state.hyperparams["learning_rate"]))
            ran.losses.append(float(loss))
        ran.checkpoint = weight, jax.tree.leaves(state), s.to_dict()
        return ran
