"""One published schedule: what its source discloses, what it does not, and the schedule where nothing is missing."""

from typing import Any

from stepsize._value import Value
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule
from stepsize.spelling import needs_horizon, parse


class Recipe(Value):
    """The learning-rate schedule of a published model, as its source discloses it.

    Call it for the schedule: ``recipe()`` on the model's own clock, ``recipe(steps=...)`` laid over a run of yours.
    Every field is what the source says; what it does not say is None, or stands in ``undisclosed``.

    >>> import stepsize as ss
    >>> ss.published.gpt3.peak, ss.published.gpt3.batch
    (6e-05, '3.2M tokens, rising linearly from 32k')
    >>> print(ss.published.llama_65b)
    published.llama_65b: LLaMA 65B
        peak         0.00015
        warmup       2000 steps
        shape        cosine to 10%
        end          1.5e-05
        horizon      1.4T tokens
        batch        4M tokens
        schedule     0 -> 1.5e-4 in 8B; -> 1.5e-5 cosine in 1392B on tokens
        assumed      4M is read as 4,000,000 tokens, so the 2000 steps are 8B tokens
                     the warmup is linear from 0, and the 1.4T tokens include it
        source       arXiv 2302.13971, section 2.3 and table 2
        checked      report
    """

    name: str
    model: str
    source: str
    checked: str
    peak: float | None = None
    warmup: str | None = None
    shape: str | None = None
    end: float | None = None
    horizon: str | None = None
    batch: str | None = None
    multiplies: str | None = None
    schedule: str | None = None
    undisclosed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def needs_steps(self) -> bool:
        """Whether there is a schedule, but without a length of its own: then ``recipe(steps=...)`` gives it."""
        return self.schedule is not None and needs_horizon(self.schedule)

    def __call__(self, steps: Any = None) -> Schedule:
        """The schedule: on the model's own clock, or laid over a run of ``steps`` updates.

        Args:
            steps: updates of your run, a whole number >= 0 or a text such as "10k". Every length is stretched to it,
                but for lengths that the source itself gives in shares, or leaves to the run.

        Raises:
            HorizonNeeded: the source gives no length, and there is no ``steps``.
            ScheduleError: the source does not disclose all that a schedule needs, or contradicts itself.

        >>> import stepsize as ss
        >>> ss.published.bert()
        linear(0.0, 0.0001, 10000) >> linear(0.0001, 0.0, 990000)
        >>> ss.published.bert(steps=1000).edges
        (0, 10, 1000)
        """
        if self.schedule is None:
            raise ScheduleError(self._refused())
        if steps is None:
            if self.needs_steps:
                rule = f"its source does not disclose {'; '.join(self.undisclosed)}, so it needs steps"
                remedy = f"Write {self!r}(steps=...)."
                raise HorizonNeeded(message(repr(self), rule, steps, remedy))
            return parse(self.schedule)
        run = Horizon(steps)
        if self.needs_steps:
            return parse(self.schedule, run)
        return parse(self.schedule)._bare.stretch(steps=run.steps)

    def _refused(self) -> str:
        reasons = []
        if self.undisclosed:
            reasons.append(f"its source does not disclose {', '.join(self.undisclosed)}")
        if self.conflicts:
            reasons.append(f"its sources contradict each other: {'; '.join(self.conflicts)}")
        remedy = (
            "Nothing is filled in here: choose your own, such as ss.warmup_cosine(peak, steps, warmup=...)."
        )
        return message(repr(self), f"there is no schedule, for {', and '.join(reasons)}", self.model, remedy)

    def __repr__(self) -> str:
        return f"published.{self.name}"

    def __str__(self) -> str:
        lines = [f"{self!r}: {self.model}"]
        for label in ("peak", "warmup", "shape", "end", "horizon", "batch", "multiplies", "schedule", "undisclosed",
                      "conflicts", "assumed", "source", "checked"):  # fmt: skip
            value = getattr(self, label)
            texts = value if isinstance(value, tuple) else (value,)
            shown = [str(text) for text in texts if text is not None]
            lines += [f"    {label if k == 0 else '':13}{text}" for k, text in enumerate(shown)]
        return "\n".join(lines)
