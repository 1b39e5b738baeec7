"""The users: seven taste groups, and 20,000 people drawn from them. The tables never hold the group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .draws import CATEGORIES, DAY, DAYS, START_US, Floats, Ints, coded, ids, pick, pick_rows, stream, times

PROVINCES = ("广东", "浙江", "江苏", "上海", "北京", "四川", "山东", "湖北", "河南", "福建", "湖南", "陕西", "辽宁", "安徽", "重庆", "云南")
ABROAD = ("US", "GB", "SG", "AU", "MY", "CA", "DE")
REGIONS = (*PROVINCES, *ABROAD)
SHARE_ABROAD = 0.12


@dataclass(frozen=True)
class Group:
    """A kind of customer. `taste` in the order of `CATEGORIES`; `level` the price level liked (0..1); `peak` the busiest hour."""

    name: str
    share: float
    taste: tuple[float, ...]
    age: tuple[float, float]
    female: float
    level: float
    activity: float
    peak: float
    desktop: float


# fmt: off
GROUPS = (
    #               share   apparel beauty food electr home baby sports pets     age       female level activity peak desktop
    Group("style",   0.20, (3.4, 3.6, 0.9, 0.5, 0.6, 0.1, 0.6, 0.3), (23.0, 4.0), 0.82, 0.45, 1.15, 22.0, 0.05),
    Group("parents", 0.16, (0.8, 0.7, 1.2, 0.4, 1.5, 4.4, 0.4, 0.2), (32.0, 4.5), 0.72, 0.55, 1.25, 21.0, 0.06),
    Group("tech",    0.14, (0.5, 0.1, 0.6, 5.2, 0.7, 0.1, 0.9, 0.2), (28.5, 6.0), 0.17, 0.75, 0.85, 23.0, 0.38),
    Group("active",  0.14, (1.6, 0.4, 1.0, 0.8, 0.4, 0.1, 4.6, 0.3), (30.5, 7.5), 0.42, 0.65, 0.95, 7.5, 0.10),
    Group("home",    0.15, (0.7, 0.6, 2.4, 0.7, 4.4, 0.4, 0.2, 0.3), (44.0, 8.5), 0.66, 0.50, 0.90, 10.0, 0.14),
    Group("pets",    0.10, (0.6, 0.6, 0.9, 0.5, 0.9, 0.1, 0.3, 5.0), (28.0, 6.0), 0.60, 0.60, 1.05, 20.0, 0.09),
    Group("bargain", 0.11, (1.4, 1.0, 3.2, 0.5, 2.2, 0.4, 0.4, 0.3), (41.0, 12.0), 0.55, 0.08, 0.80, 13.0, 0.07),
)
# fmt: on


@dataclass(frozen=True)
class Users:
    """All users as parallel arrays. `taste` (n, 8) sums to 1 per row; `gender` 0 female, 1 male, 2 not told."""

    ids: list[str]
    group: Ints
    age: Ints
    gender: Ints
    region: Ints
    taste: Floats
    level: Floats
    activity: Floats
    desktop: Floats
    signup: Ints
    consent: np.ndarray

    @property
    def abroad(self) -> np.ndarray:
        """True for users outside China (they search in English)."""
        return self.region >= len(PROVINCES)

    def table(self) -> pa.Table:
        """The rows of the users table. Age is not told by 8 % of the users."""
        untold = (np.arange(len(self.ids)) * 7919) % 25 < 2
        return pa.table(
            {
                "user_id": self.ids,
                "age": pa.array(self.age, mask=untold),
                "gender": coded(["female", "male", "-"], self.gender, self.gender == 2),
                "region": coded(list(REGIONS), self.region),
                "signup_at": times(self.signup),
                "consent": pa.array(self.consent),
            }
        )


def draw(seed: int, count: int) -> Users:
    """Draw `count` users."""
    return _draw(stream(seed, "users"), count)


def reference(seed: int, count: int = 4_000) -> Users:
    """People of the same kind who are not customers: the truth is calibrated on them, whatever the scale."""
    return _draw(stream(seed, "reference"), count)


def _draw(rng: np.random.Generator, count: int) -> Users:
    group = pick(rng, np.array([g.share for g in GROUPS]), count)
    of = {key: np.array([getattr(g, key) for g in GROUPS])[group] for key in ("female", "level", "activity", "desktop")}
    mean, spread = (np.array([g.age[i] for g in GROUPS])[group] for i in (0, 1))
    concentration = np.array([g.taste for g in GROUPS])[group]
    taste = rng.standard_gamma(concentration * 1.6) + 0.02
    gender = np.where(rng.random(count) < of["female"], 0, 1)
    gender[rng.random(count) < 0.06] = 2
    home = np.array([1.0 / (i + 2) for i in range(len(PROVINCES))])
    away = np.array([1.0 / (i + 1.5) for i in range(len(ABROAD))])
    weights = np.concatenate([home / home.sum() * (1 - SHARE_ABROAD), away / away.sum() * SHARE_ABROAD])
    # Six in ten were customers before the first day; the others join over the two years.
    joined = np.where(rng.random(count) < 0.6, -rng.random(count) * 700, rng.random(count) ** 1.2 * (DAYS - 8))
    return Users(
        ids=ids("u", count, 5),
        group=group,
        age=np.clip(rng.normal(mean, spread), 16, 75).astype(np.int64),
        gender=gender,
        region=pick(rng, weights, count),
        taste=taste / taste.sum(axis=1, keepdims=True),
        level=np.clip(of["level"] + rng.normal(0, 0.15, count), 0, 1),
        activity=rng.gamma(0.9, 1.0, count) * of["activity"],
        desktop=np.clip(of["desktop"] + rng.normal(0, 0.04, count), 0.01, 0.9),
        signup=(START_US + joined * DAY).astype(np.int64),
        consent=rng.random(count) < 0.88,
    )


def aimed(rng: np.random.Generator, users: Users, category: Ints, ages: Ints, gender: Ints, abroad: np.ndarray) -> Ints:
    """Draw one user per slot the way a platform targets: of eight at random, one who fits category, age (n, 2), gender and market."""
    slots = len(category)
    seen = rng.integers(0, len(users.ids), (slots, 8))
    fit = 1.1 * np.log(users.taste[seen, category[:, None]] * len(CATEGORIES) + 0.05)
    fit += np.where((users.age[seen] >= ages[:, :1]) & (users.age[seen] <= ages[:, 1:]), 0.0, -2.5)
    fit += np.where((gender[:, None] == 2) | (users.gender[seen] == gender[:, None]), 0.0, -2.0)
    fit += np.where(users.abroad[seen] == abroad[:, None], 0.0, -3.0)
    return seen[np.arange(slots), pick_rows(rng, np.exp(fit) + 1e-9)]
