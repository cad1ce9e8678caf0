"""Write docs/checks.md again, from the rules of stepsize/checks and from docs/checks.toml: python docs/checks.py."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stepsize import checks, published
from stepsize.cli.checked import where
from stepsize.cli.wording import spelled
from stepsize.spelling import parse
from stepsize.training import Training

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "checks.toml").read_text())

HEAD = """\
# Checks

Most people find the bug in their schedule after they have plotted it, and some after they have paid for it.
`stepsize check` asks {count} rules about a schedule and its run before:

```console
$ stepsize check "0 -> 3e-4 in 20; -> 3e-5 cosine" --steps 10k --optimizer adamw --beta2 0.95
```

```python
>>> import stepsize as ss
>>> from stepsize import checks
>>> from stepsize.training import Training
>>> run = Training.of(steps=10_000, optimizer="adamw", beta2=0.95)
>>> for found in checks.check(ss.parse("0 -> 3e-4 in 20; -> 3e-5 cosine", run.horizon), run):
...     print(found, found.spelling, sep="\\n    ")
warning warmup-short: The warmup takes 20 updates; 5% of the run are 500.
    0 -> 3e-4 in 500; -> 3e-5 cosine in 9500
note first-zero: The first update has rate 0 and does nothing.
    1.5e-5 -> 3e-4 in 20; -> 3e-5 cosine in 9980

```

A finding says what, at which position and rate, why it matters and who says so, what to do, and where it can the
schedule that mends it. That schedule was checked, too: it does not have the finding, and no new warning or error.

- An **error** cannot be meant. A **warning** is probably not meant. A **note** is good to know.
- What is not known is not asked, and `checks.not_asked` and the last line of the command say so: the more it is told,
  with `--optimizer`, `--parameters`, `--accumulation` and so on, the more it asks.
- `--ignore CODE,CODE` leaves rules out. `--fail-on note|warning|error` says from where on the exit code is 1, by
  default from warnings on; it is 0 where there is nothing, and 2 where it is called wrongly. `--json` is for programs.

## What it reads

A spelling, a Python call, `published:gpt3`, `twin:torch.StepLR(0.1, 30)`, a file with any of them or with our JSON, `-`
for standard input; and the configuration of another trainer, which also says something of the run: TrainingArguments
(JSON, YAML), DeepSpeed's JSON, Megatron's flags, timm's args, torchtitan's TOML, Lightning's YAML. `--format` says
which, where it cannot be seen. The command line adds what a file leaves out, and may not contradict it.

## In continuous integration

`stepsize check configs/*.json --quiet` fails a job by its exit code. As a hook of [pre-commit](https://pre-commit.com),
in `.pre-commit-config.yaml`, with the address from which you have cloned stepsize as `repo`:

```yaml
- repo: ...
  rev: v0.1.0
  hooks:
    - id: stepsize-check
      files: ^configs/.*\\.(json|ya?ml|toml)$
      args: [--fail-on, error]
```

The hook brings all that the command needs with it.

This page is generated: `python docs/checks.py`.
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD.format(count=len(checks.RULES)), "## The rules", "", *_contents()]
    for code in checks.RULES:
        lines += _rule(code)
    return "\n".join([*lines, *_published(), ""])


def _contents() -> Iterator[str]:
    yield from ("| rule | severity | fires where | asks for |", "| --- | --- | --- | --- |")
    for rule in checks.RULES.values():
        asks = ", ".join(f"`{_option(fact)}`" for fact in rule.asks)
        yield f"| [{rule.code}](#{rule.code}) | {rule.severity} | {rule.says} | {asks} |"


def _rule(code: str) -> Iterator[str]:
    """One rule, with an example of what it finds."""
    rule = checks.RULES[code]
    yield from ("", f"### {code}", "", f"{rule.says} {rule.why}", "", "```text", *_example(code), "```", "")
    yield f"*What to do:* {rule.remedy} *Source:* {rule.source}."


def _example(code: str) -> Iterator[str]:
    """A command, and what it says of this rule."""
    example = TABLE["example"][code]
    schedule, told = example["schedule"], example.get("told", {})
    training = Training.of(**told)
    s = parse(schedule, training.horizon)
    twin = schedule if schedule.startswith("twin:") else None
    [found] = [one for one in checks.check(s, training, twin=twin) if one.code == code]
    yield " ".join(
        ["$ stepsize check", f'"{schedule}"', *(_said(name, value) for name, value in told.items())]
    )
    yield f"{found.severity} {code}{where(found, s.clock)}"
    yield f"    {found.what}"
    if found.spelling:
        yield f"    > {found.spelling}"


def _said(name: str, value: Any) -> str:
    """A fact as an option of the command."""
    if value is True:
        return spelled(name)
    return f"{spelled(name)} {','.join(f'{v:g}' for v in value) if isinstance(value, list) else value}"


def _option(fact: str) -> str:
    return "--steps" if fact == "run" else spelled(fact)


def _published() -> Iterator[str]:
    """What fires on the published schedules, and why."""
    many = sum(model.schedule is not None for model in published.MODELS.values())
    yield from ("", "## What fires on published schedules", "")
    yield f"The {many} [published schedules](published.md) were meant by people who knew what they did, so each rule"
    yield "that fires on one, on its own clock or laid over the updates of its run, needs a reason. The optimizers,"
    yield "betas, weight decays and sizes that they were checked with were set down from memory of the papers, and"
    yield "not read there again. These are all that fire:"
    yield from ("", "| rule | models | why it may |", "| --- | --- | --- |")
    for firing in TABLE["firing"]:
        models = ", ".join(published.MODELS[name].model for name in firing["models"])
        yield f"| [{firing['code']}](#{firing['code']}) | {models} | {firing['reason']} |"


if __name__ == "__main__":
    (HERE / "checks.md").write_text(page())
