"""Lines as programs print them, made with the print statements of those programs, from rates that we know.

Each sample is a text, what its rows must be (step, rate, loss), and what its steps count.
"""

import json
from math import nan
from typing import NamedTuple


class Sample(NamedTuple):
    text: str
    rows: list
    counts: str = "steps"
    columns: tuple = ()


RATES = [1e-6, 2e-6, 1.5e-4, 3e-4, 2.25e-4, 0.0]
LOSSES = [11.1875, 9.5, 7.25, 4.125, 3.0625, 2.5]
BOTH = [*zip(RATES, LOSSES, strict=True)]


def sample(line, steps, rows=None, head="", **other):
    """A line for each (step, rate, loss); ``rows`` where the program does not print them all."""
    told = [(step, rate, loss) for step, (rate, loss) in zip(steps, BOTH, strict=True)]
    return Sample(head + "".join(line(*row) for row in told), rows or told, **other)


def no_loss(steps):
    return [(step, rate, nan) for step, rate in zip(steps, RATES, strict=True)]


def batches(line, first, digits="{}"):
    """A line for each of two batches in each of three epochs of 100, counted from ``first``."""
    places = [(epoch, batch) for epoch in range(3) for batch in (10, 60)]
    text = "".join(line(first + e, b, rate, loss) for (e, b), (rate, loss) in zip(places, BOTH, strict=True))
    rows = [
        (100 * e + b, rate, float(digits.format(loss)))
        for (e, b), (rate, loss) in zip(places, BOTH, strict=True)
    ]
    return Sample(text, rows, columns=("epoch * batches + batch",))


def megatron(step, rate, loss):
    """NVIDIA/Megatron-LM, megatron/training/training.py, training_log."""
    line = " [2024-05-01 10:00:00.123456]" + f" iteration {step:8d}/{500000:8d} |"
    line += f" consumed samples: {256 * step:12d} |"
    line += f" elapsed time per iteration (ms): {1234.5:.1f} |"
    line += f" learning rate: {rate:.6E} | global batch size: {256:5d} |"
    line += " {}: {:.6E} |".format("lm loss", loss) + f" loss scale: {1.0:.1f} | grad norm: {0.5:.3f} |"
    line += f" number of skipped iterations: {0:3d} |" + f" number of nan iterations: {0:3d} |"
    return line + "\n"


def deepspeed(step, rate, _):
    """deepspeedai/DeepSpeed, deepspeed/runtime/engine.py, _report_progress."""
    lr, mom = [rate, 2 * rate], [[0.9, 0.95], [0.9, 0.95]]
    return f"[2024-05-01 10:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] step={step}, skipped=0, lr={lr}, mom={mom}\n"


def torchtitan(step, rate, loss):
    """pytorch/torchtitan, components/metrics.py, MetricsProcessor.log, and the rate as forks add it."""
    return (
        f"[titan] 2024-10-10 10:10:10,123 - root - INFO - \x1b[31mstep: {step:2}  \x1b[32mloss: {loss:8.5f}  "
        f"\x1b[33mgrad_norm: {1.0:7.4f}  \x1b[34mmemory: {1.2:5.2f}GiB({1.23:.2f}%)  \x1b[36mlr: {rate:.3e}  "
        f"\x1b[34mtps: {12345:,}  \x1b[35mmfu: {30.1:.2f}%\x1b[39m\n"
    )


def nanogpt(step, rate, loss):
    """karpathy/nanoGPT, train.py, with the rate that forks add to the line."""
    return f"iter {step}: loss {loss:.4f}, time {12.5:.2f}ms, lr {rate:.2e}\n"


def modded_nanogpt(step, rate, loss):
    """KellerJordan/modded-nanogpt, with the rate that forks add to the line."""
    return f"step:{step}/1750 lr:{rate} train_loss:{loss:.4f} train_time:{1200:.0f}ms step_avg:{10.5:.2f}ms\n"


def printer_callback(epoch, rate, loss):
    """huggingface/transformers, trainer_callback.py, PrinterCallback.on_log: four digits, no step."""
    logs = {"loss": loss, "grad_norm": 1.0, "learning_rate": rate, "epoch": epoch}
    return f"{ {name: f'{value:.4g}' for name, value in logs.items()} }\n".replace("{ {", "{{")


def older_trainer(epoch, rate, loss):
    """huggingface/transformers before 4.57: the values themselves."""
    return f"{ {'loss': loss, 'learning_rate': rate, 'epoch': epoch} }\n"


def fairseq(step, rate, loss):
    """facebookresearch/fairseq, logging/progress_bar.py, JsonProgressBar: all numbers are texts."""
    stats = {
        "epoch": 1,
        "update": step / 1000,
        "loss": f"{loss}",
        "ppl": "55.2",
        "num_updates": str(step),
        "lr": f"{rate:g}",
    }
    return f"2024-05-01 10:00:00 | INFO | train_inner | {json.dumps(stats)}\n"


def fairseq_simple(step, rate, loss):
    """The same, SimpleProgressBar."""
    return f"| epoch 001: {step:5d} / 9000 loss={loss}, ppl=55.2, ups=2.2, num_updates={step}, lr={rate:g}, gnorm=1.5\n"


def timm(epoch, batch, rate, loss):
    """huggingface/pytorch-image-models, train.py, train_one_epoch."""
    return (
        f"Train: {epoch} [{batch:>4d}/{100} ({100.0 * (batch + 1) / 100:>3.0f}%)]  Loss: {loss:#.6g} ({loss:#.3g})  "
        f"Time: {0.2:.3f}s, {500.0:>7.2f}/s  ({0.2:.3f}s, {500.0:>7.2f}/s)  LR: {rate:.3e}  Data: {0.01:.3f} ({0.01:.3f})\n"
    )


def swin(epoch, batch, rate, loss):
    """microsoft/Swin-Transformer, main.py, train_one_epoch."""
    return (
        f"[2024-05-01 10:00:00 swin](main.py 228): INFO Train: [{epoch}/300][{batch}/100]\teta 1:00:00 lr {rate:.8f}\t "
        f"wd {0.05:.4f}\ttime {0.5:.4f} ({0.5:.4f})\tloss {loss:.4f} ({loss:.4f})\tloss_scale {65536.0:.4f}\tmem 900MB\n"
    )


def mmengine(epoch, batch, rate, loss):
    """open-mmlab/mmengine, runner/log_processor.py, by epoch."""
    return (
        f"05/01 02:58:41 - mmengine - INFO - Epoch(train) [{epoch}][{batch:3d}/100]  base_lr: {1e-2:.4e} lr: {rate:.4e}  "
        f"eta: 0:00:00  time: 0.0019  data_time: 0.0004  memory: 120  loss_cls: 0.8381  loss: {loss:.4f}\n"
    )


def mmengine_iterations(step, rate, loss):
    """The same, by iteration."""
    return f"05/01 02:58:41 - mmengine - INFO - Iter(train) [{step:5d}/40000]  lr: {rate:.4e}  eta: 1:00:00  loss: {loss:.4f}\n"


def detectron2(step, rate, loss):
    """facebookresearch/detectron2, utils/events.py, CommonMetricPrinter."""
    return (
        f"[05/01 02:58:41 d2.utils.events]:  eta: 1:02:03  iter: {step}  total_loss: {loss:.4g}  loss_cls: 0.5  "
        f"time: 0.2015  last_time: 0.2  data_time: 0.0100  last_data_time: 0.01   lr: {rate:.5g}  max_mem: 3000M\n"
    )


def olmo(step, rate, loss):
    """allenai/OLMo, train.py, log_metrics_to_console: a line a metric below that of the step."""
    lines = [
        f"2024-05-01 INFO [step={step}/739328,epoch=0]",
        f"optim/total_grad_norm={12.43}",
        f"train/CrossEntropyLoss={loss:.4f}",
    ]
    lines += [
        f"throughput/total_tokens={4194304 * step:,}",
        f"optim/learning_rate_group0={rate}",
        "optim/learning_rate_group1=9.0",
    ]
    return "\n    ".join(lines) + "\n"


def composer(step, rate, loss):
    """mosaicml/composer, loggers/console_logger.py: the same, with LRMonitor's name of the rate."""
    lines = [f"[batch={step}/3200]:", f"Train time/batch: {step - 1}", f"Train loss/train/total: {loss:.4f}"]
    return "\n\t ".join([*lines, f"Train lr-DecoupledAdamW/group0: {rate}"]) + "\n"


def tutorial(epoch, batch, rate, loss):
    """A line that tutorials of PyTorch have in common."""
    return f"Epoch [{epoch}/3], Step [{batch}/100], Loss: {loss:.4f}, LR: {rate}\n"


def imagenet(epoch, batch, rate, loss):
    """pytorch/examples, imagenet/main.py, ProgressMeter, with the rate that forks add."""
    return f"Epoch: [{epoch}][{batch:3d}/100]\tTime  0.5 (  0.6)\tLoss {loss:.4e} (7.0e+00)\tAcc@1   0.00 (  0.1)\tlr {rate}\n"


def progress_bar(epoch, batch, rate, loss):
    """tqdm with numbers behind its bar: one line, its parts ended by carriage returns."""
    return f"\rEpoch {epoch}:  {batch}%|###   | {batch}/100 [00:01<00:10,  9.9it/s, loss={loss}, lr={rate}]"


def keras_verbose(epoch, rate, loss):
    """Keras' ProgbarLogger, verbose=2: the epoch above its numbers."""
    return f"Epoch {epoch}/6\n50/50 - 1s - 20ms/step - accuracy: 0.5 - loss: {loss:.4f} - learning_rate: {rate:.4e}\n"


def words(step, rate, loss):
    return f"step {step:,} lr {rate} loss {loss}\n"


def logger(step, rate, loss):
    return f"2024-05-01 10:00:00,000 - INFO - Step {step} | Loss {loss} | LR {rate:.2e}\n"


def by_epoch(epoch, rate, _):
    return f"Epoch {epoch} - lr={rate}\n"


UPDATES = [1, 2, 100, 200, 1500, 2000]
EPOCHS = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
VALIDATED = "step 0: train loss 10.9, val loss 10.95\n"

SAMPLES = {
    "megatron": sample(megatron, UPDATES, columns=("iteration", "learning rate", "lm loss")),
    "deepspeed": sample(deepspeed, UPDATES, no_loss(UPDATES)),
    "torchtitan": sample(torchtitan, UPDATES, columns=("step", "lr", "loss")),
    "nanogpt": sample(nanogpt, UPDATES, head=VALIDATED, columns=("iter", "lr", "loss")),
    "modded_nanogpt": sample(modded_nanogpt, UPDATES),
    "printer_callback": sample(printer_callback, EPOCHS, [(e, r, float(f"{x:.4g}")) for e, (r, x) in zip(EPOCHS, BOTH, strict=True)], counts="epochs"),
    "older_trainer": sample(older_trainer, EPOCHS, counts="epochs"),
    "fairseq": sample(fairseq, UPDATES, columns=("num_updates", "lr", "loss")),
    "fairseq_simple": sample(fairseq_simple, UPDATES, columns=("num_updates", "lr", "loss")),
    "timm": batches(timm, 0),
    "swin": batches(swin, 0),
    "mmengine": batches(mmengine, 1),
    "mmengine_iterations": sample(mmengine_iterations, UPDATES),
    "detectron2": sample(detectron2, UPDATES, [(s, r, float(f"{x:.4g}")) for s, (r, x) in zip(UPDATES, BOTH, strict=True)], columns=("iter", "lr", "total_loss")),
    "olmo": sample(olmo, UPDATES, columns=("step", "optim/learning_rate_group0", "train/CrossEntropyLoss")),
    "composer": sample(composer, UPDATES, columns=("batch", "Train lr-DecoupledAdamW/group0", "Train loss/train/total")),
    "tutorial": batches(tutorial, 1),
    "imagenet": batches(imagenet, 0, "{:.4e}"),
    "progress_bar": batches(progress_bar, 0)._replace(text=batches(progress_bar, 0).text + "\n"),
    "keras_verbose": sample(keras_verbose, [1, 2, 3, 4, 5, 6], counts="epochs"),
    "words": sample(words, UPDATES),
    "logger": sample(logger, UPDATES),
    "by_epoch": sample(by_epoch, [3, 4, 5, 6, 7, 8], no_loss([3, 4, 5, 6, 7, 8]), counts="epochs"),
}  # fmt: skip
