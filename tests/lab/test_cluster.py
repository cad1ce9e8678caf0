"""The race on Ray: the same runs as here, faults named, and a node that is killed in mid-race costs no run."""

import pytest
import ray
from ray.cluster_utils import Cluster

import stepsize as ss
from stepsize.lab import cluster
from stepsize.lab.plan import plan
from stepsize.lab.race import race

SCHEDULES = {"a": ss.hold(0.1), "b": ss.linear(0.2, 0.0, 30)}


@pytest.fixture
def nodes(monkeypatch):
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    workers = [made.add_node(num_cpus=1) for _ in range(3)]
    ray.init(address=made.address, log_to_driver=False)
    yield made, workers
    ray.shutdown()
    made.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_a_node_that_is_killed_in_mid_race_costs_no_run(nodes, tmp_path):
    made, workers = nodes
    here = race(plan("quadratic", SCHEDULES, seeds=2, steps=30, out=tmp_path / "here"))
    planned = plan("quadratic", SCHEDULES, seeds=2, steps=30, out=tmp_path / "there")
    planned += plan("tests.lab.work:slow", {"c": ss.hold(0.1)}, seeds=4, steps=20, out=tmp_path / "there")
    planned += plan("tests.lab.work:raises", {"c": ss.hold(0.1)}, seeds=1, steps=20, out=tmp_path / "there")
    events = []

    def kill(event):
        events.append(event)
        if event.what == "finished" and len(workers) == 3:
            made.remove_node(workers.pop(), allow_graceful=False)

    runs = cluster.race(planned, kill)
    assert len(workers) == 2
    assert [run.losses for run in runs[:4]] == [run.losses for run in here]
    assert len(runs) == 8
    (failed,) = [event for event in events if event.what == "failed"]
    assert failed.text.startswith("RuntimeError: ")
    assert "out of memory" in failed.text
    assert all(one.path.is_file() for one in planned[:8])
    kept = []
    cluster.race(planned[:8], kept.append)
    assert {event.what for event in kept} == {"kept"}
