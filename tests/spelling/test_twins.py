"""Schedules of other libraries in a spelling: ``twin:torch.OneCycleLR(...)``, alone, in a chain, and inside one another."""

import pytest

import stepsize as ss
from stepsize import twins

COSINE = twins.torch.CosineAnnealingLR(0.1, 100)
MEANS = {
    "twin:torch.CosineAnnealingLR(0.1, 100)": COSINE,
    "twin:torch.CosineAnnealingLR(0.1, T_max=100, eta_min=1e-3)": twins.torch.CosineAnnealingLR(0.1, 100, 1e-3),
    "twin:transformers.linear(3e-4, 500, 10k)": twins.transformers.linear(3e-4, 500, 10_000),
    "twin : torch . CosineAnnealingLR ( 0.1 , 100 , )": COSINE,
    "0 -> 0.1 in 10; twin:torch.CosineAnnealingLR(0.1, 100)": ss.linear(0.0, 0.1, 10) >> COSINE,
    "twin:torch.CosineAnnealingLR(0.1, 100)[50:] * 2": COSINE[50:] * 2,
    "twin:torch.CosineAnnealingLR(0.1, 100).stretch(steps=200)": COSINE.stretch(steps=200),
    "twin:torch.MultiStepLR(1, [3, 6], gamma=0.5)": twins.torch.MultiStepLR(1.0, [3, 6], 0.5),
    "twin:torch.SequentialLR(1, [twin:torch.LinearLR(1, 0.1, 1, 10), twin:torch.CosineAnnealingLR(1, 90)], [10])":
        twins.torch.SequentialLR(1.0, [twins.torch.LinearLR(1.0, 0.1, 1.0, 10), twins.torch.CosineAnnealingLR(1.0, 90)], [10]),
    "twin:optax.piecewise_constant_schedule(1, {3: 0.5, 6: 0.1})": twins.optax.piecewise_constant_schedule(1.0, {3: 0.5, 6: 0.1}),
    "twin:keras.ExponentialDecay(0.1, 10, 0.5, staircase=True)": twins.keras.ExponentialDecay(0.1, 10, 0.5, True),
    'twin:transformers.warmup_stable_decay(1, 5, 5, 20, decay_type="linear")':
        twins.transformers.warmup_stable_decay(1.0, 5, 5, 20, decay_type="linear"),
}  # fmt: skip


@pytest.mark.parametrize("text", MEANS)
def test_what_it_means(text):
    assert ss.parse(text) == MEANS[text]


def test_lengths_of_a_run():
    run = ss.Horizon(1000, steps_per_epoch=100)
    assert ss.parse("twin:torch.CosineAnnealingLR(0.1, 3 epochs)", run).length == 300


WRONG = {
    "twin:torhc.StepLR(1, 3)": "twins: must name a library; got 'torhc'. Did you mean \"torch\"?\n    twin:torhc.StepLR(1, 3)\n         ^^^^^",
    "twin:torch.StepLr(1, 3)": "twins.torch: must name a schedule; got 'StepLr'. Did you mean \"StepLR\"?\n    twin:torch.StepLr(1, 3)\n               ^^^^^^",
    "twin:torch": "parse: expected \".\"; got 'the end'.\n    twin:torch\n              ^",
    "twin:torch.StepLR": "parse: expected \"(\"; got 'the end'.\n    twin:torch.StepLR\n                     ^",
    "twin:torch.StepLR(1)": "parse: StepLR must be called as its peer is: missing a required argument: 'step_size'; got 'StepLR'. It takes lr, step_size, gamma.",
    "twin:torch.StepLR(1, 3, gama=2)": "parse: StepLR must be called as its peer is: got an unexpected keyword argument 'gama'; got 'StepLR'.",
    "twin:torch.StepLR(1, 5%)": "parse: a twin takes what its peer takes, and no share; got '5%'.",
    "twin:torch.ReduceLROnPlateau(1)": "twins.torch.ReduceLROnPlateau",
    "twin:torch.__name__()": "twins.torch: must name a schedule; got '__name__'",
    "twin:torch.recipes(1)": "twins.torch: must name a schedule; got 'recipes'",
    "twin:of.x()": "twins: must name a library; got 'of'",
    "twin:torch.suggesting(1)": "twins.torch: must name a schedule; got 'suggesting'",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_one_error_at_its_place(text):
    with pytest.raises(ss.ScheduleError) as caught:
        ss.parse(text)
    assert str(caught.value).startswith(WRONG[text])
    assert "^" in str(caught.value)
