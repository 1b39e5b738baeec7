"""``python -m adwright`` is the ``adwright`` command."""

from .ui.cli import main

raise SystemExit(main())
