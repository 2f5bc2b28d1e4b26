# make lists the targets. Each needs Go 1.26 and what its line says.

GO ?= go
VAGRANT ?= vagrant
DOCKER ?= docker
root := $(filter 0,$(shell id -u))

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test test-race test-rootless test-vm test-image test-provision web bench lint lab docs image packages clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Serve the lessons on 127.0.0.1:8080 (the same as: go run .)
	$(GO) run .

build: ## Build ./build/nslab, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o build/nslab .

test: packages clean lint web test-race $(if $(root),test-rootless) ## Run everything, root and rootless; installs what it needs (root) or names it
	@$(if $(root),:,echo 'Not root: the tests ran as this user only.')
	@.ci/count

test-race: ## Test all Go packages under the race detector, as who you are
	$(if $(root),NSLAB_MUST_WORK=1 ).ci/tested race $(GO) test -race -v -timeout 10m ./...

test-rootless: ## Test what boots sandboxes as two ordinary users, with newuidmap and without (needs root)
	GO='$(GO)' .ci/tested rootless .ci/rootless

test-vm: ## Bring up the virtual machine, ask it for the page, destroy it (needs Vagrant)
	VAGRANT='$(VAGRANT)' deploy/test-vm.sh

test-image: ## Build the container image, run it as the README says, play the labs in it (needs Docker)
	DOCKER='$(DOCKER)' deploy/test-image.sh

test-provision: ## Install into a fresh Debian tree and boot a sandbox there (needs root and mmdebstrap)
	deploy/test-provision.sh

web: ## Check the page's types and test its modules (needs Node.js 20)
	cd web && npm ci --no-fund --no-audit --loglevel=error
	.ci/tested web npm --prefix web test --silent

bench: ## Measure speed and size; prints the table of the README (as root; wants bwrap)
	$(GO) run ./bench -o bench/results.md

lint: ## Vet, gofumpt, staticcheck; for arm64 and macOS too
	$(GO) vet ./...
	@unformatted=$$($(GO) tool gofumpt -l .); [ -z "$$unformatted" ] || { echo "not as gofumpt wants it (go tool gofumpt -w .): $$unformatted"; exit 1; }
	$(GO) tool staticcheck ./...
	GOARCH=arm64 $(GO) vet ./...
	GOOS=darwin $(GO) build -o /dev/null .

lab: ## Lint the labs and play each in a real sandbox
	$(GO) run . lab lint labs
	$(GO) run . lab test labs

docs: ## Serve the packages' documentation
	$(GO) doc -http

image: ## Build the container image nslab (needs Docker)
	$(DOCKER) build -t nslab .

packages: ## Install what the tests need, or name it if you are not root
	@.ci/packages

clean: ## Remove what was built
	@rm -rf build
