"""The same words in every library: what they apply, against the printed table of what was run, and what can be said."""

import pytest

import stepsize as ss
from stepsize.twins.same_words import Words, calls, peers_of, words

COSINE = {  # the rates that were measured at updates 0, 1, 9, 10, 98 and 99: warmup 10, cosine to 0.1, 100 steps
    "torch": (0.1, 0.19, 0.91, 1, 0.101096, 0.100274),
    "transformers": (0, 0.1, 0.9, 1, 0.101096, 0.100274),
    "transformers, t+1": (0.1, 0.2, 1, 0.999726, 0.100274, 0.1),
    "optax": (0, 0.1, 0.9, 1, 0.101096, 0.100274),
    "keras": (0, 0.1, 0.9, 1, 0.101096, 0.100274),
    "timm": (0, 0.1, 0.9, 0.977975, 0.100888, 0.100222),
    "timm, prefix": (0, 0.1, 0.9, 1, 0.101096, 0.100274),
    "ignite": (0, 0.111111, 1, 0.999726, 0.100274, 1.0),
    "mmengine": (0.1, 0.2, 1, 1, 0.101096, 0.100274),
    "composer": (0, 0, 0.8, 0.9, 0.102465, 0.101096),
    "megatron": (0, 0.1, 0.9, 1, 0.101096, 0.100274),
    "deepspeed": (0, 0, 0.8, 0.9, 0.101096, 0.100274),
    "nemo": (0.090909, 0.181818, 0.909091, 1, 0.101096, 0.100274),
    "fairseq": (0.1, 0.19, 0.91, 1, 0.101096, 0.100274),
    "torchtitan": (0.1, 0.2, 1, 1, 0.101096, 0.100274),
    "olmo_core": (0.1, 0.2, 1, 0.999726, 0.100274, 0.1),
    "nanogpt": (0.090909, 0.181818, 0.909091, 1, 0.101096, 0.100274),
    "maxtext": (0, 0.1, 0.9, 1, 0.10028, 0.1),
    "levanter": (0, 0.1, 0.9, 1, 0.101096, 0.100274),
    "pytorch_warmup": (0.1, 0.199956, 0.982132, 0.977975, 0.100888, 0.100222),
}
ASKED = Words(10, 100, "cosine", 0.1)


def test_every_library_of_the_table_is_there():
    assert list(peers_of(ASKED)) == list(COSINE)


@pytest.mark.parametrize("peer", COSINE)
def test_the_measured_rates(peer):
    _, s = peers_of(ASKED)[peer]
    found = [round(s(k), 6) for k in (0, 1, 9, 10, 98, 99)]
    assert found == pytest.approx(COSINE[peer], abs=1.01e-6)


@pytest.mark.parametrize("decay", ["cosine", "linear"])
@pytest.mark.parametrize(
    ("warmup", "steps", "end", "peak"), [(0, 100, 0.0, 1.0), (1, 10, 1e-5, 3e-4), (500, 20_000, 0.0, 3e-4)]
)
def test_whatever_is_asked(decay, warmup, steps, end, peak):
    """Each that takes it comes down from about the peak to about the end; most take all of it."""
    asked = Words(warmup, steps, decay, end, peak)
    made = peers_of(asked)
    assert len(made) >= (10 if warmup else 6)
    for name, (_, s) in made.items():
        rates = [s(k) for k in range(steps)]
        assert max(rates) == pytest.approx(peak, rel=0.1), name
        assert asked.farthest(s) <= 1, name
    assert {ss.parse(call) for call in calls(asked).values() if call in dict(made.values())} <= {
        s for _, s in made.values()
    }


@pytest.mark.parametrize("said", [
    "warmup 10, cosine to 0.1, 100 steps", "Warm up 10, then cosine to 0.1 over 100", "cosine to .1 in 100 updates, warmup 10",
    "linear warmup for 10 steps and cosine decay down to 0.1 over 100 steps with a peak of 1.", "0 -> 1 in 10; -> 0.1 cosine in 90",
])  # fmt: skip
def test_words_are_read_as_people_say_them(said):
    assert words(said) == ASKED


@pytest.mark.parametrize(("said", "rule"), [
    ("", "must be of the form .*The decay is missing"),
    ("warmup 10, cosine", "The steps is missing"),
    ("warmup 10, wiggle, 100 steps", "got 'wiggle, 100 steps'"),
    ("warmup 10, warmup 10, cosine, 100 steps", "got 'warmup 10, cosine, 100 steps'"),
    ("warmup 100, cosine, 100 steps", "the warmup must be shorter than the run; got 100"),
    ("warmup 10, cosine to 2, 100 steps", r"the end must be in \[0, 1\]; got 2.0"),
    ("cosine, 1.5 steps", "must be a whole number"),
    ("0 -> 1 in 10", "a spelling must be of a linear warmup from 0"),
    ("0 -> 1 in 10; -> 0 in 90 on tokens", "in updates"),
    (3, "must be of the form"),
])  # fmt: skip
def test_what_cannot_be_read(said, rule):
    with pytest.raises(ss.ScheduleError, match=rule):
        words(said)
