"""Every command and option of the command line; `argparse` alone, so that ``--help`` answers at once."""

from __future__ import annotations

import argparse

KINDS = ("users", "events", "orders", "products", "impressions", "campaigns", "contacts", "results")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(
        prog="adwright", description="The campaign copilot for online merchants. Without a command it opens the app."
    )
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.add_argument(
            "--workspace",
            "-w",
            metavar="DIR",
            help="the shop's directory (default: ADWRIGHT_WORKSPACE, else your shop, else the demo shop)",
        )
        made.add_argument("--lang", choices=("zh", "en"), help="language of messages (default: that of your text or system)")
        return made

    app = command("app", "open the page in the browser (the default command)")
    app.add_argument("--host", default="127.0.0.1", help="address to listen on; anything but this machine needs --auth")
    app.add_argument("--port", type=int, default=7860, help="port, 7860 by default")
    app.add_argument(
        "--auth",
        metavar="USER[:PASSWORD]",
        help="user name for a login, as USER or USER:PASSWORD; the password is better kept in ADWRIGHT_PASSWORD",
    )
    app.add_argument(
        "--desk", type=int, metavar="PORT", help="also serve the chat for customers at this port, and the shop's page for it at the next"
    )
    app.add_argument("--demo", action="store_true", help="use the demo shop, made on first start")
    app.add_argument("--open", action="store_true", help="open the browser")

    desk = command("desk", "serve a chat for customers, and the shop's page with its answers and hand-overs")
    desk.add_argument("--host", default="127.0.0.1", help="address the customers' page listens on; the shop's page stays on this machine")
    desk.add_argument("--port", type=int, default=7861, help="port of the customers' page, 7861 by default; the shop's is the next")
    desk.add_argument(
        "--load", action="append", default=[], metavar="FILE", help="questions and answers: md, txt, csv, json, html, toml; may be repeated"
    )
    desk.add_argument("--load-only", action="store_true", help="with --load: only load, serve nothing")

    ask = command("ask", "ask once and print the answer")
    ask.add_argument("text", nargs="?", help="the request; '-' or nothing reads it from standard input")
    ask.add_argument("--thread", "-t", default="cli", help="conversation to go on with (default: cli)")
    ask.add_argument(
        "--file",
        "-f",
        action="append",
        default=[],
        metavar="FILE",
        help="a product photo (PNG, JPEG, WebP) or music for pictures and films",
    )
    ask.add_argument(
        "--box",
        metavar="X,Y,W,H",
        help="where the product is on the photo (of --file, else the one before), in px or per cent: 120,80,400,300 or 10%%,20%%,60%%,50%%",
    )
    ask.add_argument("--new", action="store_true", help="start the conversation anew")
    ask.add_argument("--json", action="store_true", help="print JSON")
    ask.add_argument("--model", "-m", help="planner, a model name at the configured endpoint, or local:/path")
    ask.add_argument("--today", metavar="DAY", help="the day relative dates count from, YYYY-MM-DD")
    ask.add_argument("--yes", action="store_true", help="approve the export or the training that is asked for")

    load = command("import", "import a table from CSV, XLSX, JSON lines or Parquet, also gzipped")
    load.add_argument("kind", choices=KINDS, help="what the rows are")
    load.add_argument("file", help="the file")
    load.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=FIELD", help="which field a column of the file is; may be repeated"
    )
    load.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="the same value for every row; may be repeated")
    load.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="NAME=EVENT",
        help="what a name of your own log means, as pdp_open=view; may be repeated",
    )
    load.add_argument("--dates", choices=("dmy", "mdy"), help="how dates like 03/04/2026 are meant, where the file leaves it open")
    load.add_argument("--dry-run", action="store_true", help="show what would be imported, and change nothing")

    export = command("export", "write a plan as draft files")
    export.add_argument("plan", nargs="?", help="the plan's id (default: the plan of --thread, else the latest)")
    export.add_argument("--thread", "-t", default="cli", help="conversation whose plan to export")
    export.add_argument("--format", "-f", action="append", choices=("json", "xlsx", "html", "zip"), help="may be repeated; all by default")
    export.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    audience = command("audience", "list the customer segments, or write one as a hashed customer list for an advertising platform")
    audience.add_argument("what", nargs="?", choices=("list", "export"), default="list", help="list by default")
    audience.add_argument("segment", nargs="?", help="with export: the segment's id or name, as listed")
    audience.add_argument("--to", metavar="PLATFORM", help="google, meta, tiktok, qianchuan, qianchuan_oaid or dmp")
    audience.add_argument("--out", metavar="FILE", help="the file to write (default: in the workspace's exports folder)")
    audience.add_argument("--product", metavar="TEXT", help="what the list will advertise; some goods are barred from such lists")
    audience.add_argument("--country", metavar="CC", help="two letters: the country of numbers that name none (default: by currency)")
    audience.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    copy = command("copy", "write copy for every product of a table: CSV, XLSX, JSON lines or Parquet in, CSV out")
    copy.add_argument("file", help="the products; columns such as name, price, facts, brand, material")
    copy.add_argument("--channel", required=True, help="channel id or name, e.g. xiaohongshu, google, taobao")
    copy.add_argument("--out", required=True, metavar="FILE", help="the CSV to write; what it holds already is not written again")
    copy.add_argument("--language", choices=("zh", "en"), help="language of the copy (default: that of the channel's market)")
    copy.add_argument("--variants", type=int, default=3, help="drafts per product, 3 by default")
    copy.add_argument("--tone", help="tone, e.g. warm, premium, 幽默")
    copy.add_argument("--currency", metavar="CCC", help="currency of prices that name none")
    copy.add_argument("--seed", type=int, default=0, help="same seed, same copy")

    measure = command(
        "eval", "score the built-in planner on labelled requests or copy on its references, or play every fault of an endpoint"
    )
    measure.add_argument("what", choices=("requests", "faults", "copy"), help="what is scored; faults needs no file and no model")
    measure.add_argument(
        "file", nargs="?", help="one JSON object a line; for copy: text, reference, facts, and generator to compare several"
    )
    measure.add_argument("--today", metavar="DAY", help="the day relative dates count from, YYYY-MM-DD (default: that of the shipped sets)")

    train = command("train", "train the shop's click and conversion models anew; or a model of any table")
    train.add_argument("--data", metavar="FILE", help="a table of your own, CSV or Parquet, instead of the shop's impressions")
    train.add_argument("--label", metavar="COLUMN", help="with --data: the 0/1 column to predict (default: click)")
    train.add_argument("--time", metavar="COLUMN", help="with --data: the column of times; the newest rows then choose")
    train.add_argument("--out", metavar="DIR", help="with --data: where the model is saved")
    train.add_argument(
        "--model", choices=("auto", "lr", "crossed", "gbdt", "dnn", "dcn"), default="auto", help="what to fit (default: auto)"
    )
    train.add_argument(
        "--from",
        dest="start",
        metavar="MODEL",
        help="start from an earlier model where it helps: a version, a shop's or model's folder, or demo",
    )
    train.add_argument("--budget", metavar="TIME", help="bound of each model's search, as 90s or 2m (default: by the number of rows)")
    train.add_argument("--json", action="store_true", help="print JSON")
    models = command("models", "list the versions of the click and conversion models, compare, promote, roll back, or write a light one")
    models.add_argument(
        "what", nargs="?", choices=("list", "compare", "promote", "rollback", "light"), default="list", help="list by default"
    )
    models.add_argument("names", nargs="*", metavar="VERSION", help="a version, or its first letters; two to compare")
    models.add_argument("--bits", type=int, choices=(8,), default=8, help="with light: bits of a weight (default: 8)")
    models.add_argument("--out", metavar="DIR", help="with light: where it is written (default: beside the versions)")
    models.add_argument("--json", action="store_true", help="print JSON")

    tuned = command("tune", "fine-tune a local chat model (LoRA) on the shop's own best copy; resumed where it was stopped")
    which = tuned.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", metavar="DIR", help="a transformers chat model on this machine")
    which.add_argument("--small", metavar="ADS.jsonl", help="instead train a small writer from scratch on Chinese ads with their facts")
    tuned.add_argument("--out", metavar="DIR", help="where the adapter is written (default: in the workspace's models folder)")
    tuned.add_argument("--epochs", type=int, help="passes over the examples (default: 3; with --small 16)")
    tuned.add_argument("--rank", type=int, default=8, help="rank of the adapter (default: 8)")
    tuned.add_argument("--rate", type=float, default=2e-4, help="learning rate (default: 0.0002)")
    tuned.add_argument("--seed", type=int, default=0, help="same seed, same adapter on the same machine")
    tuned.add_argument(
        "--check", action="store_true", help="say what is installed, how many examples there are, and run one step; train nothing"
    )

    command(
        "backtest", "try the forecast on past campaigns: how often its range held, how far it missed, beside naive forecasts"
    ).add_argument("--json", action="store_true", help="print JSON")
    rehearse = command("simulate", "rehearse daily adjusting in a market with hidden curves, beside other policies; needs no shop")
    rehearse.add_argument("--days", type=int, default=60, help="length of the campaign (default: 60)")
    rehearse.add_argument("--seed", type=int, default=0, help="first market (default: 0)")
    rehearse.add_argument("--runs", type=int, default=1, help="so many markets, one after another (default: 1)")
    rehearse.add_argument("--lines", type=int, default=20, help="lines, that is campaigns on platforms (default: 20)")
    rehearse.add_argument("--creatives", type=int, default=5, help="creatives of each line (default: 5)")
    rehearse.add_argument("--json", action="store_true", help="print JSON")

    painter = command("gan", "train the small painter of grounds, or paint samples with one (experimental); needs no shop")
    painter.add_argument("what", choices=("train", "sample"), help="train goes on where a training in the same folder was stopped")
    painter.add_argument("--folder", metavar="DIR", help="the training's folder; sample without it uses the painter that comes along")
    painter.add_argument("--pictures", metavar="DIR", help="with train: learn from the pictures there (default: our own painted grounds)")
    painter.add_argument("--steps", type=int, default=4000, help="with train: steps in all (default: 4000)")
    painter.add_argument("--budget", metavar="TIME", help="with train: CPU time of this run, as 90s or 20m")
    painter.add_argument("--from", dest="start", default="cold", metavar="START", help="with train: cold, warm, or a painter's folder")
    painter.add_argument("--count", type=int, default=8, help="with sample: how many (default: 8)")
    painter.add_argument("--size", default="1080x1080", help="with sample: pixels (default: 1080x1080)")
    painter.add_argument("--palette", default="mist", help="with sample: colours, as mist, coral, night (default: mist)")
    painter.add_argument("--out", metavar="DIR", help="with sample: where the pictures are written")
    painter.add_argument("--seed", type=int, default=0, help="same seed, same picture")

    command("plans", "list the plans").add_argument("--json", action="store_true", help="print JSON")
    command("doctor", "show what is installed, configured and reachable, and what to do").add_argument(
        "--json", action="store_true", help="print JSON"
    )
    return top
