# Needs make and Python 3.11 or later; everything else goes into .venv.
#   make demo    an ImageNet classifier learns words; writes headword-demo/index.html
#   make test    everything that must pass: lint, types, all tests
#   make fast    the tests that take no real weights
#   make lint    style and types; make fix mends what can be mended
#   make docs    the pages, in site/
#   make clean   removes what the others made

PYTHON ?= python3
BIN := .venv/bin
comma := ,

.PHONY: demo test fast lint fix docs clean

demo: .venv/demo.done
	$(BIN)/headword demo

test: lint
	$(BIN)/pytest -n 2 --dist worksteal

fast: .venv/test.done
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

lint: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/test.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/docs.done
	$(BIN)/mkdocs build --strict

clean:
	rm -rf .venv site dist build headword-demo .mypy_cache .pytest_cache .ruff_cache

# What is installed once stays, until pyproject.toml changes.
.venv/%.done: pyproject.toml | $(BIN)/python
	@echo 'Installing; the first time takes minutes, for PyTorch is large.'
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[$(subst test,test$(comma)lint,$*)]'
	touch $@

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("headword needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
