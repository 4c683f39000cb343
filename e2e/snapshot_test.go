package e2e

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// key names a version.
type key struct {
	subject string
	version int
}

func versions(s sandbox.Snapshot) map[key]sandbox.Version {
	m := map[key]sandbox.Version{}
	for _, v := range s.Versions {
		m[key{v.Subject, v.Version}] = v
	}
	return m
}

// settings is what a rollback must leave exactly as it was. A context stays listed once it has been written to, and a trace
// comes and goes with what an exporter meets.
func settings(s sandbox.Snapshot) sandbox.Snapshot {
	s.Versions, s.Contexts, s.Exporters = nil, nil, slices.Clone(s.Exporters)
	for i := range s.Exporters {
		s.Exporters[i].Trace = ""
	}
	return s
}

// rolledBack says in what a registry differs from what it was before: "" when modes, compatibility and exporters are
// the same and every version that was there still is.
func rolledBack(before, after sandbox.Snapshot) string {
	diff := cmp.Diff(settings(before), settings(after))
	now := versions(after)
	for k, v := range versions(before) {
		if d := cmp.Diff(v, now[k]); d != "" {
			diff += fmt.Sprintf("%s version %d: %s", k.subject, k.version, d)
		}
	}
	return diff
}

// mirrored says in what the target differs from an exact copy of the source, live versions only.
func mirrored(source, target sandbox.Snapshot) string {
	live := func(s sandbox.Snapshot) map[key]sandbox.Version {
		m := versions(s)
		for k, v := range m {
			if v.Deleted {
				delete(m, k)
			}
		}
		return m
	}
	return cmp.Diff(live(source), live(target))
}
