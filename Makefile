# make demo   invented exports of every agency -> a report you can open
# make test   everything that must hold before a commit lands
# make proofs the proofs that take minutes: kills, the whole deployment, an edition made on Spark, refreshes in a row
# make audit  asks about known faults of the pinned packages, and says so where it could not ask
# make simulate   does the interval of the comparison hold? (10 to 30 minutes; writes docs/evaluation/simulation.md)
# make bench  every stage beside its yardsticks (minutes; SIZES="1 2 4 8", 1 is 0.2 million records of LIONS)
# make lock   pin the dependencies again after editing pyproject.toml
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo
SIZES  ?= 1 2 4 8
BESIDE := -n auto --dist loadfile --no-loadscope-reorder
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: compiled bench proofs audit spark spark-lock simulate demo test check lock docs clean servers faults

demo: compiled
	$(BIN)/palermo demo $(DEMO)

test: compiled check servers
	$(BIN)/pytest $(BESIDE)

# Python's own cache, which some systems switch off: a refresh has several processes, and each would compile anew
compiled: $(VENV)/.ready
	@$(BIN)/python -m compileall -q sources transforms expectations reports pipelines

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

proofs: servers spark
	$(BIN)/pytest -m slow $(BESIDE)

audit:
	@PYTHON=$(PYTHON) bash .ci/audit

spark: $(VENV)/.spark
	@bash .ci/java

$(VENV)/.spark: requirements-spark.lock $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

servers: $(VENV)/.ready
	@bash .ci/browser
	@bash .ci/postgres

simulate: $(VENV)/.ready
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m transforms.evaluation.simulate --out docs/evaluation/simulation.md

bench: $(VENV)/.ready
	$(BIN)/python -m benchmarks --sizes $(SIZES)

docs: $(VENV)/.ready
	$(BIN)/python -m pipelines.reference docs/reference

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

faults: $(VENV)/.ready
	$(BIN)/python -m tests.faults.harness --kills 200

lock:
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra postgres --generate-hashes --no-strip-extras \
	    --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock

spark-lock:
	$(PYTHON) -m pip install --quiet uv
	echo 'pyspark[connect]>=4.2,<4.3' | $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 -c requirements.lock \
	    --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header - -o requirements-spark.lock

clean:
	rm -rf $(VENV) .audit $(DEMO) build dist
