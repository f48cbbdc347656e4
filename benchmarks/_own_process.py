"""What is measured in a process of its own: peak memory and first calls."""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import functools
import warnings

import jax
import torch

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)
warnings.simplefilter("ignore")  # the peers warn about torch's deprecations

from _measure import observed  # noqa: E402
from _peers import curvlinops_sketch, torch_qr_rank  # noqa: E402
from _problems import inputs, split_module, split_net  # noqa: E402
from _sizes import DEEP, KEY, size  # noqa: E402

from suffice.tangent import sketch, sketched_rank  # noqa: E402


def single(name, quick):
    """Seconds, memory and result of one case."""
    return observed(case(name, quick))


def case(name, quick):
    """What a process of its own runs: inputs are made first, the work is returned."""
    copies, n = size("1e6", quick), 64 if quick else 256
    if name == "ours-256":
        net, x = split_net(DEEP, copies), inputs(n, 20)
        return lambda: sketched_rank(net, x).value
    if name == "torch-256":
        module, x = split_module(DEEP, copies), inputs(n, 20)
        return lambda: torch_qr_rank(module, x)
    if name == "ours-1e7":
        net, x = split_net(DEEP, size("1e7", quick)), inputs(1024, 20)
        return lambda: sketched_rank(net, x).value
    net, x = split_net(DEEP, size("1e5", quick)), inputs(1024, 20)
    if name == "cold":
        return lambda: sketched_rank(net, x, columns=464).value
    if name == "ours-columns":
        return lambda: sketch(net, x[:256], 64, key=KEY).shape[1]
    module = split_module(DEEP, size("1e5", quick))
    return functools.partial(_columns, module, x[:256])


def _columns(module, x):
    return curvlinops_sketch(module, x, 64).shape[1]
