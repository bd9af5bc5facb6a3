# QueueFlow. `make up` gets a newcomer to a running job.

SHELL := /bin/bash
BIN := .build/release
ARGS ?=
DURATION ?= 120
SEED ?=
SCRIPT ?= smoke

.DEFAULT_GOAL := help
.PHONY: help up down status logs build test example chaos bench instructions k6 k6-matrix check-deploy dashboards lint format proto swagger-ui uplot screenshots certs

help: ## Show this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 14

up: build ## Install what is missing, build, start everything and run a first job
	@SWAGGER_UI_DIR=$${SWAGGER_UI_DIR:-$$(deploy/dev/swagger-ui || true)} UPLOT_DIR=$${UPLOT_DIR:-$$(deploy/dev/uplot || true)} \
		$(BIN)/queueflow up $(ARGS)

down: ## Stop everything; data stays in .queueflow
	@$(call queueflow,down)

status: ## Show what runs and whether it is ready
	@$(call queueflow,status)

logs: ## Show the logs; ARGS="worker --follow" follows one
	@$(call queueflow,logs)

build: ## Build the release executables
	@deploy/dev/packages up
	@deploy/dev/build .build/logs/build-release.log -c release

test: ## Build and run all tests; ARGS="--filter Kafka" runs some
	@deploy/dev/packages test
	@deploy/dev/nginx
	@deploy/dev/test $(ARGS)

example: ## Build and test the package in Examples
	@deploy/dev/packages test
	@deploy/dev/example

chaos: build ## Break everything while jobs run and check every promise; DURATION=600 SEED=7 KAFKA_BROKERS=HOST:PORT
	@$(BIN)/chaos run --duration $(DURATION) $(if $(SEED),--seed $(SEED)) \
		$(if $(KAFKA_BROKERS),--kafka-brokers $(KAFKA_BROKERS)) $(ARGS)

bench: build ## Measure QueueFlow beside its peers on this machine; ARGS="--short --only http --kafka HOST:PORT"
	@deploy/dev/packages bench
	@deploy/dev/bench $(ARGS)

instructions: ## Count the instructions of a fixed piece of work, and fail when they have grown by a tenth
	@deploy/dev/packages instructions
	@deploy/dev/instructions $(ARGS)

k6: ## Put load on the stack of `make up`; SCRIPT=smoke|load|stress|spike|soak RATE=200 SCALE=0.1
	@deploy/dev/k6 $(SCRIPT) $(ARGS)

k6-matrix: ## Measure 1, 2, 4 and 8 workers; the stack of `make up ARGS=--no-worker` must be up
	@k6/matrix

check-deploy: ## Check the scripts of k6, the manifests for Kubernetes and Terraform, without a cluster or a cloud
	@deploy/dev/k6 --check
	@deploy/dev/check-deploy

dashboards: ## Make grafana/dashboards from grafana/boards
	@python3 -B grafana/boards

lint: ## Check formatting, shell scripts, rules, boards and runbooks
	@deploy/dev/packages lint
	@deploy/dev/lint

format: ## Format all Swift code
	@swift format --in-place --recursive --parallel --configuration .swift-format Package.swift Sources Tests Examples

certs: ## Make an authority and a certificate for the gateway's TLS
	@nginx/certificate .queueflow/certs

swagger-ui: ## Fetch the pages of /docs
	@deploy/dev/swagger-ui

uplot: ## Fetch what draws the charts of /dashboard
	@deploy/dev/uplot

screenshots: ## Take pictures of the dashboard of the stack of `make up`, those of docs/dashboard.md among them
	@deploy/dev/packages test
	@deploy/dev/screenshots

proto: ## Generate the Swift code of all .proto files
	@deploy/dev/packages proto
	@deploy/dev/proto

# Runs queueflow if it has been built; without it nothing was started from here.
define queueflow
if [ -x $(BIN)/queueflow ]; then $(BIN)/queueflow $(1) $(ARGS); \
else echo "QueueFlow has not been built here; build and start it with: make up"; fi
endef
