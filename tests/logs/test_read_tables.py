"""Tables and JSON as people have them: delimiters, headers, nested names, what is torn."""

import json

import numpy as np
import pytest

from stepsize.errors import ScheduleError
from stepsize.logs.reading import detect, read

RATES = [0.0, 0.125, 0.25, 0.1875, 0.0625]
ROWS = [(10 * k, rate, 3.0 - k / 4) for k, rate in enumerate(RATES)]
LOSSES = [loss for _, _, loss in ROWS]


@pytest.fixture
def log(tmp_path):
    def write(text, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def table(header="step,lr,loss", rows=ROWS, sign=","):
    return "\n".join([header.replace(",", sign), *(sign.join(map(str, row)) for row in rows)]) + "\n"


def the_same(trace):
    assert trace.steps.tolist() == [0, 10, 20, 30, 40]
    assert trace.rates.tolist() == RATES
    assert trace.losses.tolist() == LOSSES


@pytest.mark.parametrize("text", [
    table(),
    table(sign="\t"),
    table(sign=";"),
    table('"step","lr","loss"'),
    "\ufeff" + table(),
    "\n\n" + table().replace("\n", "\n\n"),
    table().replace("\n", "\r\n"),
    table("# step,lr,loss"),
    table(",step,lr,loss", [(k, *row) for k, row in enumerate(ROWS)]),  # the index that pandas writes
    table("Iteration,Learning Rate,Training Loss"),
    table(rows=ROWS[:2]) + table(rows=ROWS[2:]),  # the header again, after a resume
    table(rows=ROWS[:2]) + table("loss,epoch,step,lr", [(x, 1, s, r) for s, r, x in ROWS[2:]]),  # with other columns
    table(rows=ROWS[:2]) + table("step,learning_rate,loss", ROWS[2:]),  # and another name
    table(sign=";").replace(".", ","),  # as a German spreadsheet has it
], ids=range(14))  # fmt: skip
def test_tables(log, text):
    path = log(text)
    assert detect(path) == "csv"
    the_same(read(path))


def test_a_header_may_stand_alone_for_a_while(log):
    path = log("step,lr,loss\n")
    assert detect(path) == "csv"
    with pytest.raises(ScheduleError, match="must hold learning rates; got 'none in it'"):
        read(path)


def test_columns_by_rank(log):
    header = "epoch,lr_scheduler_last_epoch,lr/group1,learning_rate,global_step,eval_loss,train_loss,step"
    rows = [(k, 9, 0.5, rate, 100 * k, 7.0, 2.0, k) for k, rate in enumerate(RATES)]
    trace = read(log(table(header, rows)))
    assert trace.columns == {"step": "global_step", "rate": "learning_rate", "loss": "train_loss"}
    assert "rate: column 'learning_rate' (also there: 'lr/group1')" in trace.notes
    assert "step: column 'global_step' (also there: 'epoch', 'step')" in trace.notes


def test_the_loss_of_a_validation_only_where_there_is_no_other(log):
    assert read(log(table("step,lr,val_loss"))).columns["loss"] == "val_loss"


def test_what_the_steps_count(log):
    for header, counts in (
        ("epoch,lr,loss", "epochs"),
        ("tokens,lr,loss", "tokens"),
        ("consumed_samples,lr,loss", "samples"),
    ):
        assert read(log(table(header))).counts == counts
    rows = read(log(table("time,lr,loss")))
    assert (rows.counts, rows.steps.tolist()) == ("rows", [0, 1, 2, 3, 4])


def test_rows_that_say_nothing(log):
    text = "step,lr,loss\n0,0.5,2\n1,,\n2,None,1.5\n3,nan,\n4,inf,1.25\n5,0.25,nan\n,0.75,1\n"
    trace = read(log(text))
    assert trace.steps.tolist() == [0, 2, 4, 5]
    np.testing.assert_equal(trace.rates, [0.5, np.nan, np.nan, 0.25])
    assert "rows that have a rate and no step were left out: 1" in trace.notes


def test_a_rate_and_a_loss_in_two_rows_are_one(log):
    trace = read(log("step,lr,loss\n1,0.5,\n1,,2.0\n2,,1.5\n2,0.25,\n3,0.1,\n3,0.2,\n"))
    assert trace.steps.tolist() == [1, 2, 3, 3]
    assert trace.rates.tolist() == [0.5, 0.25, 0.1, 0.2]
    np.testing.assert_equal(trace.losses, [2.0, 1.5, np.nan, np.nan])


def test_rows_of_another_width_are_counted(log):
    trace = read(log("step,lr,loss\n0,0.5,1\n1,0.5\n2\n3,0.5,1,9\n"))
    assert trace.steps.tolist() == [0, 1, 3]
    assert "rows with another number of cells than the header: 3" in trace.notes


# JSON


def as_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("row", [
    lambda s, r, x: {"step": s, "lr": r, "loss": x},
    lambda s, r, x: {"train": {"lr": r, "loss": x}, "_step": s},
    lambda s, r, x: {"optim": {"learning_rate": r}, "train": {"loss": x}, "global_step": s},  # levanter
    lambda s, r, x: {"mode": "train", "epoch": 1, "iter": s, "lr": r, "loss": x, "data_time": 0.1},  # mmengine
    lambda s, r, x: {"step": str(s), "lr": f"{r}", "loss": f"{x}"},  # fairseq
    lambda s, r, x: {"step": s, "lr": [r, 2 * r], "loss": x},
], ids=range(6))  # fmt: skip
def test_json_lines(log, row):
    path = log(as_lines(row(*one) for one in ROWS), "log.jsonl")
    assert detect(path) == "jsonl"
    the_same(read(path))


def test_a_step_that_stands_beside_few_rates_is_not_taken(log):
    rows = [{"_step": s, "lr": r, "loss": x} for s, r, x in ROWS]
    rows[3]["global_step"] = 7
    the_same(read(log(as_lines(rows), "log.jsonl")))


def test_mixed_rows_and_torn_ones(log):
    rows = [{"step": 0, "config": {"lr": None}}]
    rows += [
        x for s, r, loss in ROWS for x in ({"step": s, "lr": r, "loss": loss}, {"step": s, "eval/loss": 9.0})
    ]
    text = as_lines(rows)
    trace = read(log("oops\n" + text + '{"step": 50, "lr": 0.0', "log.jsonl"), format="jsonl")
    assert trace.rates.tolist() == RATES
    assert "the last line is torn, and was left out" in trace.notes
    assert "lines that are no JSON were left out: 1" in trace.notes


def test_a_last_line_that_is_whole_counts(log):
    the_same(read(log(as_lines({"step": s, "lr": r, "loss": x} for s, r, x in ROWS)[:-1], "log.jsonl")))


COLUMNS = {"iter": [s for s, _, _ in ROWS], "lr": RATES, "loss": LOSSES, "other": [1]}


@pytest.mark.parametrize("document", [
    COLUMNS,
    {"config": {"lr": 0.1, "betas": [0.9, 0.95]}, "train": COLUMNS, "val": {"iter": [1], "loss": [2.0]}},
    {"name": "run", "history": [{"step": s, "lr": r, "loss": x} for s, r, x in ROWS]},
    [{"step": s, "lr": r, "loss": x} for s, r, x in ROWS],
], ids=range(4))  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_documents(log, document, indent):
    path = log(json.dumps(document, indent=indent), "history.json")
    the_same(read(path, format="json") if indent is None else read(path))


def test_documents_on_one_line_are_told_from_lines(log):
    document = {"step": [*range(50)], "lr": [0.5] * 50}
    assert detect(log(json.dumps(document))) == "json"
    assert detect(log(json.dumps([{"step": 1, "lr": 0.5}] * 3))) == "json"
    assert detect(log('{"step": 1, "lr": 0.5}\n')) == "jsonl"


STATE = {
    "best_metric": None,
    "log_history": [
        {"epoch": 0.1, "learning_rate": 5e-5, "loss": 2.5, "step": 10},
        {"epoch": 0.1, "eval_loss": 2.25, "eval_runtime": 1.0, "step": 10},
        {"epoch": 0.2, "learning_rate": 2.5e-5, "loss": 2.0, "step": 20},
        {"epoch": 0.2, "train_loss": 2.25, "train_runtime": 12.0, "step": 20, "total_flos": 1e15},
    ],
    "max_steps": 20,
}


@pytest.mark.parametrize("indent", [None, 2])
def test_trainer_state(log, indent):
    path = log(json.dumps(STATE, indent=indent), "trainer_state.json")
    assert detect(path) == "trainer"
    trace = read(path)
    assert trace.steps.tolist() == [10, 20]
    assert trace.rates.tolist() == [5e-5, 2.5e-5]
    assert trace.losses.tolist() == [2.5, 2.0]


def test_trainer_state_that_is_larger_than_a_chunk(log):
    history = [{"epoch": k / 100, "learning_rate": k / 2**20, "loss": 1.0, "step": k} for k in range(20_000)]
    trace = read(
        log(json.dumps({"log_history": history, "max_steps": 20_000}, indent=2), "trainer_state.json")
    )
    assert trace.steps.tolist() == [*range(20_000)]
    assert trace.rates.tolist() == [k / 2**20 for k in range(20_000)]


def test_trainer_state_that_breaks_off(log):
    text = json.dumps(STATE)
    trace = read(log(text[: text.index('"eval_runtime"')], "trainer_state.json"))
    assert trace.rates.tolist() == [5e-5]
    assert "the list breaks off; what comes after its last whole row was left out" in trace.notes
