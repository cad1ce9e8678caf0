"""Keras 3: a schedule as its learning rate, and a callback. Importing this needs the extra "keras", and a backend.

KerasSchedule      for an optimizer, ``keras.optimizers.AdamW(KerasSchedule(s))``; a saved model carries it
ScheduleCallback   for ``fit``: guards a model that was loaded, and drives an optimizer of a constant rate
"""

from stepsize.errors import MissingExtra, message

try:
    from stepsize.hosts._keras_callback import ScheduleCallback as ScheduleCallback
    from stepsize.hosts._keras_schedule import KerasSchedule as KerasSchedule
except ImportError as error:
    remedy = 'Write: pip install "stepsize[keras]"; and name its backend, as in KERAS_BACKEND=torch.'
    raise MissingExtra(message("stepsize.hosts.keras", "needs Keras and a backend", error, remedy)) from None
