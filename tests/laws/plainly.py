"""The laws as plain loops, transcribed from their papers; and curves of them, for nothing here is stepsize's own."""

import math

import numpy as np


def rates(steps=600, warmup=50, peak=3e-4, kind="cosine"):
    """A warmup that is a line, then a shape; every update."""
    found = []
    for k in range(steps):
        u = max(k - warmup, 0) / (steps - warmup)
        shape = {
            "held": 1.0,
            "cosine": 0.1 + 0.9 * (1 + math.cos(math.pi * u)) / 2,
            "linear": 1 - u,
            "cooled": min(1.0, (1 - u) / 0.2),
        }[kind]
        found.append(peak * (k + 1) / warmup if k < warmup else peak * shape)
    return np.array(found)


def drops(eta, warmup, counted):
    """eta_{k-1} - eta_k, the rise of the warmup none unless it is counted."""
    found = [0.0]
    for k in range(1, len(eta)):
        d = eta[k - 1] - eta[k]
        found.append(max(d, 0.0) if k <= warmup and not counted else d)
    return found


def area(eta, t, L0, A, alpha, **_):
    return L0 + A * sum(eta[: t + 1]) ** -alpha


def annealing(eta, t, L0, A, C, alpha, *, warmup, memory, counted=False):
    """2408.11029 equation 2: m_i = lambda m_{i-1} + d_i, and S2 their sum."""
    s2 = momentum = 0.0
    for d in drops(eta, warmup, counted)[: t + 1]:
        momentum = (1 - 1 / memory) * momentum + d
        s2 += momentum
    return L0 + A * sum(eta[: t + 1]) ** -alpha - C * s2


def multi_power(eta, t, L0, A, B, alpha, C, beta, gamma, *, warmup, counted, **_):
    """2503.12811 equation 1: LD = B sum_k d_k (1 - (1 + C eta_k^-gamma S_k)^-beta), S_k from update k to t."""
    d, down, since = drops(eta, warmup, counted), 0.0, 0.0
    for k in range(t, 0, -1):
        since += eta[k]
        if d[k]:
            down += d[k] * (1 - (1 + C * eta[k] ** -gamma * since) ** -beta)
    return L0 + A * sum(eta[: t + 1]) ** -alpha - B * down


def functional(eta, t, L0, c1, c2, s, c3, c4, g, *, warmup, counted=False, **_):
    """2509.19189 appendix B.2, in intrinsic time T; the drop at k is seen from the sum before it."""
    d, now, down, before = drops(eta, warmup, counted), sum(eta[: t + 1]), 0.0, 0.0
    for k in range(1, t + 1):
        before += eta[k - 1]
        if d[k]:
            down += d[k] * (c3 + before**-s) * (1 - (1 + c4 * (now - before)) ** -g)
    return L0 + c1 * now**-s - c2 * down


def bound(eta):
    """2310.07831 Theorem 10 with D = G = 1: T1 and T2."""
    n = len(eta)
    total, inner = sum(eta), 0.0
    for k in range(n - 1):
        inner += eta[k] / sum(eta[k + 1 :]) * sum(x * x for x in eta[k:]) / sum(eta[k:])
    return 1 / (2 * total), sum(x * x for x in eta) / (2 * total) + inner / 2


def convex(eta, t, L0, c1, c2, **_):
    t1, t2 = bound(eta[: t + 1])
    return L0 + c1 * t1 + c2 * t2


LAWS = {
    "area": area,
    "annealing": annealing,
    "multi_power": multi_power,
    "functional": functional,
    "convex": convex,
}
VALUES = {
    "area": {"L0": 2.6, "A": 0.6, "alpha": 0.4},
    "annealing": {"L0": 2.6, "A": 0.6, "C": 8.0, "alpha": 0.4},
    "multi_power": {"L0": 2.6, "A": 0.3, "B": 400.0, "alpha": 0.4, "C": 2.0, "beta": 0.6, "gamma": 0.65},
    "functional": {"L0": 2.6, "c1": 0.3, "c2": 60.0, "s": 0.4, "c3": 1.5, "c4": 80.0, "g": 0.5},
    "convex": {"L0": 2.6, "c1": 0.01, "c2": 120.0},
}
