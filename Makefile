# make run: the page with a demo shop; make test: every check; make bench: the tables of docs/benchmarks.md.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: run test bench lint format wheel clean

run: $(INSTALLED)
	$(BIN)/adwright app

test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks

lint: .venv/installed-dev .typing/adwright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: .venv/installed-dev
	rm -rf dist build
	$(BIN)/python -m build --wheel --outdir dist

clean:
	rm -rf build dist .typing *.egg-info .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

$(INSTALLED): pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing Adwright and what it needs (a few minutes the first time)."
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# The type checker finds `import adwright` here: the package is the repository root itself.
.typing/adwright:
	mkdir -p .typing
	ln -sfn .. $@
