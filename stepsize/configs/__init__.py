"""Configurations that people already have: read as a schedule and its run, and written from one.

    trainer     Transformers' TrainingArguments, JSON or YAML
    deepspeed   DeepSpeed's JSON
    megatron    Megatron-LM's flags
    timm        timm's args.yaml, or its flags
    torchtitan  torchtitan's TOML
    lightning   Lightning's YAML, or the dictionary of configure_optimizers

No formula stands here: what is read becomes a call of a twin, and what is written is read back and compared. How the
room is laid out:

    documents, flags    from a text to plain values
    fields, facts       each value checked as it is taken; what is known of the run
    trainer, ...        a reader for each format
    outline             what a schedule looks like
    proposals, pieces   the configurations, and the calls of torch and optax, that may come near it
    nearest, writing    the nearest of them, in its own words (rendering), and where it differs

>>> from stepsize import configs
>>> text = '{"scheduler": {"type": "WarmupDecayLR", "params": {"total_num_steps": 1000}}}'
>>> found = configs.read(text)
>>> found.call
'twin:deepspeed.WarmupDecayLR(0.001, 1000, warmup_max_lr=0.001, warmup_num_steps=1000, warmup_type="log")'
>>> found.notes[0]
'warmup_num_steps is not given: the default, 1000.'
"""

from stepsize.configs.config import CODE as CODE
from stepsize.configs.config import FORMATS as FORMATS
from stepsize.configs.config import Config as Config
from stepsize.configs.config import Written as Written
from stepsize.configs.reading import detect as detect
from stepsize.configs.reading import read as read
from stepsize.configs.rendering import commented as commented
from stepsize.configs.writing import write as write
