# "make" alone lists what can be made.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME    ?= 60s
BENCHTIME   ?= 1s

ldflags := -s -w -X github.com/muster-ci/muster/internal/cli.version=$(VERSION)

# Watching for races and counting coverage at once makes the loops of the
# statistics a hundred times slower, so there one comes after the other. The
# command line's scripts are there too: under the race detector run only those in
# which muster does several things at once (together in internal/cli/cli_test.go).
hot := ./internal/metrics/... ./internal/cli

# Tests that count over many drawn sets of rows. What they call draws on all cores, as
# TestFalseDenials and TestTheSameBytesOnAnyNumberOfCores do, which stay: the race detector
# finds nothing more in them, and makes them eight times slower. They run without it.
counting := TestTheSameOnAnyNumberOfCores|TestAssumedCandidatesVaryAsRealOnesDo|TestFormulasAgreeWithCounts|TestTheSameBytesAreEquivalent|TestPlantedDropsAreSeen|TestGroupsAreKeptTogether|TestTheMoreAlikeTheFinerTheMargin|TestMoreRowsCarryFinerMargins|TestErrorsOfNumbersGrow|TestNormalIntervalAgreesWithTheBootstrap|TestBlocksOfTimeCover|TestAConfidenceThatCannotBeReachedIsAProblem|TestTimeIsKeptInBlocks

# Tests that do less while they watch for races, which makes them ten times
# slower, and are therefore run without as well.
large := TestManyOutputs

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: build
build: ## build bin/muster, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(ldflags)' -o bin/muster ./cmd/muster

.PHONY: demo
demo: ## see it all: a model passes, a worse one is denied (sets up what it needs)
	@scripts/setup.sh engine image
	@$(MAKE) --no-print-directory build
	@scripts/demo.sh

.PHONY: test
test: ## run all tests, with the race detector (sets up what they need)
	@scripts/setup.sh engine image tiny ci-image registry cc notebook chromium act gitlab-ci-local octokit emulate axe comments opa
	@$(MAKE) --no-print-directory build
	$(GO) test -race -timeout 20m -skip '^($(counting))$$' $(hot)
	$(GO) test -timeout 20m -coverprofile=cover.hot.out $(hot)
	$(GO) test -timeout 10m -run '^($(large))$$' ./stages
	$(GO) test -race -timeout 20m -coverprofile=cover.out $$($(GO) list ./... | grep -vxFf <($(GO) list $(hot) ./e2e/...))
	@tail -n +2 cover.hot.out >>cover.out
	@$(GO) tool cover -func=cover.out | tail -n 1
	@$(MAKE) --no-print-directory e2e

.PHONY: e2e
e2e: ## block and let through merges on a real forge (sets up what it needs, which takes minutes once)
	@scripts/setup.sh gitea gitea-runner
	$(GO) test -timeout 10m ./e2e/...

.PHONY: lint
lint: ## check the code, the scripts and go.mod (sets up what it needs)
	@scripts/setup.sh lint
	.tools/bin/golangci-lint run
	@if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh scripts/action/*.sh .ci/run; fi
	$(GO) mod tidy -diff

.PHONY: cover
cover: ## show in the browser what the last "make test" reached
	$(GO) tool cover -html=cover.out

.PHONY: corpus
corpus: ## score real repositories whose answers are known, checked out below DIR, and print how far muster agrees
	$(GO) run ./scripts/corpus -v -dir "$(DIR)"

.PHONY: bench
bench: ## measure muster beside what it replaces, then its parts, each for BENCHTIME (sets up what it needs)
	@scripts/setup.sh engine image tiny snakemake ripgrep pandas opa conftest gitleaks
	@$(MAKE) --no-print-directory build
	$(GO) run ./scripts/benchmark
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) \
		$$(grep -rl --include='*_test.go' --exclude-dir='.?*' '^func Benchmark' . | xargs -r -n 1 dirname | sort -u)

.PHONY: simulate
simulate: ## draw evaluation sets whose difference is known, and count how often the intervals hold it (takes some 15 minutes)
	$(GO) run ./scripts/simulation -seed 1 -trials 400

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (60s); those of all parsers take more than an hour
	@for folder in $$(grep -rl --include='*_test.go' --exclude-dir='.?*' '^func Fuzz' . | xargs -r -n 1 dirname | sort -u); do \
		listed=$$($(GO) test -list '^Fuzz' "$$folder"); \
		for target in $$(grep '^Fuzz' <<<"$$listed"); do \
			echo "== $$target in $$folder"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$folder"; \
		done; \
	done

.PHONY: release-dry-run
release-dry-run: ## make all that a release has into dist/, and publish nothing (sets up what it needs; some minutes)
	@scripts/setup.sh goreleaser
	PATH="$$PWD/.tools/bin:$$PATH" .tools/bin/goreleaser release --snapshot --clean --skip=docker
	@scripts/check-release.sh

.PHONY: clean
clean: ## remove what was built, the demo's copy and the tools, but no image
	rm -rf bin dist cover.* .demo .tools
