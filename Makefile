# `make` shows what there is. Everything is `python -m evalkit ...` underneath; the rest here sets up the environment.
STUDY    ?= departementsstrategien-2023
OUTPUT   ?= outputs
# On the command line alone: many systems have a LANGUAGE of their own in the environment.
LANGUAGE :=
CONFIRM  :=
EXPORT   :=
TO       :=
NAME     :=
UNIT     :=
SEARCH   :=
COUNT    := 60

# What was typed reaches Python through the environment, letter by letter: neither make nor a shell takes it for a command.
TYPED := STUDY OUTPUT LANGUAGE CONFIRM EXPORT TO NAME UNIT SEARCH COUNT
$(foreach word,$(TYPED),$(eval override $(word) := $$(value $(word))))
export $(TYPED)

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# An active environment that has evalkit is used as it is; otherwise .venv is made from the lock.
ACTIVE := $(or $(VIRTUAL_ENV),$(CONDA_PREFIX))
PYTHON := $(if $(wildcard $(ACTIVE)/bin/python),$(shell "$(ACTIVE)/bin/python" -c "import evalkit" 2>/dev/null && echo "$(ACTIVE)/bin/python"))
ifeq ($(strip $(PYTHON)),)
PYTHON := .venv/bin/python
READY  := .venv/.ready
endif
EVALKIT := $(PYTHON) -m evalkit

.PHONY: help new report units page lab audit publish verify test lint mutations bench fields translations clean purge lock FORCE

help: ## Show what there is
	@echo "make TARGET [STUDY=name-or-folder] [LANGUAGE=nb|en] [OUTPUT=outputs]"
	@grep -E '^[a-z]+:.*##' Makefile | sed -e 's/:.*##/\t/' | expand -t 16

new: $(READY) ## Draft a study from a survey engine's export: EXPORT=file [TO=folder] [LANGUAGE=nb]
	@$(EVALKIT) new --to "$$TO" --language "$$LANGUAGE" -- "$$EXPORT"

report: $(READY) ## Rebuild the report: clean, describe, model, tables
	@$(EVALKIT) report --study "$$STUDY" --language "$$LANGUAGE" --output "$$OUTPUT"

units: $(READY) ## Make a page and a document for each unit [UNIT=code]
	@$(EVALKIT) units --study "$$STUDY" --language "$$LANGUAGE" --output "$$OUTPUT" --unit "$$UNIT"

test: $(READY) lint ## Check style and types, and run every test
	@$(PYTHON) -m pytest -n auto --dist worksteal

lint: $(READY)
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy

page: $(READY) ## Make a notebook of your own that is a page of the report: NAME=05_mine
	@$(EVALKIT) page -- "$$NAME"

lab: $(READY) ## Open the notebooks in JupyterLab, their texts in a language [LANGUAGE=nb]
	@$(EVALKIT) lab --language "$$LANGUAGE"

audit: $(READY) ## Attack a published report as a reader could
	@$(EVALKIT) audit --study "$$STUDY" --output "$$OUTPUT"

publish: $(READY) ## Record that the report leaves: what is made later is protected together with it
	@$(EVALKIT) publish --study "$$STUDY" --output "$$OUTPUT"

verify: $(READY) ## Rebuild aside and name every file that differs
	@$(EVALKIT) verify --study "$$STUDY" --output "$$OUTPUT"

mutations: $(READY) ## Put faults into the code and see whether the tests find them [COUNT=60]
	@$(PYTHON) benchmarks/mutations.py --count "$$COUNT"

bench: $(READY) ## Time against peers and floors; long simulations
	@for script in benchmarks/*.py; do case $$script in */mutations.py) continue ;; esac; echo "== $$script"; $(PYTHON) "$$script" || exit 1; done

fields: $(READY) ## List what a chapter may name, with present values [SEARCH=words]
	@$(EVALKIT) fields -- "$$STUDY" "$$SEARCH"

translations: $(READY) ## Bring the catalogue of texts up to date
	@$(EVALKIT) translations

clean: ## Remove what can be rebuilt: derived data, outputs, caches
	@rm -rf data/processed/* outputs/* outputs/.staging outputs/.failed .pytest_cache .mypy_cache .ruff_cache
	@echo "removed derived data, outputs and caches; .venv and data/raw are untouched"

purge: $(READY) ## Delete a study's answers (needs CONFIRM=yes)
	@$(EVALKIT) purge --study "$$STUDY" $$([ "$$CONFIRM" = yes ] && echo --confirm)

lock: ## Resolve the dependencies of pyproject.toml anew (needs uv)
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra test --extra build \
	  --no-header --no-annotate pyproject.toml -o requirements.lock

# The environment: made again when the lock or the package's own description changes, decided by content.
$(READY): FORCE
	@sh environment.sh

FORCE:
