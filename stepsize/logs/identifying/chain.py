"""Pieces joined to a chain: corners, where two curves meet in one point, and jumps; then fitted together.

Each piece has four slots, its two times and its two rates. A corner shares the slots of its two sides, a hold its two
rates; so the chain is a vector of numbers without constraints, and what one piece shows helps its neighbours.
"""

from typing import Any

import numpy as np

from stepsize.logs.identifying.fits import NEAR
from stepsize.logs.identifying.meeting import meeting
from stepsize.logs.identifying.pieces import BENT, SHOWS_END, SHOWS_START, Piece, rate

_STEPS = 40  # of Gauss and Newton


class Chain:
    """A chain of pieces over rows: its numbers, how they make rates, and what the rows leave open.

    Args:
        pieces: in order, over all rows.
        t, r, q: positions, rates, and how far each rate may be off.
        corners: for each joint, whether its two curves meet there.
    """

    def __init__(self, pieces: list[Piece], t: Any, r: Any, q: Any, corners: list[bool]) -> None:
        self.pieces, self.t, self.r, self.q, self.corners = pieces, t, r, q, corners
        self.span = float(t[-1] - t[0]) or 1.0
        self.height = float(np.abs(r).max()) or 1.0
        self.x: list[float] = []
        self.fixed: list[bool] = []
        self.slots: list[list[int]] = []
        for k, piece in enumerate(pieces):
            self._add(k, piece)

    def _add(self, k: int, piece: Piece) -> None:
        joined = k > 0 and self.corners[k - 1]
        before = self.slots[-1] if k else [0] * 6
        follows = k + 1 < len(self.pieces) and self.corners[k]
        t0 = before[2] if joined else self._slot(piece.t0, piece.kind not in SHOWS_START)
        warmup = (
            k == 0 and piece.kind == "linear" and piece.a == piece.b
        )  # of which one row is logged, see _warmed
        unseen = warmup and self.t[0] == piece.t0  # and that row tells only its start
        v0 = before[3] if joined else self._slot(piece.v0, warmup)
        end = piece.t1 if unseen else self._corner(k) if follows else piece.t1
        t1 = self._slot(end, unseen or (not follows and piece.kind not in SHOWS_END))
        v1 = v0 if piece.kind == "hold" else self._slot(float(piece.at(end)) if follows else piece.v1)
        p = self._slot(piece.p, piece.kind not in BENT)
        p2 = self._slot(piece.p2, piece.kind != "tanh")
        self.slots.append([t0, v0, t1, v1, p, p2])

    def _slot(self, value: float, fixed: bool = False) -> int:
        self.x.append(value)
        self.fixed.append(fixed)
        return len(self.x) - 1

    def _corner(self, k: int) -> float:
        """Where piece k and the next one meet."""
        return meeting(self.pieces[k], self.pieces[k + 1], self.t, self.q) or float(self.t[self.pieces[k].b])

    # Evaluation

    def piece(self, k: int, x: Any = None) -> Piece:
        """Piece k with the numbers of the chain."""
        x = self.x if x is None else x
        old = self.pieces[k]
        return Piece(old.kind, old.a, old.b, *(float(x[slot]) for slot in self.slots[k]))

    def rates(self, x: Any = None, among: range | None = None) -> Any:
        """The rates of the rows of some pieces, by default of all."""
        x = self.x if x is None else x
        found = []
        for k in among or range(len(self.pieces)):
            piece = self.pieces[k]
            found.append(rate(piece.kind, self.t[piece.a : piece.b + 1], *(x[s] for s in self.slots[k])))
        return np.concatenate(found)

    @property
    def far(self) -> float:
        """The farthest row, in units of its rounding."""
        return float((np.abs(self.rates() - self.r) / self.q).max())

    @property
    def in_place(self) -> bool:
        """Whether each corner lies about between the rows on its two sides, unless it runs smoothly there."""
        for k, corner in enumerate(self.corners):
            left, right = self.pieces[k], self.pieces[k + 1]
            low, high = float(self.t[left.b]), float(self.t[right.a])
            at = float(self.x[self.slots[k][2]])
            if corner and right.kind not in SHOWS_START and not 2 * low - high <= at <= 2 * high - low:
                return False
        return True

    # Fitting

    def fit(self) -> "Chain":
        """Move the free numbers, so that the rows come near: steps of Gauss and Newton, shortened until they help.

        Where least squares came near, weights move to the farthest rows, which leads to the least maximum.
        """
        free = [k for k, fixed in enumerate(self.fixed) if not fixed]
        if not free:
            return self
        weights = np.ones(len(self.t))
        best, kept = self.far, list(self.x)
        for _ in range(_STEPS):
            helped = self._stepped(free, weights)
            far = self.far
            if far < best:
                best, kept = far, list(self.x)
            if helped:
                continue
            if best <= 1.0 or best > 4 * NEAR:
                break
            off = np.abs(self.rates() - self.r) / self.q
            weights = weights * (0.3 + off / off.max())
            weights /= weights.max()
        self.x = kept
        for piece, (t0, _, t1, *_) in zip(self.pieces, self.slots, strict=True):
            if piece.kind == "cosine" and self.x[t1] < self.x[t0] and not self.fixed[t1]:
                self.x[t1] = 2 * self.x[t0] - self.x[t1]  # the same curve: a cosine is even
        return self

    def _stepped(self, free: list[int], weights: Any) -> bool:
        """One step; whether it helped by more than a hair."""
        with np.errstate(all="ignore"):
            left = (self.r - self.rates()) / self.q * weights
            slopes = self.jacobian(free, range(len(self.pieces))) * (weights / self.q)[:, None]
        size = np.abs(slopes).max(axis=0, initial=0.0)
        unit = 1 / np.where(size > 0, size, 1.0)
        if not (np.isfinite(left).all() and np.isfinite(slopes).all()):
            return False
        step, *_ = np.linalg.lstsq(slopes * unit, left, rcond=1e-13)
        with np.errstate(all="ignore"):
            before, old = float((left**2).sum()), list(self.x)
        for share in (1.0, 0.4, 0.1, 0.02):
            for s, one in zip(free, step * unit * share, strict=True):
                self.x[s] = old[s] + float(one)
            with np.errstate(all="ignore"):
                after = float((((self.rates() - self.r) / self.q * weights) ** 2).sum())
            if after < before:
                return after < before * (1 - 1e-3)
        self.x = old
        return False

    def scale(self) -> Any:
        """What each number is measured in: the span of the log, the highest rate, or 1."""
        scale = np.ones(len(self.x))
        for t0, v0, t1, v1, *_ in self.slots:
            scale[[t0, t1]] = self.span
            scale[[v0, v1]] = self.height
        return scale

    def jacobian(self, free: list[int], near: range, x: Any = None) -> Any:
        """How the rates of the rows of some pieces move with each number, which only the pieces that have it do."""
        now = list(self.x if x is None else x)
        scale = self.scale()
        sizes = [self.pieces[k].b - self.pieces[k].a + 1 for k in near]
        edges = np.concatenate([[0], np.cumsum(sizes)])
        found = np.zeros((int(edges[-1]), len(free)))
        for column, s in enumerate(free):
            step = 1e-6 * max(abs(now[s]), 1e-3 * float(scale[s]))
            for place, k in enumerate(near):
                if s in self.slots[k]:
                    ends = [self.rates(moved(now, s, sign * step), range(k, k + 1)) for sign in (1, -1)]
                    found[edges[place] : edges[place + 1], column] = (ends[0] - ends[1]) / (2 * step)
        return np.nan_to_num(found)


def moved(x: list[float], s: int, step: float) -> list[float]:
    """The numbers with one of them moved."""
    return [*x[:s], x[s] + step, *x[s + 1 :]]
