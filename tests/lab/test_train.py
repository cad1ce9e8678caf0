"""The training loop: the rate it uses, what it records, and that a seed decides everything."""

import math
from collections import Counter
from dataclasses import replace

import pytest
import torch

import stepsize as ss
from stepsize.lab import corpus, digits, gpt, quadratic, tabular
from tests.lab.plainly import train

PROBLEMS = {
    "gpt": gpt.problem, "digits": digits.problem, "tabular": tabular.problem, "quadratic": quadratic.problem,
    "digits_mlp": lambda seed: digits.problem(seed, convolutional=False),
}  # fmt: skip
SCHEDULE = ss.warmup_cosine(0.05, 20, warmup=3)


def weights(problem):
    return torch.cat([part.detach().flatten() for part in problem.model.parameters()])


@pytest.fixture(params=PROBLEMS)
def build(request):
    return PROBLEMS[request.param]


def test_each_update_uses_the_rate_of_its_position_bit_for_bit(build):
    problem, used = build(0), []
    apply = problem.optimizer.step
    problem.optimizer.step = lambda: (
        used.append([group["lr"] for group in problem.optimizer.param_groups]),
        apply(),
    )
    train(problem, SCHEDULE, 20)
    assert used == [[SCHEDULE(step)] * len(problem.optimizer.param_groups) for step in range(20)]


def test_a_rate_of_zero_changes_nothing(build):
    problem = build(0)
    before = weights(problem)
    train(problem, ss.hold(0.0), 3)
    assert torch.equal(weights(problem), before)


def test_a_seed_gives_the_same_weights_and_batches(build):
    one, two = build(1), build(1)
    assert torch.equal(weights(one), weights(two))
    for _ in range(3):
        assert all(map(torch.equal, one.batch(), two.batch()))


def test_schedules_of_one_seed_see_the_same_batches(build):
    seen = []
    for schedule in (SCHEDULE, ss.hold(0.01)):
        problem = build(0)
        model, inputs = problem.model, []
        problem.model.register_forward_pre_hook(lambda _, given, into=inputs: into.append(given[0].clone()))
        train(problem, schedule, 5)
        assert model is problem.model
        seen.append(inputs)
    assert len(seen[0]) == len(seen[1]) == 10  # five batches and five validations
    assert all(map(torch.equal, *seen))


def test_another_seed_gives_other_weights_and_batches_but_the_same_validation(build):
    one, two = build(0), build(1)
    if not isinstance(one.model, quadratic.Point):  # begins at one place, and has no inputs
        assert not torch.equal(weights(one), weights(two))
    assert not torch.equal(one.batch()[1], two.batch()[1])
    assert all(map(torch.equal, one.held_out, two.held_out))


def test_the_same_run_gives_the_same_bits(build):
    assert train(build(0), SCHEDULE, 10) == train(build(0), SCHEDULE, 10)


@pytest.mark.parametrize(
    ("steps", "positions"),
    [(1, [1]), (3, [1, 2, 3]), (16, [2, 4, 6, 8, 10, 12, 14, 16])],
)
def test_validation_is_measured_at_a_handful_of_points_and_at_the_end(steps, positions):
    history = train(digits.problem(0), SCHEDULE, steps)
    assert [position for position, _ in history.evaluations] == positions


def test_the_gradient_is_clipped_at_one():
    problem, norms = digits.problem(0), []
    problem.model[-1].weight.data *= 1000
    apply = problem.optimizer.step
    problem.optimizer.step = lambda: (
        norms.append(torch.cat([part.grad.flatten() for part in problem.model.parameters()]).norm().item()),
        apply(),
    )
    train(problem, ss.hold(0.0), 2)
    assert norms == pytest.approx([1, 1], rel=1e-3)


def test_a_rate_far_too_high_diverges_and_ends_the_run_there():
    history = train(digits.problem(0), ss.hold(1e30), 20)
    assert 1 < len(history.losses) < 20
    assert not math.isfinite(history.losses[-1])
    assert history.ended == f"diverged: the loss of update {len(history.losses) - 1} is {history.losses[-1]}"


def test_digits_are_read_with_more_than_95_percent_right():
    problem = digits.problem(0)
    train(problem, ss.cosine_annealing(0.1, 700), 700)
    images, answers = problem.held_out
    assert (problem.model(images).argmax(dim=1) == answers).float().mean() > 0.95


def test_no_image_is_both_trained_on_and_held_out(monkeypatch):
    numbered = torch.arange(1797.0)[:, None, None, None].expand(-1, 1, 8, 8)
    monkeypatch.setattr(digits, "data", lambda: (numbered, torch.arange(1797)))
    problem = digits.problem(0)
    assert problem.held_out[1].tolist() == list(range(450))
    for _ in range(200):
        images, answers = problem.batch()
        assert images.shape == (16, 1, 8, 8)
        assert images.amax(dim=(1, 2, 3)).tolist() == answers.tolist()
        assert answers.min() >= 450


def test_no_byte_is_both_trained_on_and_held_out(monkeypatch):
    monkeypatch.setattr(corpus, "read", lambda text: b"a" * 9_000 + b"b" * 1_000)
    problem = gpt.problem(0)
    assert {int(part.unique()) for part in problem.held_out} == {ord("b")}
    for _ in range(200):
        assert {int(part.unique()) for part in problem.batch()} == {ord("a")}


def test_the_optimum_of_the_quadratic_is_known():
    """With exact gradients SGD at rate r keeps (1 - r h)^T of each direction, and its excess is 1/2 sum h x^2."""
    problem, steps, rate = quadratic.problem(0), 50, 0.1
    exact = replace(problem, batch=lambda: (problem.held_out[0], torch.zeros(quadratic.WIDTH)))
    with torch.no_grad():
        problem.model.x.mul_(0.01)  # so that no gradient is clipped
    history = train(exact, ss.hold(rate), steps)
    expected = sum((0.03 * (1 - rate / k) ** steps) ** 2 / k / 2 for k in range(1, quadratic.WIDTH + 1))
    assert history.evaluations[-1] == (steps, pytest.approx(expected, rel=1e-4))


def test_no_patient_is_both_trained_on_and_held_out(monkeypatch):
    monkeypatch.setattr(
        tabular, "data", lambda: (torch.arange(442.0)[:, None].expand(-1, 10), torch.arange(442.0)[:, None])
    )
    problem = tabular.problem(0)
    assert problem.held_out[1].flatten().tolist() == list(range(142))
    assert min(float(problem.batch()[1].min()) for _ in range(100)) == 142


def test_the_gpt_learns_more_than_how_often_each_byte_occurs():
    text = corpus.read()
    counts = Counter(text).values()
    entropy = -sum(count / len(text) * math.log(count / len(text)) for count in counts)
    history = train(gpt.problem(0), ss.wsd(4e-3, 200, warmup="5%", decay="20%"), 200)
    assert history.losses[0] == pytest.approx(math.log(256), abs=0.2)  # knows nothing yet
    assert history.evaluations[-1][1] < entropy - 0.6


def test_the_gpt_does_not_see_the_byte_that_it_predicts():
    model = gpt.problem(0).model
    inputs = torch.randint(256, (1, gpt.CONTEXT), generator=torch.Generator().manual_seed(0))
    changed = inputs.clone()
    changed[0, 20:] = 7
    before, after = model(inputs), model(changed)
    assert torch.allclose(before[0, :20], after[0, :20], atol=1e-6)
    assert not torch.allclose(before[0, 20:], after[0, 20:], atol=1e-3)


def test_windows_follow_the_text():
    inputs, targets = gpt.windows(torch.arange(100), torch.tensor([0, 51]))
    assert inputs[1].tolist() == list(range(51, 99))
    assert targets[1].tolist() == list(range(52, 100))


PROBLEMS = {
    "gpt": gpt.problem,
    "digits": digits.problem,
    "digits_mlp": lambda seed: digits.problem(seed, convolutional=False),
    "tabular": tabular.problem,
    "quadratic": quadratic.problem,
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_all_of_a_problem_moves_to_its_device(name):
    """On the device "meta" nothing is computed, but what was left behind on the CPU is refused as on a GPU."""
    problem = PROBLEMS[name](0)
    model = problem.model.to("meta")
    inputs, targets = (part.to("meta") for part in problem.batch())
    problem.loss(model(inputs), targets).backward()
    assert all(own.grad.device.type == "meta" for own in model.parameters())
    inputs, targets = (part.to("meta") for part in problem.held_out)
    assert (problem.judge or problem.loss)(model(inputs), targets).device.type == "meta"
