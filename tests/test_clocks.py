"""What updates take: sums against a plain loop, the way back, and schedules that go through a plan."""

import copy
import math
import pickle
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize.clocks import Plan, through
from tests.zoo import TYPES

INF = float("inf")
CASE_15 = ss.hold(8, 20) >> ss.hold(16)
STEPS = {
    "a number": 8,
    "case 15": CASE_15,
    "a table": ss.table([8, 16, 24], each=7),
    "a table of parts of updates": ss.table([8, 16, 24], each=2.5),
    "a chain of both": ss.hold(4, 3) >> ss.table([8, 16], each=2) >> ss.hold(32, 5) >> ss.hold(64),
    "that ends": ss.hold(8, 3) >> ss.hold(16, 0),
    "edges between updates": ss.hold(8, 2.5) >> ss.hold(16, 0.4) >> ss.hold(32),
    "a ramp": ss.linear(8, 64, 50),
    "a cosine": ss.hold(8, 5) >> ss.cosine(8, 100, 40),
    "a cycle": (ss.hold(8, 3) >> ss.hold(16, 2)).repeat(),
    "stairs": ss.linear(8, 64, 50).staircase(10),
    "a product": ss.linear(1, 8, 30) * ss.hold(8),
}
OWN = {
    "as it was published": (ss.hold(8, 160) >> ss.hold(16)).on("samples"),
    "an edge inside an update": (ss.hold(8, 161) >> ss.hold(16, 100) >> ss.hold(64)).on("samples"),
    "a phase that is passed over": (ss.hold(100, 150) >> ss.hold(1, 20) >> ss.hold(50)).on("tokens"),
    "a ramp": ss.linear(8, 64, 2000).on("tokens"),
    "a table": ss.table([8, 16, 32], each=100).on("samples"),
}


def looped(per_update, count, k=0, n=0):
    """What is taken after each update, added up one by one."""
    totals = [n]
    for update in range(k, k + count):
        if isinstance(per_update, ss.Schedule):
            each = round(per_update(update if per_update.clock == "steps" else totals[-1]))
        else:
            each = per_update
        totals.append(totals[-1] + each)
    return totals


class TestPlan:
    @pytest.mark.parametrize("per_update", [*STEPS.values(), *OWN.values()], ids=[*STEPS, *OWN])
    def test_it_adds_up(self, per_update):
        totals, plan = looped(per_update, 300), Plan(per_update)
        assert [plan.after(k) for k in range(301)] == totals
        assert [Plan(per_update).after(k) for k in (300, 17, 0)] == [
            totals[300],
            totals[17],
            0,
        ]  # asked at once
        assert [plan.updates(total) for total in totals] == list(range(301))
        assert list(accumulate((plan.takes(k) for k in range(300)), initial=0)) == totals

    @pytest.mark.parametrize("per_update", [*STEPS.values(), *OWN.values()], ids=[*STEPS, *OWN])
    def test_from_the_middle_on(self, per_update):
        plan = Plan(per_update).since(40, 12_345)
        totals = looped(per_update, 200, 40, 12_345)
        assert [plan.after(40 + k) for k in range(201)] == totals
        assert [plan.updates(total) for total in totals] == list(range(40, 241))

    def test_between_updates_in_proportion(self):
        plan = Plan(CASE_15)
        assert (plan.after(19.5), plan.after(20.5)) == (156, 168)
        assert (plan.updates(4), plan.updates(168)) == (0.5, 20.5)
        assert (plan.after(INF), plan.updates(INF)) == (INF, INF)

    def test_nothing_drifts(self):
        """After 10^12 updates of an odd size, and after a ramp whose float sum would be off."""
        assert Plan(ss.hold(3, 7) >> ss.hold(1_000_003)).after(10**12) == 21 + (10**12 - 7) * 1_000_003
        ramp = ss.linear(4e6 + 1, 16e6 + 7, 3000)
        assert Plan(ramp).after(10**7) == sum(round(ramp(k)) for k in range(3000)) + (10**7 - 3000) * (
            16 * 10**6 + 7
        )

    def test_published_in_tokens(self):
        """Llama 3 405B: 4M tokens an update, 8M from 252M tokens on, 16M from 2.87T on (arXiv 2407.21783, 3.4.1)."""
        plan = Plan(ss.parse("4M for 252M; 8M for 2869748M; 16M on tokens"))
        assert plan.counts == "tokens"
        assert plan.after(63) == 252_000_000
        assert plan.updates(2_870_000_000_000) == 63 + 2_869_748 / 8
        assert [plan.takes(k) for k in (62, 63, 358_781, 358_782)] == [
            4 * 10**6,
            8 * 10**6,
            8 * 10**6,
            16 * 10**6,
        ]

    @given(
        st.lists(st.tuples(st.integers(1, 2**40), st.integers(1, 60)), min_size=1, max_size=6),
        st.sampled_from(["steps", "samples"]),
        st.integers(0, 500),
    )
    @settings(max_examples=80, deadline=None)
    def test_any_chain_of_holds(self, phases, clock, k):
        first, *others = [ss.hold(size, length) for size, length in phases]
        for other in others:
            first = first >> other
        total = looped(s := first.on(clock), k)[-1]
        assert (Plan(s).after(k), Plan(s).updates(total)) == (total, k)

    def test_it_is_a_value(self):
        plan = Plan("0.5M")
        assert plan == Plan(500_000) != Plan(8)
        assert plan.after(3) == 1_500_000
        for twin in (copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))):
            assert twin == plan
            assert twin.after(4) == 2_000_000
        assert repr(Plan(CASE_15).since(3, 24)) == "Plan(hold(8.0, 20) >> hold(16.0), first=3, taken=24)"
        with pytest.raises(AttributeError):
            plan.per_update = 3

    @pytest.mark.parametrize(
        ("given", "what"),
        [
            (0, "whole number >= 1; got 0"),
            (2.5, "whole number >= 1; got 2.5"),
            ("5%", "a number of samples or tokens; got '5%'"),
            (None, r"Give a number, or a schedule such as hold\(8, 20\)"),
            ([8, 16], "Give a number, or a schedule"),
            (Plan(8), "takes what a plan is made of"),
            (ss.hold(0, 3) >> ss.hold(8), "at least 1; got 0.0"),
            (ss.hold(8, 3) >> ss.hold(0.4), "at least 1; got 0.4"),
            (ss.linear(0, 8, 10), "at least 1; got 0.0"),
            (ss.linear(8, 0, 10), "at least 1; got 0.0"),
            (ss.table([8, -1, 8]), "at least 1; got -1.0"),
            (ss.hold(8).on("seconds"), 'on the clock "steps", "samples" or "tokens"; got \'seconds\''),
        ],
    )
    def test_wrong_input_fails_when_it_is_built(self, given, what):
        with pytest.raises(ss.ScheduleError, match=f"^Plan.per_update: .*{what}"):
            Plan(given)

    def test_what_shows_only_on_the_way_fails_there(self):
        plan = Plan(ss.hold(8) * ss.linear(1, 0, 100))
        assert plan.after(10) == sum(round(8 * (1 - k / 100)) for k in range(10))
        with pytest.raises(ss.ScheduleError, match="an update must take at least 1; got 0"):
            plan.after(100)

    def test_wrong_questions(self):
        plan = Plan(8).since(20, 100)
        with pytest.raises(
            ss.ScheduleError, match=r"^Plan.after: the plan begins at 20; what was before, .*got 19"
        ):
            plan.after(19)
        with pytest.raises(ss.ScheduleError, match=r"^Plan.updates: the plan begins at 100"):
            plan.updates(99)
        for question in (plan.after, plan.updates, plan.takes):
            for wrong in (-1, math.nan, "5%", None):
                with pytest.raises(ss.ScheduleError):
                    question(wrong)


class TestThrough:
    def test_case_15(self):
        """100 iterations, 8 samples for 20 of them, then 16; WSD, warmup 10, decay 20: 80, 1120, 1440 samples."""
        wsd = ss.wsd(1.0, 100, warmup=10, decay=20)
        s = through(wsd, CASE_15, "samples")
        assert s == ss.wsd(1.0, 1440, warmup=80, decay=320).on("samples")
        assert through(s, CASE_15, "steps") == wsd
        used = [s(Plan(CASE_15).after(k)) for k in range(101)]
        assert used.index(1.0) == 10
        assert [k for k in range(101) if used[k] == 1.0] == list(range(10, 81))
        assert used.index(0.0, 1) == 100
        assert used == [wsd(k) for k in range(101)]  # in each ramp the batch is the same

    def test_case_15_as_it_goes_wrong(self):
        """Iterations times the last batch, as was reported: the peak at 20, the decay from 90 on, half of it at the end."""
        naive = through(ss.wsd(1.0, 100, warmup=10, decay=20), 16, "samples")
        used = [naive(Plan(CASE_15).after(k)) for k in range(101)]
        assert [k for k in range(101) if used[k] == 1.0] == list(range(20, 91))
        assert used[100] == 0.5

    @pytest.mark.parametrize("per_update", STEPS.values(), ids=STEPS)
    @pytest.mark.parametrize("clock", ["samples", "tokens"])
    def test_every_edge_is_where_the_plan_has_it(self, per_update, clock):
        s = ss.linear(0.0, 1.0, 7) >> ss.hold(0.9, 4.5) >> ss.cosine(1.0, 0.1, 60)
        moved = through(s, per_update, clock)
        plan = Plan(per_update)
        assert moved.clock == clock
        assert moved.edges == pytest.approx([plan.after(edge) for edge in s.edges], rel=1e-15)
        for edge in s.edges:
            assert moved(plan.after(edge)) == pytest.approx(s(edge), rel=1e-12)
        back = through(moved, plan, "steps")
        assert back.edges == pytest.approx(s.edges, rel=1e-15)

    @pytest.mark.parametrize("name", [
        "table", "table wide", "chain held by nothing", "sum", "product", "product endless", "clip", "repeat",
        "repeat endless", "repeat real", "repeat in a chain", "cut ramp", "cut endless", "cut at a jump",
        "staircase", "half life", "power law", "hold", "hold 0", "linear 0",
    ])  # fmt: skip
    @pytest.mark.parametrize("per_update", [8, CASE_15, ss.table([8, 16, 24], each=3)])
    def test_what_is_no_single_phase_keeps_its_rate_at_every_update(self, name, per_update):
        s, plan = TYPES[name], Plan(per_update)
        if name in ("chain held by nothing", "repeat in a chain") and per_update != 8:
            s = s[3:]  # a ramp across a change of the batch becomes another curve, and that is meant
        moved = through(s, plan, "tokens")
        for k in range(60):
            assert moved(plan.after(k)) == pytest.approx(s(k), rel=1e-12, abs=1e-15)
        back = through(moved, plan, "steps")
        assert [back(k) for k in range(60)] == pytest.approx([s(k) for k in range(60)], rel=1e-12, abs=1e-15)

    @pytest.mark.parametrize("per_update", [8, CASE_15])
    def test_cycles_that_double_are_exact(self, per_update):
        s, plan = ss.sgdr(1.0, 10, growth=2), Plan(per_update)
        moved = through(s, plan, "samples")
        assert [moved(plan.after(k)) for k in range(200)] == pytest.approx(
            [s(k) for k in range(200)], rel=1e-12
        )

    @pytest.mark.parametrize("per_update", OWN.values(), ids=OWN)
    def test_a_plan_on_its_own_clock(self, per_update):
        s = ss.linear(0.0, 1.0, 7) >> ss.table([0.5, 0.2], each=20) >> ss.hold(0.1)
        plan = Plan(per_update)
        moved = through(s, plan, plan.counts)
        assert moved(plan.after(7)) == 0.5
        assert [moved(plan.after(k)) for k in range(7, 80)] == [s(k) for k in range(7, 80)]

    @pytest.mark.parametrize(
        ("s", "plan", "clock", "what"),
        [
            (ss.hold(1.0), 8, "steps", r"through: goes from \"steps\" to .*got \('steps', 'steps'\)"),
            (ss.hold(1.0), 8, "seconds", "through: goes from"),
            (ss.hold(1.0).on("samples"), 8, "tokens", "through: goes from"),
            (ss.hold(1.0).on("progress"), 8, "steps", "through: goes from"),
            (ss.hold(1.0), OWN["a ramp"], "samples", "through.plan: must count \"samples\"; got 'tokens'"),
            (ss.hold(1.0), Plan(8).since(3, 8), "samples", "through.plan: must begin with update 0"),
            (
                TYPES["repeat grows"],
                8,
                "samples",
                "cycles that grow to lengths that are rounded have no exact",
            ),
            (
                TYPES["repeat grows"] * ss.hold(0.5),
                8,
                "samples",
                "cycles that grow to lengths that are rounded",
            ),
            (3e-4, 8, "samples", "through: converts a schedule; got 0.0003"),
            (ss.hold(1.0), 0, "samples", "Plan.per_update"),
            (ss.sgdr(1.0, 7), ss.table([8, 16]).repeat(), "samples", "at most 10000 times inside a phase"),
        ],
    )
    def test_what_it_refuses(self, s, plan, clock, what):
        with pytest.raises(ss.ScheduleError, match=what):
            through(s, plan, clock)


class TestPlantedFaults:
    """The sums above notice what could go wrong in them."""

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(lambda p, k: k * round(p(k)), id="updates times the present batch"),
            pytest.param(lambda p, k: round(sum(p(j) for j in range(k))), id="rounded only at the end"),
            pytest.param(lambda p, k: sum(round(p(j)) for j in range(1, k + 1)), id="off by one update"),
        ],
    )
    def test_they_differ(self, fault):
        ramp = STEPS["a ramp"]
        assert [fault(ramp, k) for k in range(100)] != looped(ramp, 99)
