"""Published schedules: each row against what it says of itself, and the important ones against formulas by hand."""

import math
import pickle
import random
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import stepsize.testing
from stepsize import published
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.published import MODELS, UnknownModel
from stepsize.published.recipe import Recipe

ROOT = Path(__file__).parents[1]
NAMES = [
    "alexnet", "resnet50", "transformer_base", "gpt1", "bert", "gpt2", "t5_11b", "gpt3", "vit_h14", "chinchilla_70b",
    "llama_65b", "llama2_70b", "mistral_7b", "deepseek_llm_7b", "deepseek_llm_67b", "minicpm_2_4b", "deepseek_v2",
    "deepseek_v2_lite", "llama3_405b", "llama3_8b", "llama3_70b", "gemma2", "deepseek_v3", "qwen2_5", "olmo2_7b",
    "olmo2_13b", "olmo2_32b", "smollm2_1_7b", "smollm2_360m", "smollm2_135m", "gemma3", "qwen3", "smollm3_3b",
    "kimi_k2", "olmo3_7b", "olmo3_32b", "nanochat", "modded_nanogpt",
]  # fmt: skip
REFUSED = {
    "alexnet", "resnet50", "gpt2", "vit_h14", "mistral_7b", "minicpm_2_4b", "llama3_8b", "llama3_70b", "gemma2",
    "qwen2_5", "olmo2_13b", "gemma3", "qwen3", "olmo3_32b",
}  # fmt: skip
OPEN = {"gpt1": 100_000, "nanochat": 2_000}  # the length is the user's
FIXED = [name for name in NAMES if name not in REFUSED and name not in OPEN]
SCHEDULES = {name: MODELS[name](OPEN.get(name)) for name in NAMES if name not in REFUSED}

# The rows


def test_the_names_are_these():
    assert list(MODELS) == NAMES
    assert {name for name in NAMES if MODELS[name].schedule is None} == REFUSED
    assert {name for name in NAMES if MODELS[name].needs_steps} == set(OPEN)
    assert set(NAMES) < set(dir(published))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_says_all_that_a_row_must_say(name):
    row = MODELS[name]
    assert isinstance(row, Recipe)
    assert getattr(published, name) is row
    assert re.search(r"arXiv \d{4}\.\d{5}|20(12|18|19)|\w+/[\w-]+, \S+", row.source), "a source one can find"
    for field in Recipe._fields:
        value = getattr(row, field)
        texts = value if isinstance(value, tuple) else [value] if isinstance(value, str) else []
        assert all(text and text == text.strip() and not text.endswith(".") for text in texts), field
    assert row.schedule or row.undisclosed or row.conflicts
    gaps = " ".join((*row.undisclosed, *row.conflicts))
    for field, words in {"peak": "the peak", "warmup": "warmup", "shape": "the shape", "batch": "the batch",
                         "end": "the end|last rate", "horizon": "length|tokens that each|epochs"}.items():  # fmt: skip
        if getattr(row, field) is None and (name, field) != ("nanochat", "batch"):
            assert re.search(words, gaps), f"{field} is not there, and nothing says so"


def test_a_row_is_a_value_that_prints_what_is_known():
    gpt3 = published.gpt3
    assert repr(gpt3) == "published.gpt3"
    assert {gpt3: 1}[pickle.loads(pickle.dumps(gpt3))] == 1
    with pytest.raises(AttributeError):
        gpt3.peak = 1.0
    for row in MODELS.values():
        text = str(row)
        for part in (row.model, row.source, row.checked, *row.undisclosed, *row.assumed, *row.conflicts):
            assert part in text
        assert "None" not in text


# What is not disclosed


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("steps", [None, 1000])
def test_what_is_not_disclosed_raises_and_says_what_is_missing(name, steps):
    row = MODELS[name]
    with pytest.raises(ScheduleError) as caught:
        row(steps)
    text = str(caught.value)
    assert text.startswith(f"published.{name}: ")
    assert f"got {row.model!r}" in text
    for missing in (*row.undisclosed, *row.conflicts):
        assert missing in text


def test_a_conflict_names_both_values():
    with pytest.raises(
        ScheduleError, match=r"contradict each other: .*9e-4 in the report and 3e-4 in the released"
    ):
        published.olmo2_13b()


@pytest.mark.parametrize("name", ["alexnet", "resnet50"])
def test_drops_that_followed_the_error_have_no_schedule(name):
    with pytest.raises(ScheduleError, match=r"drops, which followed the (validation )?error"):
        MODELS[name]()


@pytest.mark.parametrize("name", OPEN)
def test_a_length_that_is_the_users_must_be_given(name):
    with pytest.raises(
        HorizonNeeded, match=rf"published\.{name}: .* needs steps; got None\. Write .*\(steps=\.\.\.\)"
    ):
        MODELS[name]()
    assert MODELS[name](steps=OPEN[name]).length == OPEN[name]


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(UnknownModel, match='Did you mean "gpt3"') as caught:
        _ = published.gpt_3
    assert isinstance(caught.value, AttributeError)
    assert isinstance(caught.value, ScheduleError)
    assert not hasattr(published, "nothing_like_it")
    assert not hasattr(published, "__wrapped__")
    with pytest.raises(ImportError):
        from stepsize.published import gpt_5  # noqa: F401


def test_nothing_is_read_before_it_is_asked_for():
    code = (
        "import sys, stepsize.published as p\n"
        "assert 'tomllib' not in sys.modules and 'stepsize.published.recipe' not in sys.modules, 'too early'\n"
        "p.gpt3; assert 'tomllib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Each schedule against its own row


@pytest.mark.parametrize("check", stepsize.testing.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", SCHEDULES)
def test_it_is_held_to_the_kit(name, check):
    check(SCHEDULES[name])


@pytest.mark.parametrize("name", SCHEDULES)
def test_peak_and_end_are_the_stated_ones(name):
    row, s = MODELS[name], SCHEDULES[name]
    rates = [rate for phase in s.phases() for rate in (phase.first, phase.last)]
    assert max(rates) == pytest.approx(row.peak, rel=1e-12, abs=0)
    assert s(s.length) == pytest.approx(row.end, rel=1e-12, abs=0)


SIZES = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
AMOUNT = re.compile(r"(\d[\d,]*)(?:\.(\d+))?([kMBT]?)\b")


def amount(match):
    """A number as it is printed, and half a unit of its last digit."""
    whole, digits, size = match[1].replace(",", ""), match[2] or "", SIZES[match[3]]
    return float(f"{whole}.{digits}") * size, 0.5 * size * 10.0 ** -len(digits) if digits else 0.0


def stated(text, unit):
    """The sum of what a text states in a unit, and how exactly it says so."""
    parts = [amount(match) for match in re.finditer(AMOUNT.pattern + rf"(?= {unit})", text)]
    return sum(part for part, _ in parts), sum(half for _, half in parts)


@pytest.mark.parametrize("name", FIXED)
def test_the_length_is_the_stated_one(name):
    s = SCHEDULES[name]
    if s.clock == "progress":
        assert (s.length, MODELS[name].horizon) == (1, None)
        return
    length, half = stated(MODELS[name].horizon.split(";")[0], s.clock)
    if name == "llama3_405b":
        length += 40e6 / 16e6  # the last 40M tokens, at the last batch
    assert float(s.length) == pytest.approx(length, abs=half, rel=1e-15)


def tokens_per_step(batch):
    """What the first batch holds: "2304 sequences of 4096 tokens", "4M tokens"."""
    many = [amount(match)[0] for match in AMOUNT.finditer(batch.split(",")[0])]
    return math.prod(many[:2]) if "sequences of" in batch else many[0]


@pytest.mark.parametrize("name", [name for name in SCHEDULES if MODELS[name].warmup != "none"])
def test_the_warmup_is_the_stated_one(name):
    row, s = MODELS[name], SCHEDULES[name]
    length, _ = (
        stated(row.warmup, "(steps|tokens)") if "(" not in row.warmup else stated(row.warmup, "tokens")
    )
    if s.clock == "tokens" and "tokens" not in row.warmup:
        length *= tokens_per_step(row.batch)
    first = s.phases()[0]
    assert first.last == pytest.approx(row.peak, rel=1e-12)
    assert first.stop == pytest.approx(length - (name == "nanochat"), rel=1e-12)  # its first update is 1/40


# Each against a formula written by hand from its source


def fall(x, high, low):
    return low + (high - low) * (1 + math.cos(math.pi * x)) / 2


def transformer(t):
    return 512**-0.5 * min(t**-0.5, t * 4000**-1.5) if t else 0.0


def t5(t):
    return 1 / math.sqrt(max(t, 1e4))


def bert(t):
    return 1e-4 * t / 1e4 if t < 1e4 else 1e-4 * (1e6 - t) / (1e6 - 1e4)


def gpt3(t):
    if t < 375e6:
        return 6e-5 * t / 375e6
    return fall((t - 375e6) / (260e9 - 375e6), 6e-5, 0.1 * 6e-5) if t < 260e9 else 0.1 * 6e-5


def llama(tokens):
    warmup = 2000 * 4e6

    def rate(t):
        return (
            1.5e-4 * t / warmup
            if t < warmup
            else fall((t - warmup) / (tokens - warmup), 1.5e-4, 0.1 * 1.5e-4)
        )

    return rate


def chinchilla(t):
    warmup = 1500 * 1.5e6
    if t < warmup:
        return 1e-7 + (1e-4 - 1e-7) * t / warmup
    return fall((t - warmup) / (1.4e12 - warmup), 1e-4, 1e-5)


def drops(peak, sequences, tokens, first, factors):
    """DeepSeek's: down to the two factors after the first share of the tokens, and after 90% of them."""
    warmup = 2000 * sequences * 4096

    def rate(t):
        if t < warmup:
            return peak * t / warmup
        return peak * (1 if t < first * tokens else factors[0] if t < 0.9 * tokens else factors[1])

    return rate


def deepseek_v3(t):
    warmup = 2000 * 3072 * 4096
    if t < warmup:
        return 2.2e-4 * t / warmup
    if t < 10e12:
        return 2.2e-4
    if t < 14.3e12:
        return fall((t - 10e12) / 4.3e12, 2.2e-4, 2.2e-5)
    return 2.2e-5 if t < 14.8e12 - 167e9 else 7.3e-6


def olmo(t, warmup, horizon, peak):
    return peak * t / warmup if t < warmup else fall((t - warmup) / (horizon - warmup), peak, 0.1 * peak)


def olmo2_7b(t):
    cut = 928_646 * 1024 * 4096
    return olmo(t, 8_388_608_000, 5e12, 3e-4) if t < cut else 6.1499e-5 * (1 - (t - cut) / 50e9)


def olmo2_32b(t):
    horizon, anneal = math.ceil(6.5e12 / (2048 * 4096)), math.ceil(100e9 / (2048 * 4096))
    at_cut = olmo(721_901, 2000, horizon, 6e-4)
    return olmo(t, 2000, horizon, 6e-4) if t < 721_901 else at_cut * (1 - (t - 721_901) / anneal)


def olmo3_7b(t):
    step = 8192 * 512
    middle, stop = 597_046 * step, 1_413_814 * step
    if t < middle:
        return olmo(t, 2000 * step, 5e12, 3e-4)
    if t < stop:  # the second half of a cosine, laid from the middle to 7T
        return fall(0.5 + 0.5 * (t - middle) / (7e12 - middle), 3e-4, 3e-5)
    return 0.00020712352850360292 * (1 - (t - stop) / 100e9)


def smollm(peak, start, steps):
    """The config's: decay from step ``start`` on, over the rest of ``steps``."""
    return lambda t: peak * min(t / 2000, 1.0, (steps - t) / (steps - start))


def kimi(t):
    warmup = 500 * 67e6
    return 2e-4 * t / warmup if t < warmup else fall(max(0.0, (t - 10e12) / 5.5e12), 2e-4, 2e-5)


def llama3_405b(t):
    if t < 8000:
        return 8e-5 * t / 8000
    return fall((t - 8000) / 1_192_000, 8e-5, 8e-7) if t < 1_200_000 else 8e-7 * (1 - (t - 1_200_000) / 2.5)


def gpt1(t):
    return 2.5e-4 * t / 2000 if t < 2000 else fall((t - 2000) / (OPEN["gpt1"] - 2000), 2.5e-4, 0.0)


def nanochat(t):
    n = OPEN["nanochat"]
    down = round(0.65 * n)
    if t < 40:
        return min(1.0, (t + 1) / 40)
    left = (n - t) / down
    return 1.0 if t <= n - down else left + (1 - left) * 0.05


def modded(progress):
    return 1.0 if progress < 1 - 0.7 else (1 - progress) / 0.7


FORMULAS = {
    "transformer_base": transformer,
    "gpt1": gpt1,
    "bert": bert,
    "t5_11b": t5,
    "gpt3": gpt3,
    "chinchilla_70b": chinchilla,
    "llama_65b": llama(1.4e12),
    "llama2_70b": llama(2e12),
    "deepseek_llm_7b": drops(4.2e-4, 2304, 2e12, 0.8, (0.316, 0.1)),
    "deepseek_llm_67b": drops(3.2e-4, 4608, 2e12, 0.8, (0.316, 0.1)),
    "deepseek_v2": drops(2.4e-4, 2304, 8.1e12, 0.6, (0.316, 0.316**2)),
    "deepseek_v2_lite": drops(4.2e-4, 4608, 5.7e12, 0.8, (0.316, 0.316**2)),
    "llama3_405b": llama3_405b,
    "deepseek_v3": deepseek_v3,
    "olmo2_7b": olmo2_7b,
    "olmo2_32b": olmo2_32b,
    "smollm2_1_7b": smollm(5e-4, 4_716_000, 5_240_000),
    "smollm2_360m": smollm(3e-3, 2_080_000, 2_600_000),
    "smollm2_135m": smollm(3e-3, 1_600_000, 2_000_000),
    "smollm3_3b": smollm(2e-4, 4_198_000, 4_720_000),
    "kimi_k2": kimi,
    "olmo3_7b": olmo3_7b,
    "nanochat": nanochat,
    "modded_nanogpt": modded,
}


def test_every_schedule_has_a_formula():
    assert list(FORMULAS) == list(SCHEDULES)


@pytest.mark.parametrize("name", FORMULAS)
def test_it_follows_the_formula_of_its_source(name):
    s, formula, dice = SCHEDULES[name], FORMULAS[name], random.Random(name)
    if s.clock == "progress":
        inside = [dice.random() for _ in range(2000)]
    else:
        inside = [dice.randrange(math.floor(s.length)) for _ in range(2000)]
    near = [int(edge) + by for edge in s.edges for by in (-1000, -1, 0, 1, 1000) if 0 <= edge + by < s.length]
    for t in [*inside, *near]:
        assert s(t) == pytest.approx(formula(t), abs=1e-12 * MODELS[name].peak), f"at {t}"


def test_the_cut_of_olmo_2_is_nearly_where_its_anneal_begins():
    s = published.olmo2_7b()
    cut = 928_646 * 1024 * 4096
    assert s._limit(cut) == pytest.approx(6.1499e-5, rel=3e-3)
    assert s(cut) == 6.1499e-5


# Laid over one's own run


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("steps", [1000, 12_345, "10k"])
def test_steps_lay_it_over_ones_own_run(name, steps):
    own, mine, n = SCHEDULES[name], MODELS[name](steps=steps), 10_000 if steps == "10k" else steps
    assert mine.clock == "steps"
    assert mine.length == n
    assert mine(n) == own(own.length)
    for k in range(1, 200):
        x = (k + 0.123) / 200
        near = 1e-7 * float(own.length)
        rates = [own(x * float(own.length) + by) for by in (-near, near)]
        assert min(rates) - 1e-12 <= mine(x * n) <= max(rates) + 1e-12


@pytest.mark.parametrize("name", ["gpt3", "nanochat"])
@pytest.mark.parametrize("steps", [-1, 2.5, "5%", "soon", True, [10]])
def test_steps_must_be_a_number_of_updates(name, steps):
    with pytest.raises(ScheduleError):
        MODELS[name](steps=steps)


# The page


@pytest.fixture(scope="module")
def generator():
    return runpy.run_path(str(ROOT / "docs" / "published.py"))


def test_the_page_is_what_its_generator_writes(generator):
    assert (ROOT / "docs" / "published.md").read_text() == generator["page"](), (
        "run: python docs/published.py"
    )


def test_the_picture_shows_every_schedule():
    drawn = (ROOT / "docs" / "img" / "published.svg").read_text()
    for name in SCHEDULES:
        assert f">{name}<" in drawn, f"{name} is not drawn: run python docs/published.py"
