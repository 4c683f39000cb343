# Everything a contributor types. Each target does its own set-up: Go is all it needs.
TOOL := go tool -modfile=tools/go.mod

.PHONY: build demo test lint vuln generate e2e-confluent kills faults

build: ## the program, as ./srmigrate
	go build -o srmigrate ./cmd/srmigrate

demo: build ## the quickstart on two registries in memory
	./srmigrate demo

test: lint ## everything, with the race detector; ends with the count of skipped tests
	$(TOOL) gotestsum --format pkgname -- -race -timeout 30m ./...

KILLS = 100
kills: build ## KILLS quickstarts, and a fifth as many rollbacks of each kind, killed with SIGKILL at random instants
	go -C e2e test -run TestKilledAtRandom -timeout 60m -kills $(KILLS) -program "$(CURDIR)/srmigrate"

faults: ## every kind of fault on every kind of request of a quickstart; `make test` has one in three
	go test ./e2e -run TestAQuickstartMeetsEveryFault -thorough

e2e-confluent: ## the scripts on two real registries; needs Docker: docs/real-registries.md
	@sh e2e/confluent.sh

lint: ## vet, staticcheck, formatting and the compose file
	go vet ./...
	$(TOOL) staticcheck ./...
	@out=$$($(TOOL) gofumpt -l .); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	go -C tools test ./...

vuln: ## known vulnerabilities; needs to reach the vulnerability database
	$(TOOL) govulncheck ./...

generate: ## the editor bundle, the reference pages and golden files, from what the program does now: read the diff
	go generate ./schemas
	go test ./e2e -run 'TestDocsAreFresh|TestScripts' -update
	go test ./runbook -update
