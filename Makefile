# bouncelog. `make demo` builds it and runs the main job on a bundled log; `make test` runs the tests.
GO ?= go
BIN = bin/bouncelog
export CGO_ENABLED = 1

.PHONY: build demo test test-race check lint fuzz bench soak biglog accuracy man install clean tools

build: $(BIN)

$(BIN): tools $(shell find cmd parser trace classify rules store ingest tail report -name '*.go' -o -name '*.toml' -o -name '*.sql' -o -name '*.tmpl' 2>/dev/null) go.mod go.sum
	$(GO) build -o $@ ./cmd/bouncelog

# What a newcomer's machine may lack, said plainly.
tools:
	@command -v $(GO) >/dev/null || { echo "Go is missing: install Go 1.26 or newer (https://go.dev/dl/), or set GO=/path/to/go" >&2; exit 1; }
	@command -v $${CC:-gcc} >/dev/null || command -v cc >/dev/null || { echo "a C compiler is missing (SQLite is compiled in): apt-get install gcc libc6-dev" >&2; exit 1; }

# The main job on a bundled log: read it, report on it, and tell why one message failed.
demo: build
	@rm -rf bin/demo.db bin/demo.db-wal bin/demo.db-shm
	$(BIN) --db bin/demo.db --timezone UTC ingest testdata/logs/postfix/syslog
	$(BIN) --db bin/demo.db report --day 2026-11-22
	$(BIN) --db bin/demo.db why ms-dmarc@outlook.com

test: tools
	$(GO) test ./...

test-race: tools
	$(GO) test -race ./...

lint: tools
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files" >&2; exit 1; }

check: lint test

# The manual pages, from the same texts as --help: man -l bin/man/bouncelog-report.1
man: build
	$(BIN) man bin/man

# A log of any size with its exact totals beside it: make biglog MTA=exim N=1000000 SEED=2
MTA = postfix
N = 300000
SEED = 1
SPAN = 168h
biglog: tools
	@mkdir -p bin
	$(GO) run ./cmd/biglog -mta $(MTA) -n $(N) -seed $(SEED) -span $(SPAN) -o bin/$(MTA)-$(N).log
	@ls -l bin/$(MTA)-$(N).log bin/$(MTA)-$(N).log.json

# Side by side with pflogsumm, eximstats and exigrep, where they are installed. BIG=0 leaves out the database of 10 million attempts, TIMES
# says how long the logs are by which the cost of length is measured.
BIG = 6500000
TIMES = 1,4,16
bench: build
	$(GO) run ./cmd/bench -n $(N) -big $(BIG) -times $(TIMES)

# Every fuzz target for FUZZTIME.
FUZZTIME = 60s
fuzz: tools
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; $(GO) test $$pkg -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x; \
		done; \
	done

# A writer at 20,000 lines a second, rotated in every way, and tail killed again and again: nothing lost, nothing doubled. Then how long a
# failure takes to be printed at that rate. SOAK=60s for a short run.
SOAK ?= 10m
SOAKRATE ?= 20000
soak: tools
	SOAK=$(SOAK) SOAKRATE=$(SOAKRATE) LATENCY=20s $(GO) test ./cmd/bouncelog -run '^(TestSoak|TestTailLatency)$$' -v -count 1 -timeout 60m

# How often the classifier is right on the project's own labelled replies, and what it confuses. BOUNCELOG_REPLIES=FILE measures another file.
accuracy: tools
	$(GO) test ./classify -run '^TestAccuracy$$' -v -count 1

install: build
	install -D -m 0755 $(BIN) $(DESTDIR)/usr/local/bin/bouncelog

clean:
	rm -rf bin
