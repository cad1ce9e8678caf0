"""Keras runs on torch in the tests, but where a test says otherwise; it has to know before it is imported."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
