"""Every rule on a minimal schedule on which it fires, with what it says, and on its nearest neighbour on which it does not.

Both stand as close to the threshold as they can, on either side of it, so that a rule with another threshold fails.
"""

from typing import Any, NamedTuple

import stepsize as ss
from stepsize import checks
from stepsize.training import Training


class Fires(NamedTuple):
    """What a rule must find."""

    code: str
    severity: str
    schedule: str
    told: dict[str, Any]
    at: float | None
    what: str
    spelling: str | None = None


class Silent(NamedTuple):
    """Where a rule must find nothing."""

    code: str
    schedule: str
    told: dict[str, Any]


def told(**known: Any) -> dict[str, Any]:
    return known


def asked(schedule: str, known: dict[str, Any]) -> tuple[checks.Finding, ...]:
    """Check a spelling; a twin is one."""
    training = Training.of(**known)
    twin = schedule if schedule.startswith("twin:") else None
    return checks.check(ss.parse(schedule, training.horizon), training, twin=twin)


ADAM, SGD = {"optimizer": "adamw"}, {"optimizer": "sgd"}
EPOCHS = {"epochs": 90, "steps_per_epoch": 500}
ACCUMULATED = {"steps": 1000, "accumulation": 4}
SHARED = {"steps": 1000, "world_size": 2}

FIRES = [
    Fires("first-zero", "note", "0 -> 1e-3 in 10; -> 0 cosine in 90", {}, 0,
          "The first update has rate 0 and does nothing.", "1e-4 -> 1e-3 in 10; -> 0 cosine in 90"),
    Fires("first-zero", "note", "0 -> 6e-5 in 375M; -> 6e-6 cosine in 259.625B on tokens", {}, 0,
          "The first update has rate 0 and does nothing.", "1.6e-13 -> 6e-5 in 375M; -> 6e-6 cosine in 259.625B on tokens"),
    Fires("first-zeros", "warning", "0 for 2; 1e-3 -> 0 cosine in 98", {}, 0,
          "The first 2 updates have rate 0 and do nothing.", "1e-3 -> 0 cosine in 100"),
    Fires("last-zero", "note", "1e-3 -> 0 in 99; 0 for 1", {}, 99, "The last update has rate 0 and does nothing."),
    Fires("last-zeros", "warning", "1e-3 -> 0 in 98; 0 for 2", {}, 98,
          "The last 2 updates have rate 0 and do nothing.", "1e-3 -> 0 in 100"),
    Fires("always-zero", "error", "0 for 100", {}, 0, "Every update of the run has rate 0."),
    Fires("negative", "error", "1e-3 -> -1e-4 in 100", {}, 99, "The rate is below 0, down to -8.9e-5.", "1e-3 -> 0 in 100"),

    Fires("warmup-short", "warning", "1e-5 -> 3e-4 in 498; -> 0 cosine in 9502", told(steps=10_000, **ADAM), 498,
          "The warmup takes 498 updates; 5% of the run are 500.", "1e-5 -> 3e-4 in 500; -> 0 cosine in 9500"),
    Fires("warmup-short", "warning", "1e-5 -> 3e-4 in 998; -> 0 cosine in 99002", told(steps=100_000, **ADAM), 998,
          "The warmup takes 998 updates; a run of this length asks for 1,000.", "1e-5 -> 3e-4 in 1000; -> 0 cosine in 99000"),
    Fires("warmup-short", "note", "1e-5 -> 3e-4 in 1998; -> 0 cosine in 8002", told(steps=10_000, beta2=0.999, **ADAM), 1998,
          "The warmup takes 1,998 updates; beta2 = 0.999 asks for 2,000.", "1e-5 -> 3e-4 in 2000; -> 0 cosine in 8000"),
    Fires("warmup-short", "note", "1e-5 -> 3e-4 in 598; -> 0 cosine in 2402", told(steps=3000, beta2=0.999, **ADAM), 598,
          "The warmup takes 598 updates; beta2 = 0.999 asks for 2,000, and 20% of the run are 600.",
          "1e-5 -> 3e-4 in 600; -> 0 cosine in 2400"),
    Fires("warmup-short", "note", "1e-5 -> 3e-4 in 100; -> 0 cosine in 9900", told(steps=10_000, beta2=0.95, **ADAM), 100,
          "The warmup takes 100 updates; 5% of the run are 500.", "1e-5 -> 3e-4 in 500; -> 0 cosine in 9500"),
    Fires("warmup-short", "warning", "1e-5 -> 3e-4 in 38; -> 0 cosine in 9962", told(steps=10_000, beta2=0.95, **ADAM), 38,
          "The warmup takes 38 updates; 5% of the run are 500.", "1e-5 -> 3e-4 in 500; -> 0 cosine in 9500"),
    Fires("warmup-short", "warning", "3e-4 -> 0 cosine in 10000", told(steps=10_000, **ADAM), 0,
          "There is no warmup; 5% of the run are 500.", "6e-7 -> 3e-4 in 500; -> 0 cosine in 9500"),
    Fires("warmup-long", "warning", "1e-4 -> 3e-4 in 201; -> 0 cosine in 799", {}, 201,
          "The warmup takes 201 updates, 20.1% of the run.", "1e-4 -> 3e-4 in 200; -> 0 cosine in 800"),
    Fires("warmup-past-run", "error", "1e-4 -> 3e-4 in 1000; -> 0 cosine in 1000", told(steps=1000), 1000,
          "The rate still rises when the run ends, at 1,000 updates.", "1e-4 -> 3e-4 in 200; -> 0 cosine in 800"),
    Fires("peak-unused", "warning", "0.1 -> 1 in 4; 0.65 -> 0 cosine in 16", {}, 4,
          "No update is applied at the peak of 1: the highest used is 0.775.", "0.1 -> 1 in 4; -> 0 cosine in 16"),
    Fires("peak-unused", "warning", "0.019 -> 1 in 98; 0.5 -> 0 in 402", {}, 98,
          "No update is applied at the peak of 1: the highest used is 0.99.", "0.019 -> 1 in 98; -> 0 in 402"),

    Fires("counts-epochs", "error", "0.1 -> 0 cosine in 90", EPOCHS, 90,
          "The schedule is 90 updates long, the number of epochs of the run, which has 45,000 updates.", "0.1 -> 0 cosine in 45000"),
    Fires("counts-epochs", "error", "twin:torch.CosineAnnealingLR(0.1, T_max=90)", EPOCHS, 90,
          "The schedule is 90 updates long, the number of epochs of the run, which has 45,000 updates.", "0.1 -> 0 cosine in 45000"),
    Fires("counts-epochs", "error", "0.1 -> 0 cosine in 90", told(epochs=90, dataset_size=1_281_167, batch=32, world_size=8), 90,
          "The schedule is 90 updates long, the number of epochs of the run, which has 450,450 updates.", "0.1 -> 0 cosine in 450450"),
    Fires("counts-one-epoch", "warning", "0.1 -> 0 cosine in 500", EPOCHS, 500,
          "The schedule is 500 updates long, one epoch of the run, which has 45,000 updates.", "0.1 -> 0 cosine in 45000"),
    Fires("counts-micro-batches", "error", "0.1 -> 0 cosine in 4039", ACCUMULATED, 1000,
          "The schedule is 4,039 updates long, the number of micro-batches of the run, which has 1,000 updates.", "0.1 -> 0 cosine in 1000"),
    Fires("counts-micro-batches", "error", "0.1 -> 0 cosine in 250", ACCUMULATED, 250,
          "The schedule is 250 updates long, the updates divided by the accumulation of the run, which has 1,000 updates.", "0.1 -> 0 cosine in 1000"),
    Fires("counts-micro-batches", "error", "0.1 -> 0 cosine in 4000", told(steps="1k", accumulation="4"), 1000,
          "The schedule is 4,000 updates long, the number of micro-batches of the run, which has 1,000 updates.", "0.1 -> 0 cosine in 1000"),
    Fires("counts-processes", "error", "0.1 -> 0 cosine in 2000", SHARED, 1000,
          "The schedule is 2,000 updates long, the updates times the processes of the run, which has 1,000 updates.", "0.1 -> 0 cosine in 1000"),
    Fires("counts-processes", "error", "0.1 -> 0 cosine in 500", SHARED, 500,
          "The schedule is 500 updates long, the updates divided by the processes of the run, which has 1,000 updates.", "0.1 -> 0 cosine in 1000"),
    Fires("counts-processes", "error", "0.1 -> 0 cosine in 8000", told(steps=1000, world_size=2, accumulation=4), 1000,
          "The schedule is 8,000 updates long, the micro-batches of all processes of the run, which has 1,000 updates.", "0.1 -> 0 cosine in 1000"),
    Fires("counts-shares", "error", "0.1 -> 0.2 in 0.1 steps; -> 0 cosine in 0.9 steps", told(steps=1000), 1,
          "The schedule is 1 update long, as if in shares; the run has 1,000 updates.", "0.1 -> 0.2 in 0.1; -> 0 cosine in 0.9 on progress"),
    Fires("warmup-counts-epochs", "warning", "0.01 -> 0.1 in 5; -> 0 cosine in 44995", EPOCHS, 5,
          "The warmup takes 5 updates; 5 epochs have 2,500 updates.", "0.01 -> 0.1 in 2500; -> 0 cosine in 42500"),
    Fires("batch-unruled", "warning", "0.1 -> 0 cosine in 1000", told(steps=1000, batch_changes=True), None,
          "The batch changes within the run, and the schedule counts updates."),

    Fires("run-stops-early", "warning", "0.1 -> 0 cosine in 1000", told(steps=989), 989,
          "The run stops at 98.9% of the schedule, which is 1,000 updates long.", "0.1 -> 0 cosine in 989"),
    Fires("schedule-ends-early", "warning", "0.1 -> 0 cosine in 989", told(steps=1000), 989,
          "The schedule ends at 98.9% of the run; the rate is then held at 0, where nothing is trained.", "0.1 -> 0 cosine in 1000"),
    Fires("schedule-ends-early", "warning", "0.1 -> 0.01 cosine in 899", told(steps=1000), 899,
          "The schedule ends at 89.9% of the run; the rate is then held at 0.01.", "0.1 -> 0.01 cosine in 1000"),
    Fires("schedule-ends-early", "warning", "0.1 -> 0.01 cosine in 698; hold for 2", told(steps=1000), 700,
          "The schedule ends at 70% of the run; the rate is then held at 0.01.", "0.1 -> 0.01 cosine in 997; hold for 3"),
    Fires("schedule-ends-early", "note", "0.1 -> 0.01 cosine in 900", told(steps=1000), 900,
          "The schedule ends at 90% of the run; the rate is then held at 0.01.", "0.1 -> 0.01 cosine in 1000"),
    Fires("end-missed", "note", "0.1 -> 0 in 1000", told(steps=990), 990,
          "After 990 updates the rate is 1e-3; the schedule ends at 0, 10 updates later.", "0.1 -> 0 in 990"),
    Fires("phase-unreached", "warning", "multi_step(0.1, [300, 1000, 1500])", told(steps=1000), 1000,
          "2 phases begin after the run of 1,000 updates is over: the first at 1,000."),
    Fires("twin-after-end", "error", "twin:torch.CosineAnnealingLR(0.1, T_max=700)", told(steps=1000), 700,
          "The schedule ends at 700 updates, the run at 1,000 updates: in between torch.CosineAnnealingLR rises again.",
          "0.1 -> 0 cosine in 1000"),

    Fires("jump", "warning", "1 -> 0.5 in 50; 0.39 -> 0 in 50", {}, 50, "The rate jumps from 0.5 to 0.39.", "1 -> 0.5 in 50; -> 0 in 50"),
    Fires("jump", "warning", "0.4 -> 0.5 in 50; 1 -> 0 in 50", {}, 50, "The rate jumps from 0.5 to 1.", "0.4 -> 0.5 in 50; -> 0 in 50"),
    Fires("cycle-cut", "warning", "sgdr(0.1, 400)", told(steps=1000), 999, "The run ends at 50% of cycle 3, at a rate of 0.05039.",
          "cosine(0.1, 0.0, 500).repeat(cycles=2)"),
    Fires("cycle-cut", "warning", "sgdr(0.1, 100, growth=2)", told(steps=1000), 999, "The run ends at 37.5% of cycle 4, at a rate of 0.06932.",
          "cosine(0.1, 0.0, 143).repeat(cycles=3, growth=2.0)"),
    Fires("restart-late", "warning", "sgdr(0.1, 300)", told(steps=1000), 900,
          "The rate restarts 100 updates before the run ends, after 900 updates.", "cosine(0.1, 0.0, 333).repeat(cycles=3)"),

    Fires("minimum-unused", "note", "twin:torch.CosineAnnealingWarmRestarts(0.1, T_0=10, eta_min=1e-3)", told(steps=100), 9,
          "No update is applied at 1e-3, where cycles end: the lowest used is 0.003423.",
          "(cosine(0.1, 0.001, 9) >> hold(0.001, 1)).repeat()"),
    Fires("no-cooldown", "note", "1e-4 -> 1e-3 in 50; hold for 950", told(steps=1000, **SGD), 1000,
          "The rate never comes down: the run ends at 1e-3."),
    Fires("cooldown-short", "note", "1e-5 -> 1e-3 in 50; hold for 551; -> 0 in 399", told(steps=1000, **ADAM), 601,
          "The cooldown takes 39.9% of the run; at a peak of 1e-3, 40% was measured to be enough.", "1e-5 -> 1e-3 in 50; hold for 550; -> 0 in 400"),
    Fires("cooldown-short", "warning", "1e-5 -> 1e-3 in 50; hold for 751; -> 0 in 199", told(steps=1000, **ADAM), 801,
          "The cooldown takes 19.9% of the run; at a peak of 1e-3, 40% was measured to be enough.", "1e-5 -> 1e-3 in 50; hold for 550; -> 0 in 400"),
    Fires("cooldown-short", "note", "1e-5 -> 5e-4 in 50; hold for 751; -> 0 in 199", told(steps=1000, **ADAM), 801,
          "The cooldown takes 19.9% of the run; at a peak of 5e-4, 20% was measured to be enough.", "1e-5 -> 5e-4 in 50; hold for 750; -> 0 in 200"),
    Fires("cooldown-short", "note", "1e-5 -> 1e-4 in 50; hold for 851; -> 0 in 99", told(steps=1000, **ADAM), 901,
          "The cooldown takes 9.9% of the run; at a peak of 1e-4, 10% was measured to be enough.", "1e-5 -> 1e-4 in 50; hold for 850; -> 0 in 100"),
    Fires("cosine-to-tenth", "note", "1e-5 -> 5e-4 in 50; -> 5e-5 cosine in 950", told(steps=1000, **ADAM), 1000,
          "The cosine ends at 5e-5, 10% of a peak of 5e-4.", "1e-5 -> 5e-4 in 50; -> 0 cosine in 950"),

    Fires("peak-high", "warning", "10.1 -> 0 cosine in 100", SGD, 0, "The peak of 10.1 is above any that sgd was published with."),
    Fires("decay-timescale", "warning", "0.01 -> 0 cosine in 100", told(optimizer="adamw_torch_fused", weight_decay=11), 0,
          "Weights forget within 9 updates: 1 / (0.01 * 11)."),
    Fires("peak-high", "warning", "0.031 -> 0 cosine in 100", ADAM, 0, "The peak of 0.031 is above any that adamw was published with."),
    Fires("peak-for-size", "warning", "1e-5 -> 1e-2 in 50; -> 0 cosine in 950", told(parameters=124e6, **ADAM), 50,
          "The peak is 0.01; models of about 124M parameters were published with 1e-4 to 3e-3.",
          "3e-6 -> 3e-3 in 50; -> 0 cosine in 950"),
    Fires("peak-for-size", "note", "1e-9 -> 9e-8 in 50; -> 0 cosine in 950", told(parameters=124e6, **ADAM), 50,
          "The peak is 9e-8; models of about 124M parameters were published with 1e-4 to 3e-3."),
    Fires("group-below-end", "error", "1 -> 1e-2 cosine in 100", told(groups=(1.0, 1e-3)), 100,
          "The schedule comes down to 0.01, above the rate of a group, 1e-3.", "1 -> 1e-5 cosine in 100"),
    Fires("decay-timescale", "warning", "0.01 -> 0 cosine in 100", told(optimizer="lion", weight_decay=11), 0,
          "Weights forget within 9 updates: 1 / (0.01 * 11)."),
    Fires("decay-timescale", "error", "0.01 -> 0 cosine in 100", told(optimizer="lion", weight_decay=100), 0,
          "Weights forget within 1 update: 1 / (0.01 * 100)."),
    Fires("decay-timescale", "note", "1e-4 -> 0 cosine in 990", told(steps=990, optimizer="lion", weight_decay=1), None,
          "Weights forget within 10,000 updates: 1 / (1e-4 * 1), of a run of 990: the weight decay hardly acts."),

    Fires("update-lost", "warning", "1e-7 -> 6e-5 in 50; -> 0 cosine in 950", told(precision="bfloat16", **ADAM), 50,
          "Weights of 0.02 in bfloat16 lose updates below 6.1e-5; the peak is 6e-5."),
    Fires("step-in-float32", "warning", "twin:optax.cosine_decay_schedule(0.1, 16777217)", told(steps=16_777_217), 16_777_216,
          "The run has 16,777,217 updates; optax computes in float32, which counts to 16,777,216."),
]  # fmt: skip

SILENT = [
    Silent("first-zero", "1e-7 -> 1e-3 in 10; -> 0 cosine in 90", {}),
    Silent("first-zero", "0 for 2; 1e-3 -> 0 cosine in 98", {}),
    Silent("first-zeros", "0 -> 1e-3 in 10; -> 0 cosine in 90", {}),
    Silent("last-zero", "1e-3 -> 0 in 100", {}),
    Silent("last-zeros", "1e-3 -> 0 in 99; 0 for 1", {}),
    Silent("always-zero", "0 for 99; 1e-9 for 1", {}),
    Silent("negative", "1e-3 -> 0 in 100", {}),
    Silent("warmup-short", "1e-5 -> 3e-4 in 499; -> 0 cosine in 9501", told(steps=10_000, **ADAM)),
    Silent("warmup-short", "1e-5 -> 3e-4 in 999; -> 0 cosine in 99001", told(steps=100_000, **ADAM)),
    Silent("warmup-short", "1e-5 -> 3e-4 in 1999; -> 0 cosine in 8001", told(steps=10_000, beta2=0.999, **ADAM)),
    Silent("warmup-short", "1e-5 -> 3e-4 in 599; -> 0 cosine in 2401", told(steps=3000, beta2=0.999, **ADAM)),
    Silent("warmup-short", "0.1 -> 0 cosine in 10000", told(steps=10_000, **SGD)),
    Silent("warmup-short", "3e-4 -> 0 cosine in 10000", told(steps=10_000, optimizer="radam")),
    Silent("warmup-short", "3e-4 -> 0 cosine in 10000", told(steps=10_000)),
    Silent("warmup-long", "1e-4 -> 3e-4 in 200; -> 0 cosine in 800", {}),
    Silent("warmup-long", "one_cycle(0.1, 1000)", {}),
    Silent("warmup-long", "triangular(0.01, 0.1, 500)", told(steps=1000)),
    Silent("warmup-past-run", "1e-4 -> 3e-4 in 1000; -> 0 cosine in 1000", told(steps=1001)),
    Silent("warmup-past-run", "1e-4 -> 3e-4 in 1000; -> 0 cosine in 1000", {}),
    Silent("peak-unused", "0.1 -> 1 in 4; -> 0 cosine in 16", {}),
    Silent("peak-unused", "0.02 -> 1 in 99; 0.5 -> 0 in 401", {}),
    Silent("counts-epochs", "0.1 -> 0 cosine in 92", EPOCHS),
    Silent("counts-epochs", "0.1 -> 0 cosine in 45000", EPOCHS),
    Silent("counts-one-epoch", "0.1 -> 0 cosine in 506", EPOCHS),
    Silent("counts-one-epoch", "0.1 -> 0 cosine in 500", told(epochs=1, steps_per_epoch=500)),
    Silent("counts-micro-batches", "0.1 -> 0 cosine in 4041", ACCUMULATED),
    Silent("counts-micro-batches", "0.1 -> 0 cosine in 1000", ACCUMULATED),
    Silent("counts-processes", "0.1 -> 0 cosine in 2100", SHARED),
    Silent("counts-shares", "0.1 -> 0 cosine in 2", told(steps=1000)),
    Silent("counts-shares", "0.1 -> 0.2 in 0.1; -> 0 cosine in 0.9 on progress", told(steps=1000)),
    Silent("warmup-counts-epochs", "0.01 -> 0.1 in 31; -> 0 cosine in 44969", EPOCHS),
    Silent("warmup-counts-epochs", "0.01 -> 0.1 in 5; -> 0 cosine in 2495", told(epochs=5, steps_per_epoch=500)),
    Silent("batch-unruled", "0.1 -> 0 cosine in 1000", told(steps=1000)),
    Silent("batch-unruled", "0.1 -> 0 cosine in 1M on tokens", told(tokens="1M", tokens_per_step=1000, batch_changes=True)),
    Silent("batch-unruled", "0.1 for 500; 0.2 for 500", told(steps=1000, batch_changes=True)),
    Silent("run-stops-early", "0.1 -> 0 cosine in 1000", told(steps=990)),
    Silent("run-stops-early", "0.1 -> 0 cosine in 500; 0 for 500", told(steps=600)),
    Silent("schedule-ends-early", "0.1 -> 0 cosine in 990", told(steps=1000)),
    Silent("schedule-ends-early", "0.1 -> 0.01 cosine in 500; hold for 300", told(steps=1000)),
    Silent("end-missed", "0.1 -> 0 in 1000", told(steps=1000)),
    Silent("end-missed", "0.1 -> 0 cosine in 1000", told(steps=990)),
    Silent("end-missed", "0.1 -> 0 in 900; hold for 100", told(steps=995)),
    Silent("phase-unreached", "inverse_sqrt(1e-3, 2000)", told(steps=1000)),
    Silent("phase-unreached", "multi_step(0.1, [300, 999])", told(steps=1000)),
    Silent("twin-after-end", "twin:torch.CosineAnnealingLR(0.1, T_max=998)", told(steps=1000)),
    Silent("twin-after-end", "twin:keras.CosineDecay(0.1, 700)", told(steps=1000)),
    Silent("twin-after-end", "0.1 -> 0 cosine in 700", told(steps=1000)),
    Silent("jump", "1 -> 0.5 in 50; 0.41 -> 0 in 50", {}),
    Silent("jump", "0.1 for 50; 0.01 for 50; 1e-3 for 50", {}),
    Silent("jump", "0.01 for 50; 0.1 for 50", {}),
    Silent("jump", "sgdr(0.1, 100, cycles=3)", {}),
    Silent("jump", "1e-3 -> 0 in 50; 1e-3 -> 0 in 50", {}),
    Silent("cycle-cut", "sgdr(0.1, 500)", told(steps=1000)),
    Silent("cycle-cut", "sgdr(0.1, 600)", told(steps=1080)),
    Silent("cycle-cut", "sgdr(0.1, 400)", {}),
    Silent("restart-late", "sgdr(0.1, 100)", told(steps=1000)),
    Silent("restart-late", "sgdr(0.1, 299)", told(steps=1000)),
    Silent("minimum-unused", "sgdr(0.1, 16, end=1e-3)", told(steps=160)),
    Silent("minimum-unused", "(cosine(0.1, 0.001, 9) >> hold(0.001, 1)).repeat()", told(steps=100)),
    Silent("no-cooldown", "1e-4 -> 1e-3 in 50; hold for 900; -> 0 in 50", told(steps=1000, **SGD)),
    Silent("cooldown-short", "1e-5 -> 1e-3 in 50; hold for 550; -> 0 in 400", told(steps=1000, **ADAM)),
    Silent("cooldown-short", "1e-5 -> 9.9e-4 in 50; hold for 750; -> 0 in 200", told(steps=1000, **ADAM)),
    Silent("cooldown-short", "1e-5 -> 4.9e-4 in 50; hold for 850; -> 0 in 100", told(steps=1000, **ADAM)),
    Silent("cooldown-short", "1e-5 -> 1e-3 in 50; hold for 850; -> 0 in 100", told(steps=1000, **SGD)),
    Silent("cooldown-short", "1e-5 -> 1e-3 in 50; hold for 850; 1e-4 for 100", told(steps=1000, **ADAM)),
    Silent("cosine-to-tenth", "1e-5 -> 4.9e-4 in 50; -> 4.9e-5 cosine in 950", told(steps=1000, **ADAM)),
    Silent("cosine-to-tenth", "1e-5 -> 5e-4 in 50; -> 6.5e-5 cosine in 950", told(steps=1000, **ADAM)),
    Silent("cosine-to-tenth", "1e-5 -> 5e-4 in 50; -> 3.9e-5 cosine in 950", told(steps=1000, **ADAM)),
    Silent("cosine-to-tenth", "1e-5 -> 5e-4 in 50; -> 5e-5 in 950", told(steps=1000, **ADAM)),
    Silent("peak-high", "10 -> 0 cosine in 100", SGD),
    Silent("peak-high", "0.03 -> 0 cosine in 100", ADAM),
    Silent("peak-high", "1 -> 0 cosine in 100", ADAM),
    Silent("peak-for-size", "1e-5 -> 9e-3 in 50; -> 0 cosine in 950", told(parameters=124e6, **ADAM)),
    Silent("peak-for-size", "1e-9 -> 1.01e-7 in 50; -> 0 cosine in 950", told(parameters=124e6, **ADAM)),
    Silent("group-below-end", "1 -> 1e-3 cosine in 100", told(groups=(1.0, 1e-3))),
    Silent("group-below-end", "sgdr(0.1, 100)", told(steps=150, groups=(1.0, 1e-3))),
    Silent("decay-timescale", "0.01 -> 0 cosine in 100", told(optimizer="lion", weight_decay=10)),
    Silent("decay-timescale", "1e-4 -> 0 cosine in 1000", told(steps=1000, optimizer="lion", weight_decay=1)),
    Silent("decay-timescale", "0.01 -> 0 cosine in 100", told(optimizer="sgd", weight_decay=100)),
    Silent("update-lost", "1e-7 -> 6.2e-5 in 50; -> 0 cosine in 950", told(precision="bfloat16", **ADAM)),
    Silent("update-lost", "1e-7 -> 1e-5 in 50; -> 0 cosine in 950", told(precision="float16", **ADAM)),
    Silent("update-lost", "1e-9 -> 1e-8 in 50; -> 0 cosine in 950", told(precision="float32", **ADAM)),
    Silent("step-in-float32", "twin:optax.cosine_decay_schedule(0.1, 16777216)", told(steps=16_777_216)),
    Silent("step-in-float32", "twin:torch.CosineAnnealingLR(0.1, 16777217)", told(steps=16_777_217)),
]  # fmt: skip


def wrong() -> list[Fires | Silent]:
    """The rows that do not hold."""
    return [*(row for row in FIRES if not _holds(row)), *(row for row in SILENT if _fires(row))]


def _holds(row: Fires) -> bool:
    found = [one for one in asked(row.schedule, row.told) if one.code == row.code]
    return [(one.severity, one.at, one.what, one.spelling) for one in found] == [
        (row.severity, row.at, row.what, row.spelling)
    ]


def _fires(row: Silent) -> bool:
    return any(one.code == row.code for one in asked(row.schedule, row.told))
