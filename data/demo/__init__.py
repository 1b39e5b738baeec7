"""The demo shop 「云步生活馆 / Cloudstep Living」: an invented shop whose data follow a known, written-down process.

Nothing in it is measured on real people; every brand, product, person and result is made up, from one seed. The same
seed and scale give the same bytes. Two years up to 2026-11-22 (shop's zone, UTC+8 all year), money in CNY.

What is drawn, in this order (each step has a random stream of its own, so one step's change does not move another's):

1. `catalogue`  305 products: 61 families of 5 models in 8 categories, with facts in both languages.
2. `people`     users in seven taste groups (style, parents, tech, active, home, pets, bargain). A group sets age, gender,
                hours, price level and the mean of a Dirichlet draw that is the user's taste over categories. The
                tables do not hold the group. `contacts` gives most of them addresses and numbers that are nobody's.
3. `season`     one multiple per day for demand and for click prices, from the festivals of the knowledge folder.
4. `campaigns`  400 campaigns on 12 channels. Expected CTR and CVR of each is the mean of the process of `truth` over
                200 draws of user, hour and creative. Click price = base of the channel x category price x season x
                (1 + daily spend / kappa)^0.35, so returns diminish; outcomes are Poisson and binomial draws.
5. `exposures`  400,000 logged ad impressions, a sample of those the campaigns bought: click and conversion are drawn
                from `truth` at each impression. Conversions after the last day are not yet known, as in real life.
6. `visits`     about a million events of the shop (views, searches, carts, purchases, refunds, ad clicks) and the
                orders that go with them; purchase probability = taste x season x (price / usual price)^elasticity.

`scale` shrinks users, visits and impressions in proportion; catalogue and campaigns stay whole, because a plan made
in a test needs the same history. The true probabilities are written to ``demo-truth.parquet`` beside the tables, for
benchmarks only: no tool may read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..result import SILENT, Progress
from ..words import both

if TYPE_CHECKING:
    from ..workspace import Workspace

SHOP_NAME = both("云步生活馆", "Cloudstep Living")


def build_demo(workspace: Workspace, seed: int = 7, scale: float = 1.0, progress: Progress = SILENT) -> None:
    """Fill the tables of `workspace`, and write ``demo-truth.parquet``. ValueError unless 0 < scale <= 4.

    Progress is noted after each table. A full build takes seconds, not minutes, on two cores.
    """
    if not 0 < scale <= 4:
        raise ValueError("scale is above 0 and at most 4")
    import pyarrow.parquet as pq

    from . import campaigns, catalogue, contacts, exposures, people, visits
    from .season import Season
    from .truth import Truth

    steps = (
        both("商品", "products"),
        both("用户", "users"),
        both("投放计划", "campaigns"),
        both("广告曝光", "ad impressions"),
        both("行为与订单", "events and orders"),
    )

    def note(done: int) -> None:
        name = steps[min(done, len(steps) - 1)]
        progress.note(both(f"正在生成演示数据：{name.zh}", f"Making demo data: {name.en}"), done, len(steps))

    warehouse = workspace.warehouse
    note(0)
    goods = catalogue.load(seed)
    warehouse.replace("products", goods.table())
    note(1)
    users = people.draw(seed, max(200, round(20_000 * scale)))
    warehouse.replace("users", users.table())
    warehouse.replace("contacts", contacts.table(seed, users))
    note(2)
    season = Season.load()
    truth = Truth.make(seed)
    flights = campaigns.draw(seed, goods, season, truth)
    warehouse.replace("campaigns", flights.table(goods))
    note(3)
    shown = exposures.draw(seed, max(2_000, round(400_000 * scale)), goods, users, season, flights)
    warehouse.replace("impressions", shown.table(goods, users, flights))
    note(4)
    events, orders = visits.draw(seed, max(2_000, round(250_000 * scale)), goods, users, season, flights, shown)
    warehouse.replace("events", events)
    warehouse.replace("orders", orders)
    note(5)
    # Last: whoever finds the truth file finds a finished shop.
    pq.write_table(shown.truth(users, flights), workspace.path / "demo-truth.parquet")
