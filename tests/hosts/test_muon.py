"""Muon for the matrices and AdamW for the rest follow one schedule, each in a ratio of its own, also after a checkpoint."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import AdamW, Muon

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule, attach
from stepsize.lab import digits
from tests.hosts.recording import Recorded

UPDATES, MIDDLE = 200, 87
PEAK, MATRICES, HEAD = 4e-3, 2e-2, 1e-3  # of AdamW's default group, of Muon, and of AdamW's second group
S = ss.wsd(PEAK, UPDATES, warmup="5%", decay="20%")

drives = pytest.mark.parametrize("drive", [TorchSchedule, attach])


class Run:
    """A network for digits; two optimizers, the schedule on each of them, and the rates inside their updates."""

    def __init__(self, drive):
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
        )
        *body, head, bias = self.model.parameters()
        matrices, vectors = body[::2], body[1::2]
        # The peak of the schedule is AdamW's rate; Muon and the head keep their ratios to it.
        muon = Muon(matrices, lr=MATRICES, momentum=0.95, weight_decay=0.1)
        adam = AdamW([{"params": vectors}, {"params": [head, bias], "lr": HEAD}], lr=PEAK)
        self.optimizers = muon, adam
        self.schedules = drive(muon, S, base_lr=PEAK), drive(adam, S)
        self.recorded = Recorded(muon), Recorded(adam)
        self.losses = []

    def train(self, first, until):
        (images, labels), order = digits.data(), torch.Generator().manual_seed(0)
        batches = torch.randint(len(images), (UPDATES, 32), generator=order)
        for chosen in batches[first:until]:
            loss = cross_entropy(self.model(images[chosen]), labels[chosen])
            loss.backward()
            for optimizer, schedule in zip(self.optimizers, self.schedules, strict=True):
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
            self.losses.append(loss.item())

    @property
    def parts(self):
        return self.model, *self.optimizers, *self.schedules

    @property
    def rates(self):
        """Of each update: Muon's, and those of AdamW's two groups."""
        muon, adam = (recorded.rates for recorded in self.recorded)
        return [a + b for a, b in zip(muon, adam, strict=True)]


@drives
def test_both_follow_one_schedule_and_resume_in_the_middle(drive, tmp_path):
    whole, first, rest = Run(drive), Run(drive), Run(drive)
    whole.train(0, UPDATES)
    first.train(0, MIDDLE)
    torch.save([part.state_dict() for part in first.parts], tmp_path / "run.pt")
    for part, state in zip(rest.parts, torch.load(tmp_path / "run.pt", weights_only=True), strict=True):
        part.load_state_dict(state)
    rest.train(MIDDLE, UPDATES)
    assert whole.rates == [[S(k) * (MATRICES / PEAK), S(k), S(k) * (HEAD / PEAK)] for k in range(UPDATES)]
    assert first.rates + rest.rates == whole.rates
    assert first.losses + rest.losses == whole.losses
    assert sum(whole.losses[-20:]) < sum(whole.losses[:20]) / 4  # it has learned


@drives
def test_the_rate_with_which_muon_moves_a_matrix_is_that_of_the_schedule(drive):
    """Without a gradient Muon only decays, by rate * decay: the matrix itself tells the rate that was used."""
    matrix = nn.Parameter(torch.ones(4, 4, dtype=torch.float64))
    muon = Muon([matrix], lr=MATRICES, weight_decay=0.5)
    schedule = drive(muon, S, base_lr=PEAK)
    for k in range(UPDATES):
        before = matrix[0, 0].item()
        matrix.grad = torch.zeros_like(matrix)
        muon.step()
        schedule.step()
        used = (1 - matrix[0, 0].item() / before) / 0.5
        assert used == pytest.approx(S(k) * (MATRICES / PEAK), rel=1e-9, abs=1e-15)


def test_without_base_lr_muon_follows_the_schedule_itself():
    muon = Muon([nn.Parameter(torch.ones(4, 4))], lr=MATRICES)
    assert attach(muon, S, at=100).get_last_lr() == [S(100)]
