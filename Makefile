# Everything a contributor types. Each target does its own set-up: Go is all it needs. Where Node with npm, keytool of a
# JDK and Chromium are there as well, clients and files of other makers take part in the tests, and the report is looked at.
TOOL := go tool -modfile=tools/go.mod

.PHONY: build demo test simulate simulate-plants lint vuln generate e2e-confluent kills faults fuzz bench-compare bench-copy bench-fleet

build: ## the program, as ./srmigrate
	go build -o srmigrate ./cmd/srmigrate

demo: build ## the quickstart on two registries in memory; its report is demo-report/report.html then
	./srmigrate demo --report demo-report

test: lint simulate simulate-plants ## everything, with the race detector; ends with the count of skipped tests and a second of each fuzz target
	$(TOOL) gotestsum --format pkgname -- -race -timeout 40m ./...
	go test ./internal/compare -run '^TestProgress$$' # which the race detector cannot have
	go -C tools/collector test -count=1 ./... # a module of its own: what a receiver needs is no dependency of the program
	go -C tools/gateway test -count=1 ./... # likewise: a server of objects, in which states are kept
	@$(MAKE) --no-print-directory fuzz FUZZTIME=1s

KILLS = 100
kills: build ## KILLS quickstarts, and a fifth as many rollbacks of each kind, killed with SIGKILL at random instants
	go -C e2e test -run TestKilledAtRandom -timeout 60m -kills $(KILLS) -program "$(CURDIR)/srmigrate"

faults: ## every kind of fault on every kind of request of a quickstart; `make test` has one in three
	go test ./e2e -run TestAQuickstartMeetsEveryFault -thorough

FUZZTIME = 1m
fuzz: ## each fuzz target for FUZZTIME; what it finds stays in testdata/fuzz
	@for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(f .*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			go test $$(dirname $$file) -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) || exit 1; \
		done; \
	done

SEEDS ?= 3000
simulate: ## SEEDS=N schedules of crashes and faults from FROM=M on, or the one of SEED=N, BUCKETS=1 in a bucket: docs/simulation.md
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && go test -c -o "$$dir/simulate" ./e2e/simulate && cd e2e/simulate && \
		"$$dir/simulate" -test.run '^TestSimulate$$' -test.timeout 0 -sum $(if $(BUCKETS),-buckets) $(if $(SEED),-seed $(SEED),-seeds $(SEEDS) $(if $(FROM),-from $(FROM)))

simulate-plants: ## shows that the simulation finds bugs, by planting some
	go test -tags plant -timeout 30m ./e2e/simulate -run '^TestPlants$$'

e2e-confluent: ## the scripts on two real registries; needs Docker: docs/real-registries.md
	@sh e2e/confluent.sh

# What bench-compare measures; all of it, in some 15 minutes:
# make bench-compare SIZES=1000,5000,20000,100000 LATENCIES=0ms,5ms,20ms
SIZES ?= 1000,20000
LATENCIES ?= 0ms,20ms

bench-compare: build ## compare against a plain download and a loop over versions: docs/reading.md
	go test ./internal/compare -run '^$$' -bench Compare -benchmem
	@dir=$$(mktemp -d) && go test -c -o $$dir/bench ./internal/compare && \
	SRMIGRATE_BENCH="drive ./srmigrate $(SIZES) $(LATENCIES)" $$dir/bench; code=$$?; rm -rf $$dir; exit $$code

bench-copy: ## copy against a loop over versions, in the same run: docs/how-a-run-works.md
	go test ./steps -run '^$$' -bench Copy -benchtime 1x -timeout 30m

CELLS ?= 1000
bench-fleet: build ## a fleet of CELLS cells against a call for each, and 3 % of them failing: docs/how-to/fleet.md
	go test ./e2e -run '^$$' -bench Fleet -benchtime 1x -timeout 60m -program "$(CURDIR)/srmigrate" -cells $(CELLS)

lint: ## vet, staticcheck, formatting and the compose file
	go vet ./...
	$(TOOL) staticcheck ./...
	@out=$$($(TOOL) gofumpt -l .); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	go -C tools test -count=1 ./...

vuln: ## known vulnerabilities; needs to reach the vulnerability database
	$(TOOL) govulncheck ./...

generate: ## the editor bundle, the reference pages and golden files, from what the program does now: read the diff
	go generate ./schemas
	go test ./e2e -run 'TestDocsAreFresh|TestScripts' -update
	go test ./runbook -update
