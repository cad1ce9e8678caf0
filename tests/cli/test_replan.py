"""``stepsize replan``: what every policy gives, what one writes, and checkpoints of every kind."""

import re

import pytest
import torch

import stepsize as ss
from stepsize import replan
from stepsize.hosts.torch import attach

COSINE = ss.cosine(1.0, 0.0, 100)
HALF_WAY = ["1 -> 0 cosine in 100", "--at", "50"]


def saved(path, s, at, **options):
    handle = attach(torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0), s, at=at, **options)
    torch.save({"model": {}, "schedule": handle.state_dict()}, path)
    return handle


def rows(out):
    """The table: the cells of each policy."""
    found = re.findall(r"^[a-z]? *(\w+) {2,}(.*)$", out.split("\n\n")[1], re.M)
    return {name: cells.split() for name, cells in found}


class TestSideBySide:
    def test_case_1(self, stepsize):
        """What each policy gives at update 50, and where it ends."""
        table = rows(stepsize("replan", *HALF_WAY, "--steps", "200").out)
        assert table["keep"] == ["0.5", "0.146447", "0", "100"]
        assert table["rescale"] == ["0.853553", "0.308658", "0", "200", "jumps"]
        assert table["extend"] == ["0.5", "0.25", "0", "200"]
        assert table["cooldown"] == ["0.5", "0.25", "0", "62"]
        assert table["truncate"] == ["0.5", "0.5", "50"]
        assert table["rewarm"] == ["needs", "--peak", "and", "--warmup"]

    def test_all_of_them(self, stepsize):
        words = [
            "--steps",
            "200",
            "--peak",
            "0.8",
            "--warmup",
            "10%",
            "--factor",
            "2",
            "--append",
            "0.1 for 50",
        ]
        table = rows(stepsize("replan", *HALF_WAY, *words).out)
        assert table["rewarm"] == ["0.5", "0.469459", "0", "200"]
        assert table["change_batch"][0] == "1"
        assert table["change_batch"][-2:] == ["75", "jumps"]
        assert table["append"][-1] == "150"
        assert [name for name, cells in table.items() if "needs" in cells] == ["other"]

    def test_one_that_cannot_be_had_leaves_the_others(self, stepsize):
        code, out, err = stepsize("replan", *HALF_WAY, "--steps", "40")
        assert (code, err) == (0, "")
        assert (
            "  extend        --steps: must not be less than the 50 updates that are applied already; got 40.\n"
            in out
        )
        assert rows(out)["keep"][0] == "0.5"

    def test_one_that_never_ends(self, stepsize):
        table = rows(stepsize("replan", "wsd(3e-4, inf, warmup=100)", "--at", "8k").out)
        assert table["keep"] == ["3e-4", "never"]
        assert table["cooldown"] == ["3e-4", "1.5e-4", "0", "10,000"]

    def test_the_curves_have_letters(self, stepsize):
        out = stepsize("replan", *HALF_WAY, "--steps", "200").out
        picture = out.split("\n\n")[2].splitlines()
        assert len(picture) == 13 + 2 + 5
        assert picture[-5] == "a keep: 1 -> 0 cosine in 100"
        assert all(len(line) <= 80 for line in picture)

    def test_lines_fit_a_narrow_terminal(self, stepsize, monkeypatch):
        monkeypatch.setenv("COLUMNS", "50")
        out = stepsize("replan", *HALF_WAY, "--steps", "200").out
        assert max(len(line) for line in out.split("\n\n")[2].splitlines()) == 50

    def test_what_stays_at_zero_is_said(self, stepsize):
        """A run that is over: "train 100 more" from its end is 100 updates at rate 0."""
        table = rows(stepsize("replan", "1 -> 0 cosine in 100", "--at", "100", "--steps", "200").out)
        assert table["extend"][-3:] == ["stays", "at", "0"]
        assert table["cooldown"][-3:] == ["stays", "at", "0"]
        assert table["rescale"][-1] == "jumps"

    def test_shares_are_of_the_run_that_was_planned(self, stepsize):
        table = rows(stepsize("replan", *HALF_WAY, "--over", "10%", "--steps", "300%").out)
        assert table["cooldown"][-1] == "60"
        assert table["extend"][-1] == "300"

    def test_a_schedule_of_ones_own(self, stepsize):
        out = stepsize("replan", *HALF_WAY, "--other", "1 -> 0 in 150").out
        assert rows(out)["other"] == ["0.666667", "0.333333", "0", "150", "jumps"]
        assert stepsize("replan", *HALF_WAY, "--other", "1 -> 0 in 150", "--policy", "other").out.endswith(
            "\n1 -> 0 in 150\n"
        )


class TestOne:
    @pytest.mark.parametrize(("words", "new"), [
        (["keep"], COSINE),
        (["rescale", "--steps", "0.2k"], replan.rescale(COSINE, 50, 200)),
        (["extend", "--steps", "200", "--end", "0.1", "--shape", "linear"],
         replan.extend(COSINE, 50, 200, end=0.1, shape="linear")),
        (["cooldown"], replan.cooldown(COSINE, 50, 12)),
        (["cooldown", "--over", "20", "--shape", "one_minus_sqrt"],
         replan.cooldown(COSINE, 50, 20, shape="one_minus_sqrt")),
        (["truncate"], replan.truncate(COSINE, 50)),
        (["append", "--append", "1e-3 -> 0 in 50"], replan.append(COSINE, ss.linear(1e-3, 0.0, 50))),
        (["rewarm", "--steps", "200", "--peak", "0.8", "--warmup", "10%"],
         replan.rewarm(COSINE, 50, 200, peak=0.8, warmup="10%")),
        (["rewarm", "--steps", "200", "--peak", "0.8", "--warmup", "20"],
         replan.rewarm(COSINE, 50, 200, peak=0.8, warmup=20)),
        (["change_batch", "--factor", "2", "--rule", "sqrt"], replan.change_batch(COSINE, 50, 2.0, rule="sqrt")),
    ])  # fmt: skip
    def test_the_last_line_is_the_new_schedule(self, stepsize, words, new):
        code, out, err = stepsize("replan", *HALF_WAY, "--policy", *words)
        assert (code, err) == (0, "")
        assert ss.parse(out.splitlines()[-1]) == new
        assert out.startswith(str(replan.explain(COSINE, new, 50)))

    def test_a_file_of_it(self, stepsize, tmp_path):
        for name in ("new.txt", "new.json"):
            assert stepsize("replan", *HALF_WAY, "--policy", "cooldown", "--save", name).code == 0
            done = stepsize("json", name, "--to", "spelling")
            assert ss.parse(done.out) == replan.cooldown(COSINE, 50, 12)
        assert sorted(file.name for file in tmp_path.iterdir()) == [
            "new.json",
            "new.txt",
        ]  # nothing left aside

    def test_what_it_does_not_use_is_said(self, stepsize):
        out = stepsize("replan", *HALF_WAY, "--policy", "keep", "--steps", "200", "--peak", "1").out
        assert "\nNot used by this policy: --steps, --peak\n" in out

    def test_nothing_but_a_schedule_is_written_over(self, stepsize, tmp_path):
        """The checkpoint itself, say."""
        saved("run.pt", COSINE, 50)
        before = (tmp_path / "run.pt").read_bytes()
        (tmp_path / "notes.md").write_text("Mine.")
        for name in ("run.pt", "notes.md"):
            wanted = f"stepsize: --save: a schedule is written over a file with a schedule only; got '{name}'. Name another file.\n"
            assert stepsize("replan", "run.pt", "--policy", "keep", "--save", name) == (2, "", wanted)
        assert (tmp_path / "run.pt").read_bytes() == before
        for _ in range(2):
            assert stepsize("replan", "run.pt", "--policy", "keep", "--save", "plan.txt").code == 0

    def test_a_spelling_with_shares(self, stepsize):
        words = ["0 -> 1 in 5%; -> 0", "--at", "40", "--planned", "100", "--policy", "truncate"]
        last = stepsize("replan", *words).out.splitlines()[-1]
        assert ss.parse(last) == (ss.linear(0.0, 1.0, 5) >> ss.linear(1.0, 0.0, 95))[:40]


class TestCheckpoints:
    @pytest.mark.parametrize(("place", "held"), [
        ("run.pt", lambda state: {"model": {"w": torch.ones(3)}, "schedule": state}),
        ("run.ckpt", lambda state: {"lr_schedulers": [state], "epoch": 3}),
        ("checkpoint-50/scheduler.pt", lambda state: state),
        ("state/scheduler.bin", lambda state: state),
    ])  # fmt: skip
    def test_the_position_and_the_schedule_come_from_it(self, stepsize, tmp_path, place, held):
        state = saved("first.pt", COSINE, 50).state_dict()
        (tmp_path / place).parent.mkdir(exist_ok=True)
        torch.save(held(state), place)
        named = place if place.startswith("run") else place.split("/")[0]
        out = stepsize("replan", named, "--steps", "200").out
        assert out.startswith(f"{named}: 1 -> 0 cosine in 100, at 50\n")
        assert rows(out)["extend"] == ["0.5", "0.25", "0", "200"]

    def test_what_it_writes_resumes_the_run(self, stepsize):
        saved("run.pt", COSINE, 50)
        stepsize("replan", "run.pt", "--steps", "200", "--policy", "extend", "--save", "plan.txt")
        with open("plan.txt") as file:
            new = ss.parse(file.read())
        resumed = attach(torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0), new, on_change="mine")
        resumed.load_state_dict(torch.load("run.pt", weights_only=True)["schedule"])
        assert resumed.get_last_lr() == [COSINE(50)]

    def test_one_that_was_amended_goes_on_from_there(self, stepsize):
        handle = saved("run.pt", ss.hold(1.0), 40)
        handle.cooldown(20)
        handle.position = 50
        torch.save([handle.state_dict()], "run.pt")
        out = stepsize("replan", "run.pt", "--steps", "200").out
        assert "it was given as 1, and changed on the way" in out
        assert rows(out)["extend"][0] == "0.5"

    def test_on_another_clock(self, stepsize):
        saved("run.pt", ss.linear(1.0, 0.0, 1000).on("tokens"), 30, per_update=8)
        out = stepsize("replan", "run.pt", "--steps", "2k", "--policy", "extend").out
        assert ss.parse(out.splitlines()[-1]) == replan.extend(
            ss.linear(1.0, 0.0, 1000).on("tokens"), 240, 2000
        )

    def test_of_several_schedules_one_is_named(self, stepsize):
        states = [saved("x.pt", s, 50).state_dict() for s in (COSINE, COSINE, ss.hold(0.5))]
        torch.save({"lr_schedulers": states[:2]}, "run.pt")
        assert stepsize("replan", "run.pt").code == 0  # they are the same
        torch.save({"lr_schedulers": states}, "run.pt")
        assert stepsize("replan", "run.pt") == (2, "", (
            "stepsize: --part: must say which schedule of the checkpoint changes; got None. "
            "It has lr_schedulers[0], lr_schedulers[1], lr_schedulers[2].\n"))  # fmt: skip
        out = stepsize("replan", "run.pt", "--part", "lr_schedulers[2]").out
        assert out.startswith("run.pt: 0.5, at 50\n")


WRONG = {
    "0 -> 1 in 5": "--at: must say how many updates are applied already; got None.",
    "missing.pt": "missing.pt: must be a readable file; got 'No such file or directory'.",
    "1 --at x": "--at: must be a number",
    "1 --at 5 --policy kep": "--policy: must be one of .*; got 'kep'. Did you mean \"keep\"\\?",
    "1 --at 5 --policy extend": "--policy extend: needs --steps; got 'none'. Give --steps.",
    "1 --at 5 --save x.txt": "--save: writes the schedule of one policy; got 'x.txt'. Add --policy.",
    "1 --at 5 --part x": "--part: is for a checkpoint; got 'x'. Leave it out.",
    "1 --at 5 --policy cooldown --shape cosin": 'ramp.shape: .*Did you mean "cosine"\\?',
    "1 --at 50 --policy extend --steps 40": "--steps: must not be less than the 50 updates that are applied already; got 40.",
    "1 --at 5 --policy keep --save no/x.txt": "no/x.txt: must be writable; got 'No such file or directory'. Make its folder first: no.",
    "-> --at 5": "expected a rate",
    "hold(1).stretch(steps=5%) --at 5": "shares of the run need a horizon. Add --planned.",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong_is_one_clear_error(stepsize, words, tmp_path):
    first, *rest = words.split(" --")
    code, out, err = stepsize("replan", first, *(word for part in rest for word in f"--{part}".split(" ", 1)))
    assert (code, out) == (2, "")
    assert re.match(f"stepsize: {WRONG[words]}", err), err
    assert list(tmp_path.iterdir()) == []
