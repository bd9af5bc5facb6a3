# QueueFlow. `make up` gets a newcomer to a running job.

SHELL := /bin/bash
BIN := .build/release
ARGS ?=
DURATION ?= 120
SEED ?=

.DEFAULT_GOAL := help
.PHONY: help up down status logs build test example chaos lint format proto swagger-ui certs

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

up: build ## Install what is missing, build, start everything and run a first job
	@SWAGGER_UI_DIR=$${SWAGGER_UI_DIR:-$$(deploy/dev/swagger-ui || true)} $(BIN)/queueflow up $(ARGS)

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

lint: ## Check formatting and shell scripts
	@deploy/dev/packages lint
	@deploy/dev/lint

format: ## Format all Swift code
	@swift format --in-place --recursive --parallel --configuration .swift-format Package.swift Sources Tests Examples

certs: ## Make an authority and a certificate for the gateway's TLS
	@nginx/certificate .queueflow/certs

swagger-ui: ## Fetch the pages of /docs
	@deploy/dev/swagger-ui

proto: ## Generate the Swift code of all .proto files
	@deploy/dev/packages proto
	@deploy/dev/proto

# Runs queueflow if it has been built; without it nothing was started from here.
define queueflow
if [ -x $(BIN)/queueflow ]; then $(BIN)/queueflow $(1) $(ARGS); \
else echo "QueueFlow has not been built here; build and start it with: make up"; fi
endef
