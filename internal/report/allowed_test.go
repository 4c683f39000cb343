package report

import (
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
)

func TestAllowedFinding(t *testing.T) {
	var out strings.Builder
	text := &Text{Out: &out, Redact: func(s string) string { return s }}
	text.Sink(event.Finding{Code: "SRM012", Severity: "error", Step: "start", Text: "3 versions differ", Remedy: "look", Allowed: "retired team"})
	want := "allowed   start: SRM012: 3 versions differ\n          because retired team\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
