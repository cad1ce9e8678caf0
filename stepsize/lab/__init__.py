"""The laboratory: train for real under several schedules, and say which differences are more than luck.

    tasks       what is trained, and under which schedules; the place where the next task goes
    corpus      the text that the small GPT reads
    gpt         the task "gpt": a small GPT on text, AdamW
    digits      the task "digits": a small CNN on images of digits, SGD with momentum
    train       the training loop
    plan        the runs that a race needs, and whether a stored run is one of them
    workers     runs in parallel processes
    race        keeps the runs that are there and makes those that are missing
    verdict     from runs to a table with intervals

Training needs the extra "lab". Nothing here loads PyTorch before a run starts, and then in another process.
"""
