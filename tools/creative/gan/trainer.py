"""Trains the painter in TensorFlow: non-saturating loss, lazy R1, DiffAugment, EMA of the generator, one thread.

Every random number is drawn from (seed, step), never from a running state: a training that was stopped and goes on ends
with the same weights as one that was not. Sources: Mescheder et al. 2018 (R1), Zhao et al. 2020 (DiffAugment), Karras et
al. 2018 (spread of a batch, EMA). Reading and writing of checkpoints is in `checkpoint`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .generator import Shape, Weights, critic_shapes, gain, generator_shapes, start

EMA = 0.995
R1_EVERY, R1 = 8, 1.0
BETAS = (0.0, 0.99)


@dataclass
class State:
    """Everything a training goes on from: steps done, both networks, the averaged generator, Adam's moments."""

    shape: Shape
    step: int
    generator: Weights
    critic: Weights
    averaged: Weights
    moments: Weights = field(default_factory=dict)


def fresh(shape: Shape, seed: int) -> State:
    """A training that has not begun."""
    generator = start(generator_shapes(shape), seed)
    critic = start(critic_shapes(shape), seed + 1)
    return State(shape, 0, generator, critic, {k: v.copy() for k, v in generator.items()})


class Trainer:
    """The two networks as TensorFlow variables, and one step of training on maps [n, side, side, 3] in 0..1."""

    def __init__(self, state: State, maps: np.ndarray, seed: int, batch: int = 16, rate: float = 2e-3) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow

        tf: Any = tensorflow
        self.tf, self.shape, self.maps, self.seed, self.batch, self.rate = tf, state.shape, maps, seed, batch, rate
        self.step = state.step
        self.g = {k: tf.Variable(v) for k, v in state.generator.items()}
        self.d = {k: tf.Variable(v) for k, v in state.critic.items()}
        self.averaged = {k: tf.Variable(v) for k, v in state.averaged.items()}
        self.moments: dict[str, Any] = {}
        for net, weights in (("g", self.g), ("d", self.d)):
            for k, v in weights.items():
                for m in ("m", "v"):
                    known = state.moments.get(f"{net}.{k}.{m}")
                    self.moments[f"{net}.{k}.{m}"] = tf.Variable(np.zeros(v.shape, np.float32) if known is None else known)
        self._run = tf.function(self._once, autograph=False)

    def advance(self) -> tuple[float, float]:
        """Train one step; returns the losses of discriminator and generator."""
        rng = np.random.default_rng([self.seed, self.step])
        real = self.maps[rng.integers(len(self.maps), size=self.batch)]
        turn = rng.random(self.batch) < 0.5
        real = np.where(turn[:, None, None, None], real[:, :, ::-1], real) * 2 - 1
        noise = rng.standard_normal((2, self.batch, self.shape.noise)).astype(np.float32)
        seeds = rng.integers(1 << 30, size=2).astype(np.int32)
        lazy = self.step % R1_EVERY == 0
        tf = self.tf
        losses = self._run(tf.constant(real, tf.float32), tf.constant(noise), tf.constant(seeds), tf.constant(float(self.step + 1)), lazy)
        self.step += 1
        return float(losses[0]), float(losses[1])

    def state(self) -> State:
        """What is needed to go on later."""

        def out(weights: dict[str, Any]) -> Weights:
            return {k: v.numpy() for k, v in weights.items()}

        return State(self.shape, self.step, out(self.g), out(self.d), out(self.averaged), out(self.moments))

    def paint(self, noise: np.ndarray) -> np.ndarray:
        """Maps by the averaged generator in TensorFlow, to hold the NumPy pass against."""
        tf = self.tf
        return tf.clip_by_value(self._generate(self.averaged, tf.constant(noise)) * 0.5 + 0.5, 0, 1).numpy()

    def _once(self, real: Any, noise: Any, seeds: Any, count: Any, lazy: bool) -> tuple[Any, Any]:
        tf = self.tf
        with tf.GradientTape() as tape:
            fake = self._generate(self.g, noise[0])
            both = self._criticise(tf.concat([self._augment(real, seeds), self._augment(tf.stop_gradient(fake), seeds + 1)], 0))
            loss = tf.reduce_mean(tf.nn.softplus(-both[: self.batch]) + tf.nn.softplus(both[self.batch :]))
            total = loss
            if lazy:
                with tf.GradientTape() as inner:
                    inner.watch(real)
                    seen = tf.reduce_sum(self._criticise(real))
                slope = inner.gradient(seen, real)
                total += R1 * R1_EVERY / 2 * tf.reduce_mean(tf.reduce_sum(slope**2, [1, 2, 3]))
        self._adam("d", self.d, tape.gradient(total, list(self.d.values())), count)
        with tf.GradientTape() as tape:
            fake = self._generate(self.g, noise[1])
            g_loss = tf.reduce_mean(tf.nn.softplus(-self._criticise(self._augment(fake, seeds + 2))))
        self._adam("g", self.g, tape.gradient(g_loss, list(self.g.values())), count)
        # Young averages follow quickly, or they would remember the first noise for long.
        keep = tf.minimum(EMA, count / (count + 10))
        for k, v in self.averaged.items():
            v.assign(keep * v + (1 - keep) * self.g[k])
        return loss, g_loss

    def _adam(self, net: str, weights: dict[str, Any], slopes: list[Any], count: Any) -> None:
        tf = self.tf
        for (name, weight), slope in zip(weights.items(), slopes, strict=True):
            m, v = self.moments[f"{net}.{name}.m"], self.moments[f"{net}.{name}.v"]
            m.assign(BETAS[0] * m + (1 - BETAS[0]) * slope)
            v.assign(BETAS[1] * v + (1 - BETAS[1]) * slope**2)
            weight.assign_sub(self.rate * m / (tf.sqrt(v / (1 - BETAS[1] ** count)) + 1e-8))

    def _dense(self, w: dict[str, Any], name: str, x: Any) -> Any:
        return x @ (w[f"{name}.w"] * gain(tuple(w[f"{name}.w"].shape))) + w[f"{name}.b"]

    def _conv(self, w: dict[str, Any], name: str, x: Any) -> Any:
        kernel = w[f"{name}.w"]
        return self.tf.nn.conv2d(x, kernel * gain(tuple(kernel.shape)), 1, "SAME") + w[f"{name}.b"]

    def _normed(self, x: Any) -> Any:
        return x * self.tf.math.rsqrt(self.tf.reduce_mean(x * x, -1, keepdims=True) + 1e-8)

    def _doubled(self, x: Any, axis: int) -> Any:
        tf = self.tf
        first, last, head, tail = (
            (x[:, :1], x[:, -1:], x[:, :-1], x[:, 1:]) if axis == 1 else (x[:, :, :1], x[:, :, -1:], x[:, :, :-1], x[:, :, 1:])
        )
        before, after = tf.concat([first, head], axis), tf.concat([tail, last], axis)
        both = tf.stack([x * 0.75 + before * 0.25, x * 0.75 + after * 0.25], axis + 1)
        shape = x.shape.as_list()
        return tf.reshape(both, [-1, *(2 * n if i == axis else n for i, n in enumerate(shape) if i)])

    def _generate(self, w: dict[str, Any], noise: Any) -> Any:
        tf, shape = self.tf, self.shape
        x = tf.reshape(self._dense(w, "seed", self._normed(noise)), (-1, 4, 4, shape.channels[0]))
        levels = [self._normed(tf.nn.leaky_relu(x, 0.2))]
        gates = {b: a for a, b in shape.skips}
        for i in range(len(shape.channels) - 1):
            x = self._doubled(self._doubled(levels[-1], 1), 2)
            x = self._normed(tf.nn.leaky_relu(self._conv(w, f"up{i}", x), 0.2))
            if (a := gates.get(i + 1)) is not None:
                pooled = tf.reduce_mean(levels[a], [1, 2])
                x *= tf.sigmoid(self._dense(w, f"gate{a}", tf.nn.leaky_relu(self._dense(w, f"skip{a}", pooled), 0.2)))[:, None, None]
            levels.append(x)
        return self._conv(w, "out", levels[-1])

    def _criticise(self, x: Any) -> Any:
        tf = self.tf
        x = tf.nn.leaky_relu(self._conv(self.d, "in", x), 0.2)
        for i in range(len(self.shape.channels) - 1):
            x = tf.nn.avg_pool2d(tf.nn.leaky_relu(self._conv(self.d, f"down{i}", x), 0.2), 2, 2, "SAME")
        # How far a batch's pictures lie apart, in groups of eight: a painter of one picture is found out by it.
        n, c = tf.shape(x)[0], x.shape[-1]
        group = tf.reshape(x, (-1, min(8, self.batch), 4, 4, c))
        spread = tf.reduce_mean(tf.sqrt(tf.math.reduce_variance(group, 1) + 1e-8), [1, 2, 3])
        spread = tf.repeat(spread, min(8, self.batch))
        x = tf.concat([x, tf.broadcast_to(spread[:, None, None, None], (n, 4, 4, 1))], -1)
        x = tf.nn.leaky_relu(self._conv(self.d, "last", x), 0.2)
        x = tf.nn.leaky_relu(self._dense(self.d, "dense", tf.reshape(x, (n, 16 * c))), 0.2)
        return self._dense(self.d, "score", x)[:, 0]

    def _augment(self, x: Any, seeds: Any) -> Any:
        """DiffAugment: one shift of up to an eighth and one cut-out per picture, light of each picture up to a tenth up or down."""
        tf, side = self.tf, self.shape.side
        n, reach = tf.shape(x)[0], max(1, side // 8)
        at = tf.random.stateless_uniform((n, 2), seeds, 0, 2 * reach + 1, tf.int32)
        padded = tf.pad(x, [[0, 0], [reach, reach], [reach, reach], [0, 0]], "SYMMETRIC")
        rows = tf.range(side)[None] + at[:, :1]
        columns = tf.range(side)[None] + at[:, 1:]
        x = tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)
        hole = tf.random.stateless_uniform((n, 2), seeds + 7, 0, side, tf.int32)
        down = tf.abs(tf.range(side)[None] - hole[:, :1]) < side // 6
        across = tf.abs(tf.range(side)[None] - hole[:, 1:]) < side // 6
        x = tf.where((down[:, :, None] & across[:, None])[..., None], 0.0, x)
        return x + tf.random.stateless_uniform((n, 1, 1, 1), seeds + 13, -0.1, 0.1)
