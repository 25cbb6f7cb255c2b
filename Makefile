# Every target has a help line; `make` alone shows them.
# What a target needs is made by it: npm packages, the bundled Postgres, the web build, the tools.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TAGS := embedpg
BUNDLE := internal/embeddedpg/bundle/postgres.tar.zst
PACKAGES := web/node_modules/.package-lock.json
STUDIO := web/dist/app/index.html
GO_SOURCES := $(shell git ls-files '*.go' '*.sql' '*.yaml' 'internal/httpapi/*' go.mod go.sum 2>/dev/null)
WEB_SOURCES := $(shell git ls-files web 2>/dev/null | grep -vE '^web/(dist|e2e)/')
GOLANGCI := bin/tools/golangci-lint
GOLANGCI_VERSION := v2.15.0
K6 := bin/tools/k6
K6_VERSION := v1.8.1
# Where a Postgres of the system lies, if there is one: the store is tested on it, too.
SYSTEM_POSTGRES := $(lastword $(sort $(wildcard /usr/lib/postgresql/*)))
# The corpus and the hostile documents lie beside the checkout.
export LANEWAY_BPMN_CORPUS ?= $(abspath ../shared/bpmn-corpus)
export LANEWAY_HOSTILE_XML ?= $(abspath ../shared/hostile-xml)
# The tests share one compilation of the rasteriser of pictures.
export LANEWAY_TEST_PICTURE_CACHE ?= $(abspath bin/cache/pictures)
PICTURES := bin/cache/pictures/sums

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: run
run: bin/laneway ## build everything and start Laneway on http://localhost:8080, data in ./data
	@LANEWAY_DATA_DIR="$${LANEWAY_DATA_DIR:-./data}" exec ./bin/laneway serve

.PHONY: build
build: bin/laneway ## build bin/laneway: server, studio and Postgres in one file

.PHONY: dev
dev: bin/laneway ## start the server and, on http://localhost:5173, the studio with live reload
	@LANEWAY_DATA_DIR="$${LANEWAY_DATA_DIR:-./data}" ./bin/laneway serve & server=$$!; \
	trap 'kill $$server; wait $$server' EXIT; \
	cd web && npm run dev

.PHONY: test
test: lint test-go test-system-postgres test-web test-browser ## everything: lint, Go with the race detector, web, a real browser
	@echo "all tests passed"

.PHONY: test-long
test-long: bin/laneway bin/provider chromium redis $(PICTURES) ## the proofs that take too long for every change: large property runs, long browser tests, fuzzing
	LANEWAY_TEST_LONG=1 go test -race -tags $(TAGS) -timeout 120m ./...
	cd web && LANEWAY_TEST_LONG=1 LANEWAY_BIN=$(abspath bin/laneway) npm run test:judge
	cd web && LANEWAY_TEST_LONG=1 npm run test:browser
	for target in FuzzDecode FuzzDiff FuzzMerge; do \
	  if grep -qr "func $$target(" bpmn; then go test -run '^$$' -fuzz "^$$target$$" -fuzztime $${FUZZTIME:-10m} ./bpmn; fi; \
	done
	go test -run '^$$' -fuzz '^FuzzSVG$$' -fuzztime $${FUZZTIME:-10m} -fuzzminimizetime 2s ./bpmn/svg

.PHONY: test-go
test-go: $(BUNDLE) $(STUDIO) $(PICTURES) redis ## the Go tests, with the race detector and a real Postgres
	go test -race -tags $(TAGS) -timeout 20m ./...
	@# The proof of isolation has to fail with each permission opened.
	go test -tags '$(TAGS) mayopen' -run '^TestIsolationNoticesOpenedDoors$$' ./internal/httpapi

.PHONY: test-system-postgres
test-system-postgres: ## the store's tests and a failover on the Postgres of this system, where there is one
	@if [ -n "$(SYSTEM_POSTGRES)" ]; then \
	  echo "the store's tests on $(SYSTEM_POSTGRES)"; \
	  LANEWAY_TEST_POSTGRES_DIR=$(SYSTEM_POSTGRES) go test -race -timeout 10m -count=1 ./internal/store/...; \
	  echo "a failover from one $(SYSTEM_POSTGRES) to another"; \
	  LANEWAY_TEST_POSTGRES_DIR=$(SYSTEM_POSTGRES) go test -timeout 10m -count=1 -v -run '^TestFailover$$' ./cmd/laneway; \
	else \
	  echo "NO POSTGRES under /usr/lib/postgresql: the store is tested on the bundled one only, and FAILOVER IS NOT TESTED"; \
	fi

.PHONY: test-web
test-web: $(STUDIO) ## the web's unit tests and the size of its chunks
	cd web && npm run test && npm run budget

.PHONY: test-browser
test-browser: bin/laneway bin/provider chromium ## the tests in a real browser, against the built program
	cd web && npm run test:browser

.PHONY: chromium
chromium:
	@if ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-liberation >/dev/null; \
	  else \
	    echo "the browser tests need Chromium: install the package chromium (Debian, Ubuntu: apt-get install chromium fonts-dejavu-core fonts-liberation)" >&2; exit 1; \
	  fi; \
	fi

.PHONY: redis
redis:
	@if ! command -v redis-server >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null; \
	  else \
	    echo "the tests of rate limits need Redis: install the package redis-server (Debian, Ubuntu: apt-get install redis-server)" >&2; exit 1; \
	  fi; \
	fi

.PHONY: lint
lint: $(PACKAGES) $(GOLANGCI) $(BUNDLE) ## gofmt, go vet, golangci-lint, biome, tsc
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted" >&2; exit 1; fi
	go vet ./...
	$(GOLANGCI) run ./...
	cd web && npm run typecheck && npm run lint

.PHONY: bench
bench: $(BUNDLE) bin/laneway ## timed figures: start of the database, lists and saves from 16 clients, documents
	go test -run '^$$' -bench . -benchmem -benchtime $${BENCHTIME:-1s} ./bpmn/...
	go test -tags $(TAGS) -run '^$$' -bench . -benchtime 3x ./internal/embeddedpg
	go test -tags $(TAGS) -run '^$$' -bench . -benchtime 20x ./internal/httpapi
	go test -tags $(TAGS) -run '^$$' -bench . -benchmem ./cmd/laneway

.PHONY: load
load: bin/laneway bin/bare $(K6) ## the crowd of the plan against the built program; writes load/report.md (LOAD="-users 200 -hold 20s" for less)
	go run ./load -k6 $(K6) -bare bin/bare $(LOAD)

.PHONY: bench-differ
bench-differ: ## bpmn-js-differ and ours on the same files; fetches it for that, it is not shipped
	mkdir -p bin/tools/differ/files
	npm install --prefix bin/tools/differ --no-save --ignore-scripts --silent bpmn-js-differ@3.2.0 bpmn-moddle@10.3.1
	LANEWAY_BENCH_FILES=$(abspath bin/tools/differ/files) go test ./bpmn -run '^$$' -bench '^Benchmark(Diff|ReadAndDiff)$$'
	node web/judge/differ.mjs bin/tools/differ bin/tools/differ/files

.PHONY: bench-to-image
bench-to-image: bin/laneway chromium ## bpmn-to-image and ours on the reference models; fetches it for that, it is not shipped
	mkdir -p bin/tools/to-image
	PUPPETEER_SKIP_DOWNLOAD=1 npm install --prefix bin/tools/to-image --no-save --ignore-scripts --silent bpmn-to-image@0.10.0
	node web/judge/to-image.mjs bin/tools/to-image bin/laneway $(LANEWAY_BPMN_CORPUS)/reference

# What the targets above are made from.

# The profile is of the server under the crowd of `make load`; it is named here, so that tests are not compiled with it.
bin/laneway: $(GO_SOURCES) $(STUDIO) $(BUNDLE) cmd/laneway/crowd.pgo
	CGO_ENABLED=0 go build -pgo=cmd/laneway/crowd.pgo -tags $(TAGS) -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/laneway

# What a server needs at the least, for make load.
bin/bare: $(wildcard load/bare/*.go) $(GO_SOURCES) $(BUNDLE)
	CGO_ENABLED=0 go build -tags $(TAGS) -trimpath -o $@ ./load/bare

# A service to sign in with, for the browser tests.
bin/provider: $(wildcard internal/auth/authtest/*.go internal/auth/authtest/provider/*.go) go.mod
	go build -trimpath -o $@ ./internal/auth/authtest/provider

$(PACKAGES): web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts
	@touch $@

$(STUDIO): $(PACKAGES) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

# The packer does nothing when the bundle was made from the same.
$(BUNDLE): $(PACKAGES) $(wildcard internal/embeddedpg/*.go internal/embeddedpg/pack/*.go internal/embeddedpg/bundle/*.go)
	go run ./internal/embeddedpg/pack
	@touch $@

# Without the race detector this takes a tenth of the time.
$(PICTURES): internal/render/assets/resvg.wasm.zst go.mod
	go test -count=1 ./internal/render -run '^TestPNG$$'
	@touch $@

$(K6): Makefile
	GOBIN=$(abspath bin/tools) go install go.k6.io/k6@$(K6_VERSION)
	@touch $@

$(GOLANGCI): Makefile
	GOBIN=$(abspath bin/tools) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@touch $@
