# Makes mnist_net.onnx and mnist_net.json: PyTorch's MNIST example (examples/mnist/main.py) with fewer
# channels, as torch.onnx.export writes it, and what it gives for a picture. With PyTorch 1.13:
#
#     python3 tests/testdata/mnist_net.py
#
# The weights are random: what is tested is the arithmetic.

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
MEAN, DEVIATION = 0.1307, 0.3081  # of MNIST's training pictures, as the example has them


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3, 1)
        self.conv2 = nn.Conv2d(3, 4, 3, 1)
        self.norm = nn.BatchNorm2d(4)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(4 * 12 * 12, 6)
        self.fc2 = nn.Linear(6, 10)

    def forward(self, x):
        x = (x - MEAN) / DEVIATION
        x = F.relu(self.conv1(x))
        x = F.relu(self.norm(self.conv2(x)))
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


torch.manual_seed(1)
net = Net()
with torch.no_grad():
    net.norm.running_mean.uniform_(-1, 1)
    net.norm.running_var.uniform_(0.5, 2)
    net.norm.weight.uniform_(0.5, 2)
    net.norm.bias.uniform_(-1, 1)
net.eval()

# The same as the test makes.
pixels = torch.tensor([(i * i + 7 * i) % 256 for i in range(784)], dtype=torch.float32)
picture = (pixels / 255).reshape(1, 1, 28, 28)
torch.onnx.export(
    net,
    picture,
    str(HERE / "mnist_net.onnx"),
    input_names=["input"],
    output_names=["output"],
    dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
)
with torch.no_grad():
    probabilities = net(picture).exp()[0].tolist()
(HERE / "mnist_net.json").write_text(
    json.dumps({"torch": torch.__version__, "probabilities": probabilities}, indent=2) + "\n"
)
