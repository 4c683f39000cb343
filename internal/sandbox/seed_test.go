package sandbox

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func seeded(t *testing.T, s Seed) *Registry {
	t.Helper()
	r := newRegistry(t, Options{ClusterID: "k"})
	if err := r.Seed(s); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSeedIsTheSameAgain(t *testing.T) {
	a, b := seeded(t, Seed{Seed: 7}).Snapshot(), seeded(t, Seed{Seed: 7}).Snapshot()
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(a, seeded(t, Seed{Seed: 8}).Snapshot()) {
		t.Error("another seed made the same content")
	}
}

func TestSeedCounts(t *testing.T) {
	for n, want := range map[int]int{0: 330, -1: 0, 1: 1, 5: 5, 16: 16, 100: 100} {
		r := seeded(t, Seed{Subjects: n, Versions: 3})
		if got := len(r.listSubjects(prefix{everywhere: true}, visibility{deleted: true})); got != want {
			t.Errorf("Subjects %d: got %d, want %d", n, got, want)
		}
	}
}

// What the seed is for: each trap is there.
func TestSeedContent(t *testing.T) {
	r := seeded(t, Seed{})
	script(t, r, `
		GET /contexts -> 200 [".",".legacy",".payments"]
		GET /subjects/audit-log-value/versions -> 200 [1,4,6]
		GET /subjects/audit-log-value/versions?deletedOnly=true -> 200 [2,5]
		GET /subjects?deletedOnly=true -> 200 ["abandoned-carts-value"]
		GET /subjects/eu%2Fcard%20payments%20100%25-value/versions -> 200 [1]
		GET /subjects/orders-value/versions/2 -> 200 {"metadata":{"properties":{"owner":"sales"}},"references":[{"subject":"com.acme.sales.Order"}]}
		GET /subjects/shipments-value/versions/1 -> 200 {"schemaType":"JSON","references":[{"subject":"geo-point.json"}]}
		GET /subjects/invoices-value/versions/1 -> 200 {"schemaType":"PROTOBUF","references":[{"subject":"com/acme/type/money.proto"}]}
		GET /config/orders-value -> 200 {"compatibilityLevel":"FULL_TRANSITIVE"}
		GET /config/:.payments: -> 200 {"compatibilityLevel":"FULL"}
		DELETE /subjects/com.acme.common.Country/versions/1 -> 422 42206
	`)
	meanings := map[string]bool{}
	kinds := map[string]int{}
	for _, v := range r.Snapshot().Versions {
		kinds[v.SchemaType]++
		if v.ID == 1 {
			meanings[v.Schema] = true
		}
	}
	if len(meanings) != 3 {
		t.Errorf("id 1 means %d things, want 3: %v", len(meanings), meanings)
	}
	if len(kinds) != 3 || kinds["PROTOBUF"] < 20 || kinds["JSON"] < 20 {
		t.Errorf("got %v", kinds)
	}
}

func TestSeedIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 subjects")
	}
	start := time.Now()
	r := seeded(t, Seed{Subjects: 20_000})
	t.Logf("%d versions in %v", len(r.Snapshot().Versions), time.Since(start))
	start = time.Now()
	for offset := 0; len(r.list(listing{prefix: prefix{everywhere: true}, offset: offset, limit: 1000})) > 0; offset += 1000 {
	}
	t.Logf("read in %v", time.Since(start))
}
