"""The vectorised race beside one run after another: python -m bench.gpu. Without a GPU it takes the CPU."""

from time import perf_counter

import torch

import stepsize as ss
from stepsize.lab.vectorised import AT_ONCE, Together

STEPS, WARM = 60, 10


def updates(many: int, device: str) -> float:
    """Seconds of an update of so many runs at once."""
    schedule = ss.warmup_cosine(4e-3, STEPS, warmup="5%")
    runs = Together(range(many), device=device)
    for step in range(WARM + STEPS):
        if step == WARM:
            _wait(device)
            start = perf_counter()
        runs.update(torch.full((many,), schedule(step), device=device))
    _wait(device)
    return (perf_counter() - start) / STEPS


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def main() -> None:
    """Print both, and the ratio."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    name = torch.cuda.get_device_name() if device == "cuda" else "no GPU here: the CPU"
    one, all_of_them = updates(1, device), updates(AT_ONCE, device)
    print(f"{name}: an update of one run {one * 1e3:.2f} ms, of {AT_ONCE} at once {all_of_them * 1e3:.2f} ms")
    print(f"{AT_ONCE} runs at once are {AT_ONCE * one / all_of_them:.1f} times as fast as one after another")


if __name__ == "__main__":
    main()
