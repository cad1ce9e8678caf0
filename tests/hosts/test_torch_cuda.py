"""On a GPU: CUDA graphs, compiled steps and scaled gradients. Without one all of this is skipped."""

import pytest
import torch
from torch._dynamo.utils import counters
from torch.amp import GradScaler
from torch.optim import AdamW

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule, attach

DEVICE = "cuda"
UPDATES = 50
S = ss.linear(0.0, 1.0, 10) >> ss.cosine(1.0, 0.1, 40)

pytestmark = [
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="needs a CUDA GPU: torch.cuda.is_available() is False"
    ),
    # Torch wants a capturable optimizer to be captured from its first update on.
    pytest.mark.filterwarnings("ignore:This instance was constructed with capturable=True:UserWarning"),
]


def scalar(value):
    return torch.tensor(value, device=DEVICE)


def rounded(rates):
    """As the tensors hold them."""
    return torch.tensor(rates, dtype=torch.float32).tolist()


def zeros(count):
    """Weights whose gradient is 1."""
    weights = [torch.zeros(1, device=DEVICE, requires_grad=True) for _ in range(count)]
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    return weights


def plain(groups, lr):
    """AdamW that remembers nothing, and so moves a weight whose gradient is 1 by the rate."""
    return AdamW(groups, lr=lr, betas=(0.0, 0.0), weight_decay=0.0, capturable=True)


class Captured:
    """A CUDA graph of one update, which notes the rate of each group, and how far the weights moved from 0."""

    def __init__(self, optimizer, weights):
        self.optimizer, self.weights = optimizer, weights
        self.rates = torch.zeros(len(optimizer.param_groups), device=DEVICE)
        self.moved = torch.zeros(len(weights), device=DEVICE)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self.update()  # the state of the optimizer must be there before the capture
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.update()

    @torch.no_grad()
    def update(self):
        for weight in self.weights:
            weight.zero_()
        self.optimizer.step()
        self.rates.copy_(torch.stack([group["lr"] for group in self.optimizer.param_groups]))
        self.moved.copy_(-torch.cat(self.weights))

    def replayed(self):
        """What the next replay notes; reading it waits for the GPU."""
        self.graph.replay()
        return self.rates.tolist(), self.moved.tolist()


class TestGraph:
    def test_each_replay_uses_the_rate_of_its_position(self):
        rate, weights = scalar(1.0), zeros(1)
        address = rate.data_ptr()
        optimizer = plain(weights, rate)
        schedule = TorchSchedule(optimizer, S)
        captured = Captured(optimizer, weights)
        seen = []
        for _ in range(UPDATES):
            seen.append(captured.replayed())
            schedule.step()
        told, moved = ([values[0] for values in part] for part in zip(*seen, strict=True))
        assert told == rounded([S(k) for k in range(UPDATES)])
        assert moved == pytest.approx(told, rel=1e-5, abs=1e-12)
        assert optimizer.param_groups[0]["lr"] is rate
        assert rate.data_ptr() == address
        assert schedule.position == UPDATES

    def test_a_move_reaches_the_next_replay(self):
        weights = zeros(1)
        optimizer = plain(weights, scalar(1.0))
        schedule = TorchSchedule(optimizer, S)
        captured = Captured(optimizer, weights)
        schedule.position = 30
        assert captured.replayed()[0] == rounded([S(30)])
        resumed = schedule.state_dict()
        schedule.position = 0
        schedule.load_state_dict(resumed)
        assert captured.replayed()[0] == rounded([S(30)])

    def test_groups_keep_their_ratios_and_may_follow_schedules_of_their_own(self):
        """Two share the default tensor; one has a tenth of the rate, one a schedule of its own."""
        weights = zeros(4)
        own = [{}, {}, {"lr": scalar(0.1)}, {"lr": scalar(1.0), "name": "head"}]
        groups = [{"params": [weight], **rest} for weight, rest in zip(weights, own, strict=True)]
        optimizer = plain(groups, scalar(1.0))
        tensors = [group["lr"] for group in optimizer.param_groups]
        head = ss.linear(0.5, 0.0, UPDATES)
        schedule = TorchSchedule(optimizer, S, per_group={"head": head})
        captured = Captured(optimizer, weights)
        for k in range(UPDATES):
            told, moved = captured.replayed()
            assert told == pytest.approx([S(k), S(k), 0.1 * S(k), head(k)], rel=1e-6)
            assert moved == pytest.approx(told, rel=1e-5, abs=1e-12)
            schedule.step()
        assert all(group["lr"] is held for group, held in zip(optimizer.param_groups, tensors, strict=True))

    def test_attach_refuses_a_capture_and_nothing_has_moved(self):
        (weight,) = weights = zeros(1)
        optimizer = plain(weights, scalar(1.0))
        handle = attach(optimizer, S, at=7)
        optimizer.step()
        before = weight.item()
        graph = torch.cuda.CUDAGraph()
        said = r"inside a CUDA graph.*Call TorchSchedule.step\(\) after each replay, outside the graph"
        with pytest.raises(ss.ScheduleError, match=said), torch.cuda.graph(graph):
            weight.detach().clone()  # torch warns where a graph is empty
            optimizer.step()
        assert (handle.position, weight.item()) == (8, before)
        assert handle.get_last_lr() == rounded([S(7)])
        optimizer.step()
        assert (handle.position, handle.get_last_lr()) == (9, rounded([S(8)]))
        assert before - weight.item() == pytest.approx(S(8), rel=1e-5)


@pytest.mark.filterwarnings("ignore")  # what torch's compiler says of a GPU is not of schedules
@pytest.mark.parametrize("mode", ["default", "reduce-overhead"])
@pytest.mark.parametrize("drive", [TorchSchedule, attach])
def test_compiled_each_step_uses_its_rate_and_none_is_compiled_again(drive, mode):
    torch._dynamo.reset()
    weights = zeros(3)
    optimizer = plain(weights, scalar(1.0))
    rate = optimizer.param_groups[0]["lr"]
    schedule = drive(optimizer, S)
    step = torch.compile(optimizer.step, mode=mode)
    moved, graphs = [], []
    for _ in range(UPDATES):
        with torch.no_grad():
            for weight in weights:
                weight.zero_()
        step()
        schedule.step()
        moved.append([-weight.item() for weight in weights])
        graphs.append(counters["stats"]["unique_graphs"])
    assert moved == [pytest.approx([S(k)] * 3, rel=1e-5, abs=1e-12) for k in range(UPDATES)]
    assert graphs[1] == graphs[-1]
    assert schedule.position == UPDATES
    assert optimizer.param_groups[0]["lr"] is rate


@pytest.mark.parametrize("rate", [float, scalar])
def test_what_a_scaler_lets_a_fused_optimizer_skip_does_not_count(rate):
    """10 iterations, 0 and 3 are skipped by the optimizer itself: 8 updates, with the rates s(0) to s(7)."""
    weight = torch.ones(3, device=DEVICE, requires_grad=True)
    optimizer = AdamW([weight], lr=rate(1.0), fused=True)
    handle = attach(optimizer, S)
    devices = set()
    optimizer.register_step_post_hook(lambda o, args, kwargs: devices.add(o.found_inf.device.type))
    scaler = GradScaler(DEVICE, init_scale=4.0, growth_interval=1000)
    used = []
    for k in range(10):
        optimizer.zero_grad()
        loss = (weight * weight).sum() * (float("inf") if k in (0, 3) else 1.0)
        scaler.scale(loss).backward()
        before = weight.detach().clone()
        scaler.step(optimizer)
        scaler.update()
        if not torch.equal(before, weight):
            used.append(float(optimizer.param_groups[0]["lr"]))
    assert devices == {DEVICE}
    assert handle.position == 8
    assert used == pytest.approx([S(k) for k in range(1, 8)], rel=1e-6)  # s(0) is 0, and moves nothing
