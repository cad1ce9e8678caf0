"""The laboratory: train for real under several schedules, and say which differences are more than luck.

    task        what can be trained: a task, built in or a function of a user
    tasks       the built-in ones by name, and the place where the next one goes
    trial       one run as a task sees it: the schedule, the seed, and ``log``
    schedules   the schedules that a race can have by name
    entries     who runs: schedules by name or of one's own, at one peak or several
    corpus      the text that the small GPT reads
    gpt         the task "gpt": a small GPT on text, AdamW
    digits      the tasks "digits" and "digits_mlp": a small CNN or MLP on images of digits, SGD with momentum
    tabular     the task "tabular": a small network on ten numbers, AdamW
    quadratic   the task "quadratic": a noisy quadratic whose optimum is known, SGD
    train       the training loop
    plan        the runs that a race needs, and whether a stored run is one of them
    make        one planned run, made here and now
    worker      a process that makes runs, and what it says of them
    workers     several of them, on one machine
    race        keeps the runs that are there and makes those that are missing
    halving     stops runs that cannot win any more
    tuning      the peak of each schedule, by Optuna
    cluster     the same race on Ray
    vectorised  many runs of the GPT as one program, for a GPU
    remote      runs in a second folder, anywhere
    mirrors     runs in TensorBoard and MLflow
    verdict     from runs to a table with intervals
    power       how many seeds a verdict needs, and P corrected for many comparisons
    rising      the learning-rate range test
    range_rules what published rules read off its curve
    restoring   a model and all around it put back as they were
    why_warmup  Adam's moments in the first updates, and the largest stable peak by warmup

Training needs the extra "lab". Nothing here loads PyTorch before a run starts, and then in another process.
"""

from stepsize.lab.range_rules import suggestions as suggestions
from stepsize.lab.restoring import restored as restored
from stepsize.lab.rising import range_test as range_test
from stepsize.lab.trial import Trial as Trial
