"""Configurations that other people published: what of them concerns the schedule, and what it must come to.

Only the facts are kept here, with the repository and the path that they are from; what is expected was reckoned by
hand from the documentation of each trainer.
"""

import pytest

import stepsize as ss
from stepsize import configs
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training

EPOCH = Training.of(steps_per_epoch=1000)


def trainer(*lines):
    return "\n".join(("bf16: true", *lines, "output_dir: x", "seed: 42"))


TRAINER = {
    # huggingface/alignment-handbook, recipes/zephyr-7b-beta/sft/config_full.yaml
    "zephyr sft": (trainer("learning_rate: 2.0e-05", "lr_scheduler_type: cosine", "max_steps: -1", "num_train_epochs: 1",
                           "per_device_train_batch_size: 16", "gradient_accumulation_steps: 1", "warmup_ratio: 0.1"),
                   ss.warmup_cosine(2e-5, 1000, warmup=100)),
    # huggingface/alignment-handbook, recipes/zephyr-7b-beta/dpo/config_full.yaml
    "zephyr dpo": (trainer("learning_rate: 5.0e-7", "lr_scheduler_type: cosine", "num_train_epochs: 1", "optim: adamw_torch",
                           "gradient_accumulation_steps: 2", "per_device_train_batch_size: 8", "warmup_ratio: 0.1"),
                   ss.warmup_cosine(5e-7, 1000, warmup=100)),
    # hiyouga/LLaMA-Factory, examples/train_lora/llama3_lora_sft.yaml
    "llama factory": (trainer("per_device_train_batch_size: 1", "gradient_accumulation_steps: 8", "learning_rate: 1.0e-4",
                              "num_train_epochs: 3.0", "lr_scheduler_type: cosine", "warmup_ratio: 0.1"),
                      ss.warmup_cosine(1e-4, 3000, warmup=300)),
    # axolotl-ai-cloud/axolotl, examples/llama-3/lora-1b.yml
    "axolotl": ("gradient_accumulation_steps: 2\nmicro_batch_size: 2\nnum_epochs: 1\noptimizer: adamw_8bit\nlr_scheduler: cosine\n"
                "learning_rate: 0.0002\nbf16: auto\nfp16:\nwarmup_steps: 10\ndeepspeed:\nweight_decay: 0.0\n",
                ss.warmup_cosine(2e-4, 1000, warmup=10)),
    # huggingface/trl, examples/cli_configs/example_config.yaml
    "trl": ("report_to:\n  none\nlearning_rate:\n  0.0001\nlr_scheduler_type:\n  cosine\n", ss.cosine(1e-4, 0.0, 3000)),
}  # fmt: skip

DEEPSPEED = {
    # huggingface/transformers, tests/deepspeed/ds_config_zero3.json
    "zero3": ('{"fp16": {"enabled": true}, "zero_optimization": {"stage": 3, "sub_group_size": 1e14}, "optimizer": {"type": "AdamW",'
              '"params": {"lr": 3e-5, "betas": [0.8, 0.999], "eps": 1e-8, "weight_decay": 3e-7}}, "scheduler": {"type": "WarmupLR",'
              '"params": {"warmup_min_lr": 0, "warmup_max_lr": 3e-5, "warmup_num_steps": 500}}}',
              {0: 0.0, 1: 0.0, 500: 3e-5, 900: 3e-5}),
    # microsoft/DeepSpeedExamples, QANet-Pytorch/ds_bsz512_1cycle.json
    "qanet cycle": ('{"train_batch_size": 512, "train_micro_batch_size_per_gpu": 32, "optimizer": {"type": "Adam", "params": {"lr": 0.001,'
                    '"betas": [0.8, 0.999]}}, "scheduler": {"type": "OneCycle", "params": {"cycle_min_lr": 0.004, "cycle_max_lr": 0.015,'
                    '"cycle_first_step_size": 1000, "cycle_second_step_size": 100, "cycle_first_stair_count": 100,'
                    '"cycle_second_stair_count": 100, "decay_step_size": 1000, "decay_lr_rate": 0.01}}}',
                    {0: 0.004, 500: 0.0095, 1000: 0.015, 1100: 0.004, 2100: 0.004 / 1.01}),
    # microsoft/DeepSpeedExamples, QANet-Pytorch/ds_bsz512_warmup.json
    "qanet warmup": ('{"train_batch_size": 32, "optimizer": {"type": "Adam", "params": {"lr": 0.001, "betas": [0.8, 0.999]}}, "scheduler":'
                     '{"type": "WarmupLR", "params": {"warmup_min_lr": 0, "warmup_max_lr": 0.001, "warmup_num_steps": 1000}}}',
                     {0: 0.0, 1: 0.0, 32: 0.001 * 0.5017166, 1000: 0.001}),
    # microsoft/DeepSpeedExamples, cifar/ds_config.json
    "cifar": ('{"train_batch_size": 4, "optimizer": {"type": "Adam", "params": {"lr": 0.001, "betas": [0.8, 0.999]}}, "scheduler": {"type":'
              '"WarmupLR", "params": {"warmup_min_lr": 0, "warmup_max_lr": 0.001, "warmup_num_steps": 1000}}, "gradient_clipping": 1.0,'
              '"fp16": {"enabled": true, "fp16_master_weights_and_grads": true}, "zero_optimization": {"stage": 2}}',
              {0: 0.0, 10: 0.001 / 3, 100: 0.001 * 2 / 3, 1000: 0.001}),
}  # fmt: skip

TITAN = {
    # pytorch/torchtitan, torchtitan/models/llama3/train_configs/llama3_8b.toml
    "llama3 8b": ('[job]\ndescription = "x"\n[optimizer]\nname = "AdamW"\nlr = 3e-4\n[lr_scheduler]\nwarmup_steps = 200  # warm up\n'
                  '[training]\nbatch_size = 1\nseq_len = 8192\nsteps = 1000\n[parallelism]\ndata_parallel_shard_degree = -1\n',
                  {0: 3e-4 / 200, 199: 3e-4, 200: 3e-4, 600: 3e-4 * 0.5, 999: 3e-4 / 800}),
    # pytorch/torchtitan, torchtitan/models/deepseek_v3/train_configs/deepseek_v3_16b.toml
    "deepseek 16b": ('[optimizer]\nname = "AdamW"\nlr = 2.2e-4\n[lr_scheduler]\nwarmup_steps = 200\ndecay_ratio = 0.8\ndecay_type = "cosine"\n'
                     'min_lr_factor = 0.1\n[training]\nlocal_batch_size = 8\nseq_len = 4096\nsteps = 1000\n',
                     {0: 2.2e-4 / 200, 199: 2.2e-4, 200: 2.2e-4, 600: 2.2e-4 * 0.55, 1000: 2.2e-5}),
    # pytorch/torchtitan, tests/integration_tests/base_config.toml
    "integration": ('[optimizer]\nlr = 8e-4\n[lr_scheduler]\nwarmup_steps = 2\ndecay_ratio = 0.8\ndecay_type = "linear"\nmin_lr_factor = 0.0\n'
                    '[training]\nlocal_batch_size = 8\nseq_len = 2048\nsteps = 10\n[compile]\nenable=false\n',
                    {0: 4e-4, 1: 8e-4, 2: 8e-4, 6: 4e-4, 9: 1e-4}),
    # pytorch/torchtitan, configs/llama3_8b-8xb200-8k.toml
    "llama3 b200": ('[training]\nlocal_batch_size = 3\nseq_len = 8192\nsteps = 1000\ndtype = "bfloat16"\n[parallelism]\n'
                    'data_parallel_replicate_degree = 1\ndata_parallel_shard_degree = 8\n[optimizer]\nname = "AdamW"\nlr = 3e-4\n'
                    '[lr_scheduler]\nwarmup_steps = 200  # lr scheduler warm up\n', {0: 3e-4 / 200, 199: 3e-4, 999: 3e-4 / 800}),
}  # fmt: skip

MEGATRON = {
    # NVIDIA/Megatron-LM, examples/bert/train_bert_340m_distributed.sh
    "bert": ("TRAINING_ARGS=(\n --micro-batch-size 4\n --global-batch-size 32\n --train-iters 1000000\n --weight-decay 1e-2\n --fp16\n"
             " --lr 0.0001\n --lr-decay-iters 990000\n --lr-decay-style linear\n --min-lr 1.0e-5\n --lr-warmup-fraction .01\n --clip-grad 1.0\n)\n",
             ss.warmup_linear(1e-4, 990_000, warmup=9900, end=1e-5)),
    # NVIDIA/Megatron-LM, examples/mixtral/train_mixtral_8x7b_distributed.sh
    "mixtral": ("GPUS_PER_NODE=2\nTRAINING_ARGS=(\n --micro-batch-size 1\n --global-batch-size 4\n --lr 1e-4\n --train-iters 7\n"
                " # --lr-decay-iters 320000\n # --lr-decay-style cosine\n --min-lr 1.0e-5\n --weight-decay 0.1\n # --lr-warmup-iters 500\n)\n",
                ss.linear(1e-4, 1e-5, 7)),
    # NVIDIA/Megatron-LM, examples/llama/train_llama3_8b_h100_fp8.sh
    "llama3": ('GLOBAL_BATCH_SIZE=128\nSEQ_LENGTH=8192\nTRAINING_ARGS=(\n --global-batch-size $GLOBAL_BATCH_SIZE\n --train-samples 1953125000\n'
               ' --lr-decay-samples 1949218748\n --lr-warmup-samples 3906252\n --lr 0.00015\n --min-lr 0.00001\n --decoupled-lr 5.0e-4 # of AdamW\n'
               ' --lr-decay-style cosine\n --bf16\n)\nDTYPE_ARGS+=(\n "--fp8-format hybrid"\n)\n',
               ss.warmup_cosine(1.5e-4, 1949218748 / 128, warmup=3906252 / 128, end=1e-5)),
    # bigscience-workshop/bigscience, train/tr11-176B-ml/tr11-176B-ml.slurm
    "bloom": ('TRAIN_SAMPLES=220_000_000  # 450B tokens\nLR_DECAY_SAMPLES=200_000_000  # then at --min-lr\nLR_WARMUP_SAMPLES=183_105\n'
              'OPTIMIZER_ARGS=" \\\n --optimizer adam \\\n --lr 6e-5 \\\n --min-lr 6e-6 \\\n --lr-decay-style cosine \\\n'
              ' --lr-decay-samples $LR_DECAY_SAMPLES \\\n --lr-warmup-samples $LR_WARMUP_SAMPLES \\\n "\nGPT_ARGS=" \\\n --micro-batch-size 2 \\\n'
              ' --rampup-batch-size 192 16 9_765_625 \\\n --global-batch-size 2048 \\\n --train-samples $TRAIN_SAMPLES \\\n $OPTIMIZER_ARGS "\n',
              ss.warmup_cosine(6e-5, 200_000_000, warmup=183_105, end=6e-6).on("samples")),
}  # fmt: skip

TIMM = {  # huggingface/pytorch-image-models, docs/training_hparam_examples.md
    "efficientnet": ("./distributed_train.sh 2 /imagenet/ --model efficientnet_b2 -b 128 --sched step --epochs 450 --decay-epochs 2.4 --decay-rate .97 "
                     "--opt rmsproptf --opt-eps .001 -j 8 --warmup-lr 1e-6 --weight-decay 1e-5 --drop 0.3 --remode pixel --amp --lr .016",
                     {0: 1e-6, 5 * 1000: 0.016 * 0.97**2, 12_000: 0.016 * 0.97**5}),
    "seresnext": ("./distributed_train.sh 2 /imagenet/ --model seresnext26t_32x4d --lr 0.1 --warmup-epochs 5 --epochs 160 --weight-decay 1e-4 "
                  "--sched cosine --reprob 0.4 --remode pixel -b 112", {0: 1e-5, 80_000: 0.05, 160_000: 0.0}),
    "resnet50": ("./distributed_train.sh 2 /imagenet -b 64 --model resnet50 --sched cosine --epochs 200 --lr 0.05 --amp --remode pixel --reprob 0.6 "
                 "--aug-splits 3 --aa rand-m9-mstd0.5-inc1 --resplit --split-bn --jsd --dist-bn reduce", {100_000: 0.025, 100_999: 0.025}),
    "resnext": ("./distributed_train.sh 8 /imagenet --model resnext50_32x4d --lr 0.6 --warmup-epochs 5 --epochs 240 --weight-decay 1e-4 --sched cosine "
                "-b 192 -j 6 --amp --dist-bn reduce", {0: 1e-5, 120_000: 0.3}),
    "seresnet34": ("./distributed_train.sh 4 --data-dir /data/imagenet --model seresnet34 --sched cosine --epochs 150 --warmup-epochs 5 --lr 0.4 "
                   "--reprob 0.5 --remode pixel --batch-size 256 --amp -j 4", {0: 1e-5, 75_000: 0.2, 150_000: 0.0}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), [*TRAINER.values()], ids=TRAINER)
def test_trainer(text, meant):
    assert configs.detect(text) == "trainer"
    assert ss.compare(configs.read(text, training=EPOCH).schedule, meant).same
    with pytest.raises(HorizonNeeded, match=r"trainer: .* epochs? need the updates of an epoch"):
        configs.read(text)


@pytest.mark.parametrize(("text", "rates"), [*DEEPSPEED.values(), *TITAN.values()], ids=[*DEEPSPEED, *TITAN])
def test_deepspeed_and_torchtitan(text, rates):
    found = configs.read(text)
    assert found.format in ("deepspeed", "torchtitan")
    for k, rate in rates.items():
        assert found.schedule(k) == pytest.approx(rate, rel=1e-6, abs=1e-12), k


@pytest.mark.parametrize(("text", "meant"), [*MEGATRON.values()], ids=MEGATRON)
def test_megatron(text, meant):
    found = configs.read(text)
    assert (found.format, found.schedule.clock) == ("megatron", meant.clock)
    assert ss.compare(found.schedule, meant, tolerance=1e-9).same


@pytest.mark.parametrize(("text", "rates"), [*TIMM.values()], ids=TIMM)
def test_timm(text, rates):
    found = configs.read(text, training=EPOCH)
    assert found.format == "timm"
    for k, rate in rates.items():
        assert found.schedule(k) == pytest.approx(rate, rel=1e-12), k


def test_lightning():
    # IBM/terratorch, examples/confs/geobenchv2_detection/everwatch/everwatch_resnet50.yaml
    text = ("trainer:\n  devices: auto\n  num_nodes: 1\n  precision: 16-mixed\n  max_epochs: 100\noptimizer:\n  class_path: torch.optim.AdamW\n"
            "  init_args:\n    lr: 1e-4\n    weight_decay: 0.05\nlr_scheduler:\n  class_path: CosineAnnealingLR\n  init_args:\n    T_max: 20\n")  # fmt: skip
    found = configs.read(text, training=EPOCH)
    assert (found.format, found.training.steps) == ("lightning", 100_000)
    assert found.schedule == ss.cosine(1e-4, 0.0, 20_000).staircase(1000)
    assert (
        "CosineAnnealingLR ends at update 20,000 of 100,000: behind it theirs rises, or raises."
        in found.notes
    )


@pytest.mark.parametrize(("text", "format", "error"), [
    # IBM/terratorch, examples/confs/burn_scars.yaml: a rate that answers to a metric
    ("optimizer:\n  class_path: torch.optim.Adam\n  init_args: {lr: 1.5e-5}\nlr_scheduler:\n  class_path: ReduceLROnPlateau\n"
     "  init_args:\n    monitor: val/loss\n", "lightning", r"the rate answers to a metric"),
    # genbio-ai/ModelGenerator, experiments/AIDO.Cell/pert_classification.yaml: a class of their own
    ("model:\n  class_path: m.T\n  init_args:\n    optimizer:\n      class_path: torch.optim.AdamW\n      init_args: {lr: 1e-3}\n"
     "    lr_scheduler:\n      class_path: modelgenerator.lr_schedulers.CosineWithWarmup\n      init_args: {warmup_ratio: 0.01}\n",
     "lightning", r"must be one of torch.optim.lr_scheduler or transformers.optimization; got 'modelgenerator.lr_sch"),
    # huggingface/transformers, tests/deepspeed/ds_config_zero2.json: all of it is left to the Trainer
    ('{"fp16": {"enabled": "auto"}, "optimizer": {"type": "AdamW", "params": {"lr": "auto", "betas": "auto"}}, "scheduler": {"type": "WarmupLR",'
     '"params": {"warmup_min_lr": "auto", "warmup_max_lr": "auto", "warmup_num_steps": "auto"}}, "train_batch_size": "auto"}',
     "deepspeed", r"warmup_num_steps: must be a number; got 'auto'. The Trainer fills it in"),
    # axolotl-ai-cloud/axolotl, deepspeed_configs/zero3_bf16.json: no schedule at all
    ('{"zero_optimization": {"stage": 3}, "bf16": {"enabled": true}, "gradient_clipping": "auto", "train_batch_size": "auto",'
     '"train_micro_batch_size_per_gpu": "auto"}', "deepspeed", r"must be one of WarmupLR, .*; got None. The Trainer's own schedule drives it"),
    # NVIDIA/Megatron-LM, examples/gpt3/train_gpt3_175b_distributed.sh: what its own arguments.py refuses
    ("--micro-batch-size 1\n--global-batch-size 1536\n--rampup-batch-size 16 16 5859375\n--train-iters 500000\n--lr 6.0e-5\n"
     "--lr-decay-style cosine\n--min-lr 6.0e-6\n--lr-warmup-fraction .001\n--lr-decay-iters 430000\n", "megatron",
     r"a batch that changes needs lengths in samples; got 'iterations'"),
    # NVIDIA/Megatron-LM, examples/mamba/train.sh: a batch that hangs on the size of the model
    ('case "${MODEL_SCALE}" in\n"800M")\nGLOBAL_BATCH_SIZE=32\n;;\n"8B")\nGLOBAL_BATCH_SIZE=8\n;;\nesac\nTRAIN_SAMPLES=73242188  # 300B tokens\n'
     'options=" \\\n --train-samples ${TRAIN_SAMPLES} \\\n --global-batch-size ${GLOBAL_BATCH_SIZE} \\\n --lr 2.5e-4 \\\n --lr-decay-style cosine "\n',
     "megatron", r"--global-batch-size: must be a number; got '\$\{GLOBAL_BATCH_SIZE\}'. It is computed elsewhere"),
])  # fmt: skip
def test_what_has_no_schedule_says_why(text, format, error):
    assert configs.detect(text) == format
    with pytest.raises(ScheduleError, match=error):
        configs.read(text, training=EPOCH)


def test_what_keeps_its_schedule_in_code():
    # microsoft/ClimaX, configs/global_forecast_climax.yaml
    assert (
        configs.detect(
            "trainer:\n  max_epochs: 100\nmodel:\n  lr: 5e-4\n  warmup_epochs: 10000\n  eta_min: 1e-8\n"
        )
        is None
    )
