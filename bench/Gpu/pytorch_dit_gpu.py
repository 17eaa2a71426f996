"""The PyTorch side of `bench/gpu`: the DiT of pytorch_dit.py on a CUDA device, in bfloat16 autocast, with PyTorch's own attention.

Arguments: eager|compiled D L HEADS LATENT BATCH. Reads "N" per line, does N training steps and answers with the seconds.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import torch
from torch import nn
from torch.nn import functional as F

import pytorch_dit as plain


def attention(block, x):
    n, tokens, width = x.shape
    q, k, v = block.qkv(x).reshape(n, tokens, 3, block.heads, width // block.heads).permute(2, 0, 3, 1, 4).unbind(0)
    return block.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, width))


class InBfloat16(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x, t, y):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            return self.inner(x, t, y).float()


def main():
    mode, (width, depth, heads, latent, batch) = sys.argv[1], map(int, sys.argv[2:])
    torch.manual_seed(0)
    torch.set_default_device("cuda")
    plain.Block.attention = attention
    model = plain.DiT(width, depth, heads, latent)
    network = InBfloat16(torch.compile(model) if mode == "compiled" else model)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0, fused=True)
    averages = [p.detach().clone() for p in parameters]
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, plain.TIMESTEPS), 0)
    for line in sys.stdin:
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(int(line)):
            plain.training_step(network, optimizer, averages, alpha_bar, batch, (plain.CHANNELS, latent, latent))
        torch.cuda.synchronize()
        print(time.perf_counter() - start, flush=True)


main()
