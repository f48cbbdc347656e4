"""Small images with labels: the digits of scikit-learn, or MNIST."""

import dataclasses

import numpy as np
from sklearn.datasets import load_digits

from suffice.spectra import load_mnist


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Images in single precision, pixels from 0 to 1, and their classes.

    Attributes:
        name: Name of the collection.
        train: Images and classes for training.
        test: Those for testing.
        batch: Samples of a mini-batch.
    """

    name: str
    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    batch: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Layer widths of the network of the paper."""
        return self.train[0].shape[1], 200, 200, 10


def digits() -> Pictures:
    """Digits of 8 x 8 pixels: 300 for training, 1497 for testing."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = (x[order] / 16).astype(np.float32), y[order]
    return Pictures("digits", (x[:300], y[:300]), (x[300:], y[300:]), 100)


def mnist() -> Pictures:
    """MNIST: the first 1000 images for training, the first 2000 of the test images.

    Raises:
        ValueError: It is not on this machine; the message says where to put it.
    """
    data = load_mnist()
    train = _flat(data.x_train[:1000]), data.y_train[:1000].astype(int)
    test = _flat(data.x_test[:2000]), data.y_test[:2000].astype(int)
    return Pictures("MNIST", train, test, 200)


def _flat(images: np.ndarray) -> np.ndarray:
    return (images.reshape(len(images), -1) / 255).astype(np.float32)
