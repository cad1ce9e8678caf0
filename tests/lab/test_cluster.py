"""The race on Ray: the same runs as here, faults named, and a node that is killed in mid-race costs no run."""

import pytest
import ray
from ray.cluster_utils import Cluster

import stepsize as ss
from stepsize.lab import cluster
from stepsize.lab.halving import Halving, rungs
from stepsize.lab.make import UNSEEN
from stepsize.lab.plan import plan
from stepsize.lab.race import race
from tests.lab.said import said

GOOD = "tests.lab.work:good"
SCHEDULES = {"a": ss.hold(0.1), "b": ss.linear(0.2, 0.0, 30)}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def nodes():
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    workers = [made.add_node(num_cpus=1) for _ in range(3)]
    ray.init(address=made.address, log_to_driver=False)
    yield made, workers
    ray.shutdown()
    made.shutdown()
    patch.undo()


def test_a_node_that_is_killed_in_mid_race_costs_no_run(nodes, tmp_path):
    made, workers = nodes
    here = race(plan(GOOD, SCHEDULES, seeds=2, steps=30, out=tmp_path / "here"))
    planned = plan(GOOD, SCHEDULES, seeds=2, steps=30, out=tmp_path / "there")
    planned += plan("tests.lab.work:slow", {"c": ss.hold(0.1)}, seeds=4, steps=20, out=tmp_path / "there")
    events = []

    def kill(event):
        events.append(event)
        if event.what == "finished" and len(workers) == 3:
            made.remove_node(workers.pop(), allow_graceful=False)

    runs = cluster.race(planned, kill)
    assert len(workers) == 2
    assert [run.losses for run in runs[:4]] == [run.losses for run in here]
    assert len(runs) == 8
    assert all(one.path.is_file() for one in planned)
    kept = []
    cluster.race(planned, kept.append)
    assert {event.what for event in kept} == {"kept"}


def test_what_a_task_does_wrong_is_named_and_costs_its_own_run(nodes, tmp_path):
    planned = [
        one
        for task in ("good", "raises", "dies", "hangs")
        for one in plan(f"tests.lab.work:{task}", {"c": ss.hold(0.1)}, seeds=1, steps=20, out=tmp_path)
    ]
    events = []
    (run,) = cluster.race(planned, events.append, silence=10)
    assert run.task == "tests.lab.work:good"
    assert sorted(said(events, "failed")) == [
        "RuntimeError: out of memory (work.py, line #)",
        "it logged nothing for 10 seconds, and was ended",
        "its process ended: killed by SIGKILL",
    ]


def test_that_a_rate_is_not_known_is_said_of_a_run_on_a_node(nodes, tmp_path):
    events = []
    cluster.race(
        plan("tests.lab.work:sparse", {"c": ss.hold(0.1)}, seeds=1, steps=20, out=tmp_path), events.append
    )
    assert said(events, "finished") == [UNSEEN]


def test_all_nodes_ask_one_judge(nodes, tmp_path):
    """Who is hopeless here is so by runs that were made on other nodes, and by those that were stored before."""
    good = {f"good{k}": ss.linear(1.0, 0.0, 60) for k in range(4)}
    cluster.race(plan(GOOD, {"good0": good["good0"]}, seeds=1, steps=60, out=tmp_path, rungs=rungs(60)))
    schedules = good | {f"hopeless{k}": ss.hold(1e-6) for k in range(2)}
    planned = plan(GOOD, schedules, seeds=1, steps=60, out=tmp_path, rungs=rungs(60))
    runs = {run.name: run for run in cluster.race(planned, jobs=1, halving=Halving())}
    assert all(runs[name].steps == 60 for name in good)
    for name in ("hopeless0", "hopeless1"):
        assert runs[name].steps in rungs(60)
        assert runs[name].ended.startswith(f"stopped at update {runs[name].steps}: the loss is ")


def test_what_does_not_fit_beside_others_is_made_alone(nodes, tmp_path):
    made, _ = nodes
    node = made.add_node(num_cpus=4, num_gpus=1)
    planned = plan(
        "tests.lab.work:never_fits", {"c": ss.hold(0.1)}, seeds=1, steps=20, out=tmp_path, device="cuda"
    )
    events = []
    assert not cluster.race(planned, events.append)
    made.remove_node(node)
    text = "MemoryError: RESOURCE_EXHAUSTED: Out of memory (work.py, line #)"
    assert said(events) == [f"alone on a GPU: {text}", text]
