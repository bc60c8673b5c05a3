"""Training in PyTorch on a GPU: in eager mode, or whole steps as CUDA graphs. bench/bench.ts runs it.

    pytorch_cuda.py train CONFIG    times training steps: a round for each line on stdin
    pytorch_cuda.py fast CONFIG     trains a recipe on MNIST, cold and then warm, up to the test accuracy

CONFIG is JSON, and so is each line of stdin and stdout. The examples lie on the GPU, and batches are
taken there by index. Eager mode is PyTorch as it comes, from 1.13 (2022) on; graphs need 2.1 or newer,
for the learning rate that is a tensor, and have the fused Adam:

    python3 -m venv torch && . torch/bin/activate
    pip install torch numpy
    deno task bench webgpu fast
"""

import json
import sys
import time

import torch
from torch import nn

from pytorch import (
    WARM_UP, answer, evaluate, new_network, per_second, read_idx, read_pictures, training_step,
)

CAPTURE_WARM_UP = 3  # steps before a capture, in which libraries choose their kernels


def fast_network():
    """That of the recipe `fast`, with the initial weights of Keras."""
    network = nn.Sequential(
        nn.Conv2d(1, 24, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(24, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 256), nn.ReLU(),
        nn.Linear(256, 10),
    )
    for parameter in network.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
    return network


class Trainer:
    """Trains a network on batches of `size` examples that lie on its device, given as indices."""

    def __init__(self, network, images, labels, *, size, graphs, adam, smoothing=0.0):
        self.network, self.images, self.labels, self.smoothing = network, images, labels, smoothing
        # A number would be part of the graph, and the same in each step.
        rate = torch.zeros((), device=images.device) if graphs else 0.0
        options = {"capturable": True, "fused": True} if graphs else {}
        self.optimizer = torch.optim.Adam(
            network.parameters(), lr=rate, betas=(adam["beta1"], adam["beta2"]),
            eps=adam["epsilon"], **options,
        )
        self.index = torch.arange(size, device=images.device)
        self.graph = self.capture() if graphs else None

    def train_batch(self, index, rate):
        group = self.optimizer.param_groups[0]
        if self.graph is None:
            group["lr"] = rate
            self.step(index)
            return
        group["lr"].fill_(rate)
        if len(index) < len(self.index):  # the last batch of an epoch
            self.step(index)
        else:
            self.index.copy_(index)
            self.graph.replay()

    def step(self, index):
        training_step(self.network, self.optimizer, self.images[index], self.labels[index],
                      self.smoothing)

    def capture(self):
        """A step on the batch that `self.index` holds at the time of its replay."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(CAPTURE_WARM_UP):
                self.step(self.index)
        torch.cuda.current_stream().wait_stream(stream)
        self.optimizer.zero_grad(set_to_none=True)  # so that the graph has gradients of its own
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step(self.index)
        # The rate was 0 so far, so that it is only the optimizer that is no longer as it was.
        for state in self.optimizer.state.values():
            for tensor in state.values():
                tensor.zero_()
        return graph


def train(config):
    device, size = find_device(config), config["batch"]
    images, labels = (tensor.to(device) for tensor in read_pictures(config))
    order = torch.arange(len(labels), device=device)
    batches = len(labels) // size
    answer({"detail": detail(config)})
    for _ in sys.stdin:
        # Each round starts from weights of the same seed.
        torch.manual_seed(1)
        trainer = Trainer(new_network(config["network"]).to(device), images, labels, size=size,
                          graphs=config["graphs"], adam=config["adam"])

        def step(i):
            at = i % batches * size
            trainer.train_batch(order[at:at + size], 1e-3)

        def finish():
            if device.type == "cuda":
                torch.cuda.synchronize()

        per_second(step, WARM_UP * config["seconds"], finish)
        answer(size * per_second(step, config["seconds"], finish))


def fast(config):
    device = find_device(config)
    parts = {part: read_bytes(config["mnist"], part) for part in ("train", "t10k")}
    answer([timed_run(config, device, parts, seed) for seed in config["seeds"]])


def timed_run(config, device, parts, seed):
    """From bytes in memory to the test accuracy, which waits for all that the GPU has to do."""
    recipe = config["recipe"]
    torch.manual_seed(seed)
    images, labels = parts["train"]
    # As many as the recipe trains on; that others are held back is no part of the work.
    kept = torch.randperm(len(labels))[round(recipe["validationSplit"] * len(labels)):]
    images, labels = images[kept], labels[kept]
    start = time.perf_counter()
    images, labels = to_device(images, labels, device)
    size, epochs = recipe["batchSize"], recipe["epochs"]
    trainer = Trainer(fast_network().to(device), images, labels, size=size, graphs=config["graphs"],
                      adam=recipe["optimizer"], smoothing=recipe["labelSmoothing"])
    steps, done = epochs * -(-len(labels) // size), 0
    for _ in range(epochs):
        for index in torch.randperm(len(labels), device=device).split(size):
            trainer.train_batch(index, learning_rate_at(recipe["learningRate"], done / steps))
            done += 1
    accuracy = evaluate(trainer.network, *to_device(*parts["t10k"], device))
    return {"seconds": time.perf_counter() - start, "accuracy": accuracy}


def learning_rate_at(schedule, progress):
    """As in lib/model/recipes.ts."""
    start, peak, end, warm_up = (schedule[name] for name in ("start", "peak", "end", "warmUp"))
    if progress < warm_up:
        return start + (peak - start) * progress / warm_up
    return end + (peak - end) * (1 - progress) / (1 - warm_up)


def read_bytes(folder, part):
    """Bytes [N, 1, 28, 28] and [N]."""
    return (
        torch.tensor(read_idx(f"{folder}/{part}-images-idx3-ubyte", 16)).reshape(-1, 1, 28, 28),
        torch.tensor(read_idx(f"{folder}/{part}-labels-idx1-ubyte", 8)),
    )


def to_device(images, labels, device):
    """Bytes as they are, and there to pictures from 0 to 1 and the labels that PyTorch takes."""
    return images.to(device).float() / 255, labels.to(device).long()


def find_device(config):
    if config["device"] == "cuda" and not torch.cuda.is_available():
        sys.exit(f"PyTorch {torch.__version__} finds no GPU for CUDA here")
    return torch.device(config["device"])


def detail(config):
    return "CUDA graphs, fused Adam" if config["graphs"] else "eager mode"


if __name__ == "__main__":
    {"train": train, "fast": fast}[sys.argv[1]](json.loads(sys.argv[2]))
