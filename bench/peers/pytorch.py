"""The same work in PyTorch: eager mode, float32, on the CPU. bench/bench.ts runs it.

    pytorch.py versions          what is installed
    pytorch.py train CONFIG      times training steps: a round for each line on stdin
    pytorch.py infer CONFIG      times the trained CNN, likewise
    pytorch.py predict CONFIG    reads one picture, as a process of its own
    pytorch.py run CONFIG        a whole training run, from the files to the test accuracy

CONFIG is JSON, and so is each line of stdin and stdout. PyTorch is BSD-3-Clause. Any version from
1.13 (2022) on will do, but which one matters: with Debian's 1.13 and its reference BLAS, training is
2 to 10 times slower than with PyTorch's own packages. To be measured against those:

    python3 -m venv torch && . torch/bin/activate
    pip install torch==2.13.0+cpu numpy pillow --extra-index-url https://download.pytorch.org/whl/cpu
    deno task bench
"""

import gzip
import itertools
import json
import os
import re
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CHOICE_SECONDS = 0.25  # to time each way of doing the work before the fastest is taken
WARM_UP = 0.2  # part of a round's time that goes before it, unmeasured


def new_network(name):
    if name == "dense":
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 128), nn.ReLU(),
            nn.Linear(128, 128), nn.ReLU(),
            nn.Linear(128, 10),
        )
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1600, 128), nn.ReLU(),
        nn.Linear(128, 10),
    )


def trained_cnn(path):
    """The CNN with trained weights: float32, one after the other, in the layout of Keras."""
    network = new_network("cnn")
    data = np.fromfile(path, "<f4")
    at = 0
    for parameter in network.parameters():
        flat = data[at:at + parameter.numel()]
        at += parameter.numel()
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(from_keras(flat, parameter.shape).copy()))
    return network.eval()


def from_keras(flat, shape):
    if len(shape) == 4:  # [height, width, in, out] -> [out, in, height, width]
        outs, ins, height, width = shape
        return flat.reshape(height, width, ins, outs).transpose(3, 2, 0, 1)
    if tuple(shape) == (128, 1600):  # Keras flattens [height, width, channel], PyTorch channel first
        return flat.reshape(5, 5, 64, 128).transpose(3, 2, 0, 1).reshape(shape)
    if len(shape) == 2:
        return flat.reshape(shape[1], shape[0]).T
    return flat


def new_adam(network, fused):
    options = {"fused": True} if fused else {}
    return torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, **options)


def has_fused_adam():
    try:
        new_adam(nn.Linear(1, 1), True)
        return True
    except (TypeError, RuntimeError):  # before PyTorch 2.4 there is none for CPUs
        return False


def to_input(images):
    """Bytes to [N, 1, 28, 28], 0 to 1."""
    return torch.from_numpy(images.reshape(-1, 1, 28, 28).astype(np.float32) / 255)


def read_pictures(config):
    return (
        to_input(np.fromfile(config["images"], np.uint8)),
        torch.from_numpy(np.fromfile(config["labels"], np.uint8).astype(np.int64)),
    )


def per_second(step, seconds, finish=lambda: None):
    """Calls step(0), step(1), ... for so long and gives the calls a second.

    finish() waits for work that is still under way; its time counts.
    """
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step(done)
        done += 1
    finish()
    return done / (time.perf_counter() - start)


class Settings:
    """A way of doing the work."""

    def __init__(self, threads, channelsLast=False, fused=False, **_):
        self.threads, self.channels_last, self.fused = threads, channelsLast, fused

    @property
    def layout(self):
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def to_json(self):
        parts = [f"{self.threads} thread{'s' if self.threads > 1 else ''}"]
        parts += ["channels_last"] * self.channels_last + ["fused Adam"] * self.fused
        return {"threads": self.threads, "channelsLast": self.channels_last, "fused": self.fused,
                "detail": ", ".join(parts)}


def ways(threads, layouts=(False, True), fused=(False,)):
    """All that are worth a try. Fewer threads than wanted may be faster, more are not allowed."""
    counts = sorted({1, max(1, threads // 2), threads})
    return [Settings(*way) for way in itertools.product(counts, layouts, fused)]


def fastest(settings, make):
    """The settings with which the step that `make` gives takes least time."""
    speed = dict.fromkeys(settings, 0)
    for _ in range(2):  # the better of two: the machine may have been busy
        for setting in settings:
            torch.set_num_threads(setting.threads)
            step = make(setting)
            per_second(step, WARM_UP * CHOICE_SECONDS)
            speed[setting] = max(speed[setting], per_second(step, CHOICE_SECONDS))
    return max(speed, key=speed.get)


def answer(value):
    print(json.dumps(value), flush=True)


def training_step(network, optimizer, images, labels, smoothing=0.0):
    loss = F.cross_entropy(network(images), labels, label_smoothing=smoothing)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def train(config):
    images, labels = read_pictures(config)
    size, name = config["batch"], config["network"]
    batches = len(labels) // size

    def make(setting):
        torch.manual_seed(1)
        network = new_network(name).to(memory_format=setting.layout)
        optimizer = new_adam(network, setting.fused)
        data = images.contiguous(memory_format=setting.layout)

        def step(i):
            at = i % batches * size
            training_step(network, optimizer, data[at:at + size], labels[at:at + size])

        return step

    if "settings" in config:
        best = Settings(**config["settings"])
    else:
        layouts = (False, True) if name == "cnn" else (False,)
        fused = (False, True) if has_fused_adam() else (False,)
        best = fastest(ways(config["threads"], layouts, fused), make)
    torch.set_num_threads(best.threads)
    answer(best.to_json())
    for _ in sys.stdin:
        # Each round starts from the same weights.
        step = make(best)
        per_second(step, WARM_UP * config["seconds"])
        answer(size * per_second(step, config["seconds"]))


def infer(config):
    images, _ = read_pictures(config)
    network = trained_cnn(config["weights"])

    def make(setting, size):
        network.to(memory_format=setting.layout)
        data = images.contiguous(memory_format=setting.layout)
        batches = len(data) // size

        @torch.inference_mode()
        def step(i):
            at = i % batches * size
            return network(data[at:at + size])

        return step

    best = {
        size: fastest(ways(config["threads"]), lambda setting: make(setting, size))
        for size in config["batches"]
    }
    answer({"detail": "; ".join(f"batch {size}: {way.to_json()['detail']}"
                                for size, way in best.items())})
    for line in sys.stdin:
        request = json.loads(line)
        size = request["batch"]
        torch.set_num_threads(best[size].threads)
        step = make(best[size], size)
        if request.get("logits"):
            answer(step(0).flatten().tolist())
        else:
            per_second(step, WARM_UP * config["seconds"])
            answer(size * per_second(step, config["seconds"]))


def predict(config):
    network = trained_cnn(config["weights"])
    with torch.inference_mode():
        print(network(read_picture(config)).argmax(1).item())


def read_picture(config):
    """Far less care than a person's picture needs: dark ink, centred, fitted into 28x28."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        return read_pictures(config)[0][:1]
    picture = ImageOps.invert(Image.open(config["picture"]).convert("L"))
    return to_input(np.asarray(picture.resize((28, 28), Image.Resampling.BOX)))


def run(config):
    settings = Settings(**config["settings"])
    torch.set_num_threads(settings.threads)
    torch.manual_seed(1)
    images, labels = read_mnist(config["mnist"], "train")
    order = torch.randperm(len(labels))
    held = round(config["validationSplit"] * len(labels))
    validation = images[order[:held]], labels[order[:held]]
    images, labels = images[order[held:]], labels[order[held:]]

    network = new_network("cnn").to(memory_format=settings.layout)
    optimizer = new_adam(network, settings.fused)
    size, epochs = config["batch"], config["epochs"]
    steps = epochs * -(-len(labels) // size)
    done = 0
    for epoch in range(epochs):
        for index in torch.randperm(len(labels)).split(size):
            optimizer.param_groups[0]["lr"] = 1e-3 * (1 - done / steps)  # as the recipe's falls
            training_step(network, optimizer, images[index], labels[index])
            done += 1
        accuracy = evaluate(network, *validation)
        print(f"epoch {epoch + 1}/{epochs}: validation accuracy {accuracy:.4f}", file=sys.stderr)
    answer({"accuracy": evaluate(network, *read_mnist(config["mnist"], "t10k"))})


@torch.inference_mode()
def evaluate(network, images, labels):
    parts = zip(images.split(256), labels.split(256))
    correct = sum((network(part).argmax(1) == truth).sum() for part, truth in parts)
    return correct.item() / len(labels)


def read_mnist(folder, part):
    return (
        to_input(read_idx(f"{folder}/{part}-images-idx3-ubyte", 16)),
        torch.from_numpy(read_idx(f"{folder}/{part}-labels-idx1-ubyte", 8).astype(np.int64)),
    )


def read_idx(path, header):
    if os.path.exists(path):
        return np.fromfile(path, np.uint8, offset=header)
    with gzip.open(path + ".gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def versions(_):
    python = ".".join(str(number) for number in sys.version_info[:3])
    gpu = {"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}
    answer({"python": python, "torch": torch.__version__, "blas": blas_name(), **gpu})


def blas_name():
    """Who multiplies matrices; Debian's PyTorch takes whatever libblas.so.3 is installed."""
    name = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())[1]
    if name != "generic":
        return name.upper() if name == "mkl" else name
    # LAPACK may come from elsewhere: the folder of BLAS itself tells.
    with open("/proc/self/maps") as file:
        path = re.search(r"\S*/libblas\S*", file.read())
    return "OpenBLAS" if path and "openblas" in path[0] else "reference BLAS, which is slow"


if __name__ == "__main__":
    modes = {"versions": versions, "train": train, "infer": infer, "predict": predict, "run": run}
    modes[sys.argv[1]](json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
