# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test test-install test-integrations lint bench docs sanitize sanitize-quick faults fuzz clean

demo: $(VENV)/.installed  ## install, fetch the default model, rank the README's example
	$(BIN)/wordllama rank "i went to the car" "i went to the park" "i went to the shop" \
	    "i went to the truck" "i went to the vehicle"

test: $(VENV)/.test  ## run all tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

FRAMEWORKS := bertopic chonkie chroma haystack haystack_filters haystack_store lancedb langchain \
    langchain_store llama_index llama_index_store spacy

test-integrations: .venv-frameworks/.installed  ## those with libraries too large for `make test`
	LITELLM_LOCAL_MODEL_COST_MAP=True .venv-frameworks/bin/python -m pytest -q -o addopts="--doctest-modules --import-mode=importlib" \
	    -o asyncio_mode=auto -o asyncio_default_fixture_loop_scope=function \
	    tests/integrations/frameworks $(FRAMEWORKS:%=src/wordllama/integrations/%.py)

test-install:  ## what the docs say to install, in an environment that has nothing
	rm -rf .venv-bare && $(PYTHON) -m venv .venv-bare
	.venv-bare/bin/python -m pip install -q .
	.venv-bare/bin/wordllama --version && .venv-bare/bin/wordllama --help | grep -q "needs typer"
	for extra in files server; do .venv-bare/bin/python -m pip install -q ".[$$extra]" || exit; done
	.venv-bare/bin/wordllama serve --help > /dev/null
	.venv-bare/bin/wordllama rank -m l2_words "a car" "a truck" "rain" --to parquet | head -c 4 | grep -q PAR1

lint: $(VENV)/.lint  ## ruff, mypy, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports

docs: $(VENV)/.docs  ## the documentation as a site, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # with -q no warning would count

BENCHMARKS := parity start embed latency topk scaling dedup dedup_quality cluster split sentences files server index

bench: $(VENV)/.test  ## measure against the peers, each in an environment of its own (an hour)
	for name in $(BENCHMARKS) figures; do $(BIN)/python benchmarks/$$name.py || exit; done

sanitize: $(VENV)/.test  ## the kernel's tests under AddressSanitizer, UBSan and ThreadSanitizer
	fuzz/sanitize.sh $(BIN)/python

sanitize-quick:  ## a minute of it: the fuzz corpus, and threads that share a table
	fuzz/sanitize_quick.sh

faults: $(VENV)/.test  ## an index, killed a hundred times while it is written, and while it takes up files
	WORDLLAMA_INDEX_KILLS=100 $(BIN)/python -m pytest -q tests/index/test_faults.py tests/index/test_sync.py -k killed

fuzz: $(VENV)/.test  ## ten minutes of fuzzing the kernel
	fuzz/fuzz.sh 600

clean:
	rm -rf $(VENV) .venv-bare .venv-frameworks build dist site

$(VENV)/.installed: pyproject.toml
	@echo "Making $(VENV): compiles the kernel and installs wordllama there. This takes a minute."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q '.[cli]'
	touch $@

$(VENV)/.test: pyproject.toml
	@echo "Installing wordllama, and what its tests need, in $(VENV): some minutes (PyTorch is large)."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e '.[test]'
	touch $@

.venv-frameworks/.installed: pyproject.toml tests/integrations/frameworks/requirements.txt
	$(PYTHON) -m venv .venv-frameworks
	.venv-frameworks/bin/python -m pip install -q -e . -r tests/integrations/frameworks/requirements.txt
	touch $@

$(VENV)/.docs: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e '.[docs]'
	touch $@

$(VENV)/.lint: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q '.[lint]'
	touch $@
