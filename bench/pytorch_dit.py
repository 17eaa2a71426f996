"""The PyTorch side of `bench/run train` and `bench/run sample`: an eager DiT as one writes it, trained with AdamW and an EMA, or sampled by DDIM.

Arguments: train|sample D L HEADS LATENT BATCH. Reads "N" per line, does N training steps (or samples N batches) and answers with
the seconds. BLAS gets the core type that our engine chooses too: the comparison is about everything else.
"""
import os
import sys
import time

flags = next((line.split() for line in open("/proc/cpuinfo") if line.startswith("flags")), [])
if "OPENBLAS_CORETYPE" not in os.environ and "avx512dq" in flags:
    os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"
elif "OPENBLAS_CORETYPE" not in os.environ and "avx2" in flags:
    os.environ["OPENBLAS_CORETYPE"] = "Haswell"

import torch
from torch import nn
from torch.nn import functional as F

CHANNELS, PATCH, TIMESTEPS, SAMPLING_STEPS, CLASSES = 4, 2, 1000, 10, 1000


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def attention(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, tokens, width))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c).unsqueeze(1).chunk(6, dim=2)
        x = x + gate1 * self.attention(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


class DiT(nn.Module):
    def __init__(self, width, depth, heads, latent):
        super().__init__()
        self.grid = latent // PATCH
        self.patches = nn.Conv2d(CHANNELS, width, PATCH, stride=PATCH)
        self.positions = nn.Parameter(torch.randn(1, self.grid ** 2, width) * 0.02, requires_grad=False)
        self.time = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.labels = nn.Embedding(CLASSES + 1, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))
        self.final = nn.Linear(width, PATCH * PATCH * CHANNELS)

    def forward(self, x, t, y):
        frequencies = torch.exp(torch.arange(128) * (-9.210340371976184 / 128))
        angles = t.float()[:, None] * frequencies[None]
        c = self.time(torch.cat([angles.cos(), angles.sin()], 1)) + self.labels(y)
        h = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:
            h = block(h, c)
        shift, scale = self.modulation(c).unsqueeze(1).chunk(2, dim=2)
        h = self.final(self.norm(h) * (1 + scale) + shift)
        h = h.reshape(-1, self.grid, self.grid, PATCH, PATCH, CHANNELS)
        return torch.einsum("nhwpqc->nchpwq", h).reshape(x.shape)


def training_step(model, optimizer, averages, alpha_bar, batch, shape):
    x0, noise = torch.randn(batch, *shape), torch.randn(batch, *shape)
    t, y = torch.randint(0, TIMESTEPS, (batch,)), torch.randint(0, CLASSES, (batch,))
    a = alpha_bar[t][:, None, None, None]
    loss = F.mse_loss(model(a.sqrt() * x0 + (1 - a).sqrt() * noise, t, y), noise)
    loss.backward()
    parameters = [p for p in model.parameters() if p.requires_grad]
    nn.utils.clip_grad_norm_(parameters, 1e9)
    optimizer.step()
    with torch.no_grad():
        torch._foreach_mul_(averages, 0.9999)
        torch._foreach_add_(averages, parameters, alpha=0.0001)
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


@torch.inference_mode()
def sample(model, alpha_bar, batch, shape):
    x, y = torch.randn(batch, *shape), torch.randint(0, CLASSES, (batch,))
    steps = list(range(TIMESTEPS - 1, -1, -TIMESTEPS // SAMPLING_STEPS))
    for i, t in enumerate(steps):
        a = alpha_bar[t]
        before = alpha_bar[steps[i + 1]] if i + 1 < len(steps) else torch.tensor(1.0)
        eps = model(x, torch.full((batch,), t), y)
        x = before.sqrt() * (x - (1 - a).sqrt() * eps) / a.sqrt() + (1 - before).sqrt() * eps
    return x


def main():
    mode, (width, depth, heads, latent, batch) = sys.argv[1], map(int, sys.argv[2:])
    torch.manual_seed(0)
    model = DiT(width, depth, heads, latent)
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, TIMESTEPS), 0)
    shape = (CHANNELS, latent, latent)
    if mode == "train":
        parameters = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0)
        averages = [p.detach().clone() for p in parameters]
        work = lambda: training_step(model, optimizer, averages, alpha_bar, batch, shape)
    else:
        model.eval()
        work = lambda: sample(model, alpha_bar, batch, shape)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            work()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
