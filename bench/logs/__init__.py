"""Logs whose truth is known: other libraries are driven with random settings, and what they apply is logged.

    python -m bench.logs                    a fresh corpus, made, scored and printed; then the real logs
    python -m bench.logs make FOLDER        [--count 2400] [--seed 1] [--only WAY]
    python -m bench.logs score FOLDER       [--first N] [--failures N]
    python -m bench.logs real               the logs of others under STEPSIZE_CURVES

The truth is written from the settings by formulas of this package, never by stepsize; every rate that a library
applied is held against them before its log is written. What counts as right stands in ``judged``, what a fault is in
``faults``.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # before the first import of Keras
os.environ.setdefault("JAX_PLATFORMS", "cpu")
