# The two commands of README: make demo, make test. Each sets up what it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin
# A file stays in one process, for its fixtures; tests/conftest.py says which files come first.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-long lint bench docs clean

.venv/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[page]'
	touch $@

.venv/tested: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cluster,excel,page,remote,test]'
	touch $@

demo: .venv/installed
	@$(BIN)/qipxl demo

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff . > /dev/null || ($(BIN)/ruff format --check . ; false)
	$(BIN)/mypy

test: .venv/tested
	@sh tests/install_tools.sh
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-long: .venv/tested
	@sh tests/install_tools.sh
	QIPXL_LONG=1 PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(SIDE_BY_SIDE)

bench: .venv/tested
	$(BIN)/python benchmarks/performance.py --large 10000
	$(BIN)/python benchmarks/issue.py
	$(BIN)/python benchmarks/history.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/indicators.py

docs: .venv/tested
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/year_of_an_action.py

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
