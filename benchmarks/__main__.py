"""Prints every table, or the ones named: `python -m benchmarks speed response`."""

import platform
import sys
from importlib import import_module
from importlib.metadata import version

TABLES = (
    "speed", "audience", "personas", "clv", "recommend", "response", "response_conversion", "response_intervals", "response_scale",
    "response_serving", "response_transfer", "response_calibration", "order_values", "budget", "curves", "forecast", "trials",
    "adjust", "price", "creative", "styles", "words", "memory", "service", "recognizers", "injection", "bfcl", "guard",
)  # fmt: skip
COMMANDS = ("contact_sheet", "style_sheet", "small_copy")  # asked for by name only
PACKAGES = ("gradio", "langchain", "tensorflow", "scikit-learn", "duckdb", "chromadb", "pillow")


def main(names: list[str]) -> None:
    """Print the machine, the versions, and each table."""
    options = [name for name in names if name.startswith("--")]
    names = [name for name in names if name not in options]
    unknown = set(names) - {*TABLES, *COMMANDS}
    if unknown:
        sys.exit(f"no such table: {', '.join(sorted(unknown))}; there are {', '.join((*TABLES, *COMMANDS))}")
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; " + ", ".join(f"{p} {version(p)}" for p in PACKAGES)
    )
    for name in names or TABLES:
        print(f"\n## {name}\n")
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
