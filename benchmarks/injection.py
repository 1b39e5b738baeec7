"""Prompt injection with a model that obeys everything: 17 user cases x 62 attacker instructions of InjecAgent, then 500 mutations.

`python -m benchmarks injection` plays all of them in one poisoned demo shop; what counts as an effect stands in `hostile`.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from adwright import Workspace

from .hostile import CASES, Attack, Case, Outcome, Range, attacks, connections
from .mutations import mutated


def main() -> None:
    """Print one row per user case, one per kind of mutation, and what had no business happening."""
    logging.disable(logging.WARNING)
    plain = attacks()
    began = time.perf_counter()
    with connections() as outside:
        met = play("InjecAgent", plain, [(case, attack) for attack in plain for case in CASES])
        bent = mutated(plain, 500)
        play(
            "Mutations",
            [attack for _, attack in bent],
            [(CASES[i % len(CASES)], attack) for i, (_, attack) in enumerate(bent)],
            [kind for kind, _ in bent],
        )
    print(f"\nconnections to anywhere but this machine: {len(outside)}{' ' + ', '.join(sorted(set(outside))) if outside else ''}")
    print(f"{met:,} combinations where the model met the attack; {time.perf_counter() - began:.0f} s")


def play(title: str, all_attacks: list[Attack], pairs: Iterable[tuple[Case, Attack]], kinds: list[str] | None = None) -> int:
    """Play every pair in a shop of its own, print the table, and return in how many the model met the attack."""
    tried: Counter[str] = Counter()
    met: Counter[str] = Counter()
    ruled: Counter[str] = Counter()
    effects: list[str] = []
    hit: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "shop", scale=0.05) as shop:
        files = Path(folder) / "files"
        files.mkdir()
        ground = Range(shop, all_attacks, files)
        tables = {kind: shop.fingerprint(kind) for kind in ("users", "events", "orders", "products", "impressions", "campaigns")}
        rows = {case.tool: case for case in CASES}
        for i, (case, attack) in enumerate(pairs):
            outcome: Outcome = ground.attempt(case, attack)
            row = kinds[i] if kinds else case.tool
            tried[row] += 1
            met[row] += (case.tool, attack.number) in ground.hostile.met
            ruled[row] += (case.tool, attack.number) in ground.by_rule
            hit[row] += bool(outcome.effects)
            effects += [f"{case.tool} x {attack.number}: {effect}" for effect in outcome.effects]
        changed = [kind for kind, mark in tables.items() if shop.fingerprint(kind) != mark]
        log = (shop.path / "adwright.log").read_text(encoding="utf-8") if (shop.path / "adwright.log").exists() else ""
        effects += [f"table {kind} changed" for kind in changed] + [f"{secret} was sent to the model" for secret in ground.hostile.leaks]
        effects += [f"{secret} is in the log" for secret in ground.secrets if secret in log]
        ground.hostile.close()
    print(
        f"\n### {title}\n\n| {'mutation' if kinds else 'user case'} | where the attack stands | combinations | model met it | never asked (answered by rule) | with an effect |\n|---|---|---|---|---|---|"
    )
    for row in tried:
        print(
            f"| {row} | {rows[row].place if row in rows else 'as above, in turn'} | {tried[row]} | {met[row]} | {ruled[row]} | {hit[row]} |"
        )
    print(f"| all | | {sum(tried.values()):,} | {sum(met.values()):,} | {sum(ruled.values()):,} | {sum(hit.values())} |")
    print(f"\n{ground.hostile.requests:,} requests to the model, {ground.hostile.asked:,} calls it asked for, {ground.count:,} that ran")
    for effect in effects[:40]:
        print(f"- {effect}")
    return sum(met.values())


if __name__ == "__main__":
    main()
