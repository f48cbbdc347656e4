"""The transformer of `suffice.models` and its training, as one writes them in torch."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """A layer with one head; the last one is computed at the last position only."""

    def __init__(self, width, hidden, key_dim, length, last, fused_attention):
        super().__init__()
        self.last, self.fused_attention = last, fused_attention
        self.q, self.k, self.v = (_linear(width, key_dim) for _ in range(3))
        self.o = _linear(key_dim, width)
        self.up, self.down = _linear(width, hidden), _linear(hidden, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        ahead = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.register_buffer("ahead", ahead, persistent=False)

    def forward(self, x):
        asking = x[:, -1:] if self.last else x
        mixed = self.attend(self.q(asking), self.k(x), self.v(x))
        x = self.norms[0](asking + self.o(mixed))
        return self.norms[1](x + self.down(F.relu(self.up(x))))

    def attend(self, q, k, v):
        if self.fused_attention:
            one_head = (part[:, None] for part in (q, k, v))
            causal = not self.last  # the last position sees all
            return F.scaled_dot_product_attention(*one_head, is_causal=causal)[:, 0]
        scores = q @ k.transpose(1, 2) * k.shape[-1] ** -0.5
        if not self.last:
            scores = scores.masked_fill(self.ahead, -torch.inf)
        return scores.softmax(-1) @ v


class Twin(nn.Module):
    """From tokens to the logits at the last position."""

    def __init__(self, ours, fused_attention):
        """With the sizes and the weights of one of our transformers."""
        super().__init__()
        shapes = ours.width, ours.blocks[0].perceptron.up.shape[1]
        shapes += ours.blocks[0].attention.q.shape[-1], ours.length
        self.embed = nn.Embedding(ours.vocab, ours.width)
        self.positions = nn.Parameter(torch.empty(ours.length, ours.width))
        self.blocks = nn.ModuleList(
            Block(*shapes, layer == ours.layers - 1, fused_attention)
            for layer in range(ours.layers)
        )
        self.unembed = nn.Linear(ours.width, ours.vocab)
        self.load_state_dict(weights(ours))

    def forward(self, tokens):
        x = self.embed(tokens) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.unembed(x[:, -1])


def weights(ours):
    """The state of the twin of a transformer of ours, which has rows `x W`."""
    state = {
        "embed.weight": ours.embed,
        "positions": ours.positions,
        "unembed.weight": ours.unembed.T,
        "unembed.bias": ours.unembed_bias,
    }
    for layer, block in enumerate(ours.blocks):
        for name in "qkvo":
            state[f"blocks.{layer}.{name}.weight"] = getattr(block.attention, name)[0].T
        for name in ("up", "down"):
            state[f"blocks.{layer}.{name}.weight"] = getattr(block.perceptron, name).T
        for which, norm in enumerate(block.norms):
            state[f"blocks.{layer}.norms.{which}.weight"] = norm.gain
            state[f"blocks.{layer}.norms.{which}.bias"] = norm.shift
    return {name: torch.tensor(np.array(value)) for name, value in state.items()}


class Loop:
    """The training of a twin by a recipe, on batches drawn beforehand."""

    def __init__(self, ours, batches, recipe, fused_attention=False, wrap=None):
        """With the weights of a transformer of ours; wrap may be `torch.compile`."""
        self.twin = Twin(ours, fused_attention)
        self.logits = wrap(self.twin) if wrap else self.twin
        self.start, self.batches, self.recipe = weights(ours), batches, recipe

    def run(self):
        """Train from the start; returns the loss of every step."""
        self.twin.load_state_dict(self.start)
        params, recipe = list(self.twin.parameters()), self.recipe
        optimizer = torch.optim.AdamW(
            params,
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: share(recipe, step)
        )
        losses = []
        for tokens, label in self.batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(self.logits(tokens), label)
            loss.backward()
            nn.utils.clip_grad_norm_(params, recipe.clip)
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
        return np.array(losses)

    def slope(self):
        """Norm of the gradient of the first step."""
        self.twin.load_state_dict(self.start)
        self.twin.zero_grad()
        tokens, label = self.batches[0]
        F.cross_entropy(self.logits(tokens), label).backward()
        slopes = [param.grad.square().sum() for param in self.twin.parameters()]
        return float(sum(slopes)) ** 0.5


def share(recipe, step):
    """The learning rate of a step over its peak: a warm-up, then a cosine."""
    warm = round(recipe.warm_up * recipe.steps)
    if step < warm:
        return recipe.floor + (1 - recipe.floor) * step / warm
    angle = math.pi * min(1.0, (step - warm) / (recipe.steps - warm))
    return recipe.floor + (1 - recipe.floor) * (1 + math.cos(angle)) / 2


def _linear(rows, columns):
    return nn.Linear(rows, columns, bias=False)
