"""Random cases are the same in every run, so that a failure is seen again; ``make soak`` tries others."""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("others", derandomize=False)
settings.load_profile(os.environ.get("RANDOM_CASES", "same"))
