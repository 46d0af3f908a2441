"""The network of the preset `paper`, its training step and its sampler in plain PyTorch, to compare speeds with.

    python3 vld_torch.py [--task train|sample] --mode padded|longest|valid --batch 256 --steps 10 --threads 1
        [--compile] [--amp] [--device cuda]

What a training step does is what the trainer does: encoder, codec, schedule and denoiser forward, the sum of the
terms, all gradients, clipping by their joint norm, Adam. `padded` computes all 23 tokens of every event, `longest` as
many as the longest event of the batch has, `valid` gives linear layers and gates nothing but the real tokens
(attention itself stays padded, which is what PyTorch offers). Events hold random numbers; only how many objects they
have matters, read from --events (a JSON list of numbers of objects) or drawn as 5 + Poisson(0.9), which is close to
the built-in sample.
A step of sampling draws once for each event of a batch, with 50 steps of PNDM. `--compile` passes the loss, or encoder
and denoiser, through torch.compile; `--amp` runs them in autocast to bfloat16. `--device` needs PyTorch 2. Prints one
line of JSON.
"""

import argparse
import contextlib
import json
import math
import random
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, LAYERS, EXPANSION = 96, 4, 8, 2
CODEC_BLOCKS, DENOISER_BLOCKS, EMBEDDING, HIDDEN = 6, 10, 32, 1024
PARTONS, FEATURES, MET_FEATURES, CAPACITY = 55, 12, 4, 21
GAMMA_LIMIT, GAMMA_MIN, GAMMA_MAX = 16.0, -13.3, 5.0
FIRST_SLOPE, FIRST_REACH = 4.0, 1.5
DIFFUSION_STEPS, RUNGE_KUTTA_STEPS = 50, 3
ADAMS_BASHFORTH = (55 / 24, -59 / 24, 37 / 24, -9 / 24)


def attend(query, key, value, keys):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=keys)
    # PyTorch 1
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return scores.masked_fill(~keys, -math.inf).softmax(-1) @ value


def adam(parameters):
    try:
        return torch.optim.Adam(parameters, lr=5e-4, fused=True)
    except (RuntimeError, TypeError):  # PyTorch 1 fuses on GPUs alone
        return torch.optim.Adam(parameters, lr=5e-4, foreach=True)


class GatedFeedForward(nn.Module):
    """gate(contract(gelu(expand(norm(mix(x))))), x), with the gate a GRU cell."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(WIDTH, WIDTH, bias=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.expand = nn.Linear(WIDTH, EXPANSION * WIDTH)
        self.contract = nn.Linear(EXPANSION * WIDTH, WIDTH)
        self.gate = nn.GRUCell(WIDTH, WIDTH)

    def forward(self, x):
        branch = self.contract(F.gelu(self.expand(self.norm(self.mix(x)))))
        return self.gate(branch, x)


class GatedAttention(nn.Module):
    """gate(attention(norm(x)), x) of rows [R, D]; `layout` puts rows into events and back."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.input = nn.Linear(WIDTH, 3 * WIDTH)
        self.output = nn.Linear(WIDTH, WIDTH)
        self.gate = nn.GRUCell(WIDTH, WIDTH)

    def forward(self, x, layout):
        mapped = layout.to_events(self.input(self.norm(x)))
        events, tokens, _ = mapped.shape
        query, key, value = mapped.view(events, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        attended = attend(query, key, value, layout.keys)
        joined = attended.transpose(1, 2).reshape(events, tokens, WIDTH)
        return self.gate(self.output(layout.to_rows(joined)), x)


class Layout:
    """Where the rows of a batch belong. `mask` [B, N] is 1 for a token."""

    def __init__(self, mask, only_valid):
        self.mask = mask
        self.only_valid = only_valid
        self.keys = mask.bool()[:, None, None, :]
        self.index = mask.flatten().nonzero().squeeze(1) if only_valid else None
        events, tokens = mask.shape
        starts = torch.arange(events) * tokens
        self.first = torch.searchsorted(self.index, starts) if only_valid else starts

    def to_rows(self, padded):
        rows = padded.reshape(-1, padded.shape[-1])
        return rows.index_select(0, self.index) if self.only_valid else rows

    def to_events(self, rows):
        events, tokens = self.mask.shape
        if self.only_valid:
            padded = rows.new_zeros(events * tokens, rows.shape[-1])
            rows = padded.index_copy(0, self.index, rows)
        return rows.view(events, tokens, -1)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.event = nn.Parameter(torch.randn(1, WIDTH))
        self.objects = nn.Linear(FEATURES, WIDTH)
        self.met = nn.Linear(MET_FEATURES, WIDTH)
        self.attention = nn.ModuleList(GatedAttention() for _ in range(LAYERS))
        self.feed_forward = nn.ModuleList(GatedFeedForward() for _ in range(LAYERS))
        self.summary = nn.Linear(WIDTH, WIDTH)

    def forward(self, objects, met, object_mask, only_valid):
        events = objects.shape[0]
        ones = object_mask.new_ones(events, 1)
        layout = Layout(torch.cat([ones, object_mask, ones], 1), only_valid)
        event = self.event.expand(events, 1, WIDTH)
        rows = layout.to_rows(torch.cat([event, self.objects(objects), self.met(met)], 1))
        for attention, feed_forward in zip(self.attention[:-1], self.feed_forward[:-1]):
            rows = feed_forward(attention(rows, layout))
        rows = self.attention[-1](rows, layout)
        return self.summary(self.feed_forward[-1](rows.index_select(0, layout.first)))


class Stack(nn.Module):
    def __init__(self, inputs, outputs, blocks):
        super().__init__()
        self.embedding = nn.Linear(inputs, WIDTH)
        self.blocks = nn.Sequential(*(GatedFeedForward() for _ in range(blocks)))
        self.output = nn.Linear(WIDTH, outputs)

    def forward(self, x):
        return self.output(self.blocks(self.embedding(x)))


class Schedule(nn.Module):
    """gamma(t) from a monotone network between learned ends."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.full((1, HIDDEN), FIRST_SLOPE**0.5))
        self.bias = nn.Parameter(FIRST_SLOPE * FIRST_REACH * torch.linspace(-1, 1, HIDDEN))
        self.out = nn.Parameter(torch.full((HIDDEN, 1), HIDDEN**-0.5))
        self.min = nn.Parameter(torch.tensor(GAMMA_LIMIT * math.atanh(GAMMA_MIN / GAMMA_LIMIT)))
        self.max = nn.Parameter(torch.tensor(GAMMA_LIMIT * math.atanh(GAMMA_MAX / GAMMA_LIMIT)))

    def ends(self):
        return (GAMMA_LIMIT * torch.tanh(end / GAMMA_LIMIT) for end in (self.min, self.max))

    def forward(self, t):
        times = torch.cat([t, t.new_tensor([0.0, 1.0])])[:, None]
        hidden = torch.tanh((2 * times - 1) @ self.weight.square() + self.bias)
        height = (hidden @ self.out.square()).squeeze(1)
        slope = ((2 * self.weight.square() * (1 - hidden.square())) @ self.out.square()).squeeze(1)[:-2]
        rise = height[-1] - height[-2]
        low, high = self.ends()
        return low + (high - low) * (height[:-2] - height[-2]) / rise, (high - low) * slope / rise


def gaussian_kl(mean, log_std, prior_mean, prior_log_std):
    twice = 2 * (log_std - prior_log_std)
    return 0.5 * (torch.expm1(twice) - twice + ((mean - prior_mean) / torch.exp(prior_log_std)).square())


def sinusoids(position):
    frequencies = 10_000.0 ** (-torch.arange(EMBEDDING // 2) / (EMBEDDING // 2))
    angle = position[:, None] * frequencies
    return torch.cat([angle.sin(), angle.cos()], 1)


class Vld(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.mean = Stack(PARTONS, WIDTH, CODEC_BLOCKS)
        self.log_std = Stack(PARTONS, WIDTH, CODEC_BLOCKS)
        self.decoder = Stack(WIDTH, PARTONS, CODEC_BLOCKS)
        self.schedule = Schedule()
        self.denoiser = Stack(WIDTH + EMBEDDING + WIDTH, WIDTH, DENOISER_BLOCKS)

    def loss(self, partons, objects, met, object_mask, only_valid):
        events = partons.shape[0]
        condition = self.encoder(objects, met, object_mask, only_valid)
        mean = self.mean(partons)
        mean = mean * torch.rsqrt(mean.square().mean(1, keepdim=True) + 1e-12)
        log_std = self.log_std(partons)
        latent = mean + log_std.exp() * torch.randn_like(mean)
        decoded = self.decoder(latent)

        t = (torch.rand(()) + torch.arange(events) / events) % 1
        gamma, slope = self.schedule(t)
        noise = torch.randn_like(latent)
        alpha, sigma = torch.sigmoid(-gamma).sqrt()[:, None], torch.sigmoid(gamma).sqrt()[:, None]
        position = 1000 * (gamma + GAMMA_LIMIT) / (2 * GAMMA_LIMIT)
        inputs = torch.cat([alpha * latent + sigma * noise, sinusoids(position), condition], 1)
        error = (noise - self.denoiser(inputs)).square().mean(1)

        low, high = self.schedule.ends()
        terminal = gaussian_kl(torch.sigmoid(-high).sqrt() * latent, -0.5 * F.softplus(-high), 0.0, high.new_zeros(()))
        shifted = latent + torch.exp(0.5 * low) * torch.randn_like(latent)
        squares = decoded.view(events, -1, 5)
        momentum = squares[..., 2:].square().sum(-1)
        consistency = (squares[..., 0].square() - squares[..., 1].exp().square() + momentum).abs()
        return (
            terminal.mean()
            + (decoded - partons).square().mean()
            + gaussian_kl(mean, log_std, shifted, 0.5 * low).mean()
            + (0.5 * slope * error).mean()
            + 0.1 * consistency.mean()
        )


    def predict(self, latent, gamma, condition):
        position = (1000 * (gamma + GAMMA_LIMIT) / (2 * GAMMA_LIMIT)).expand(len(latent))
        return self.denoiser(torch.cat([latent, sinusoids(position), condition], 1))

    def sample(self, objects, met, object_mask, only_valid, draws):
        """Pseudo Runge-Kutta steps, then Adams-Bashforth of order 4 (Liu et al. 2022); 59 calls of the denoiser."""
        condition = self.encoder(objects, met, object_mask, only_valid).repeat_interleave(draws, 0)
        # Ends and middles of all steps, from t = 1 to 0.
        gammas = self.schedule(torch.linspace(1, 0, 2 * DIFFUSION_STEPS + 1))[0]
        latent = torch.randn(len(condition), WIDTH)
        history = []
        for step in range(DIFFUSION_STEPS):
            start, middle, end = gammas[2 * step], gammas[2 * step + 1], gammas[2 * step + 2]
            first = self.predict(latent, start, condition)
            if step < RUNGE_KUTTA_STEPS:
                second = self.predict(transfer(latent, first, start, middle), middle, condition)
                third = self.predict(transfer(latent, second, start, middle), middle, condition)
                fourth = self.predict(transfer(latent, third, start, end), end, condition)
                noise = (first + 2 * second + 2 * third + fourth) / 6
            else:
                noise = sum(weight * past for weight, past in zip(ADAMS_BASHFORTH, [first, *history]))
            history = [first, *history[:2]]
            latent = transfer(latent, noise, start, end)
        return self.decoder(latent / torch.sigmoid(-gammas[-1]).sqrt())


def transfer(latent, noise, gamma, target):
    """The latent of the same signal and noise at another gamma."""
    scale = (torch.sigmoid(-target) / torch.sigmoid(-gamma)).sqrt()
    return scale * latent + (torch.sigmoid(target).sqrt() - scale * torch.sigmoid(gamma).sqrt()) * noise


def object_counts(path, events):
    if path:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        return [known[i % len(known)] for i in range(events)]
    rates = torch.full((events,), 0.9, device="cpu")
    draws = torch.poisson(rates, generator=torch.Generator("cpu").manual_seed(1))
    return [min(CAPACITY, 5 + int(draw)) for draw in draws]


def make_batch(counts, mode):
    capacity = CAPACITY if mode == "padded" else max(counts)
    mask = (torch.arange(capacity)[None] < torch.tensor(counts)[:, None]).float()
    events = len(counts)
    objects = torch.randn(events, capacity, FEATURES) * mask[..., None]
    return 0.5 * torch.randn(events, PARTONS), objects, torch.randn(events, 1, MET_FEATURES), mask


def autocast(options):
    return torch.autocast(options.device, torch.bfloat16) if options.amp else contextlib.nullcontext()


def wait(options):
    """Until the device has done all that it was asked for."""
    if options.device == "cuda":
        torch.cuda.synchronize()


def training_step(model, options):
    optimizer = adam(list(model.parameters()))
    loss_of = torch.compile(model.loss) if options.compile else model.loss

    def step(batch, only_valid):
        with autocast(options):
            loss = loss_of(*batch, only_valid)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def sampling_step(model, options):
    if options.compile:
        model.encoder, model.denoiser = torch.compile(model.encoder), torch.compile(model.denoiser)

    def step(batch, only_valid):
        with torch.inference_mode(), autocast(options):
            model.sample(*batch[1:], only_valid, options.draws)

    return step


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=["train", "sample"], default="train")
    parser.add_argument("--mode", choices=["padded", "longest", "valid"], default="padded")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--draws", type=int, default=1, help="of the batch, draws of each event, encoded once")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--events", help="JSON list of numbers of objects")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile what is computed")
    parser.add_argument("--amp", action="store_true", help="automatic mixed precision: bfloat16 where PyTorch takes it")
    return parser.parse_args()


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    if args.device != "cpu":
        torch.set_default_device(args.device)
    torch.manual_seed(0)
    random.seed(0)
    model = Vld()
    step = (training_step if args.task == "train" else sampling_step)(model, args)
    counts = object_counts(args.events, args.batch * 8)
    events = args.batch // args.draws
    times = []
    for _ in range(args.warmup + args.steps):
        batch = make_batch(random.sample(counts, events), args.mode)
        wait(args)
        start = time.perf_counter()
        step(batch, args.mode == "valid")
        wait(args)
        times.append(time.perf_counter() - start)
    median = statistics.median(times[args.warmup :])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result = {
        "engine": ", ".join(
            [f"PyTorch {torch.__version__}", f"{args.threads} threads", args.device, args.task, args.mode]
            + ["compiled"] * args.compile
            + ["bfloat16"] * args.amp
        ),
        "batch": args.batch,
        "eventsPerSecond": events / median,
        "msPerStep": 1000 * median,
        "fastestMs": 1000 * min(times[args.warmup :]),
        "peakMemoryBytes": 1024 * usage.ru_maxrss,
        "processorSeconds": usage.ru_utime + usage.ru_stime,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
