package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/metrics"
)

// metricsReference lists the figures of a run.
func metricsReference(*testing.T) string {
	m := &metrics.Meter{}
	list := m.Families()
	slices.SortFunc(list, func(a, b metrics.Family) int { return strings.Compare(a.Prometheus(), b.Prometheus()) })
	var b strings.Builder
	b.WriteString("| name | type | labels | what it tells |\n|---|---|---|---|\n")
	for _, f := range list {
		kind := "gauge"
		if f.Counter {
			kind = "counter"
		}
		labels := "–"
		if len(f.Labels) > 0 {
			labels = "`" + strings.Join(f.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Prometheus(), kind, labels, escape(f.Help))
	}
	return b.String()
}
