package ci

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// The alerts of docs/metrics.md are read by Prometheus' own parser, and ask for nothing but figures and labels that the
// table there has.
func TestAlertsArePromQL(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(srmigrate_\\w+)` \\| \\w+ \\| ([^|]*) \\|").FindAllStringSubmatch(string(page), -1) {
		has[m[1]] = []string{labels.MetricName, "runbook", "instance"}
		for _, label := range strings.Split(m[2], ", ") {
			has[m[1]] = append(has[m[1]], strings.Trim(label, "`"))
		}
	}
	_, alerts, _ := strings.Cut(string(page), "\n## Alerts\n")
	alerts, _, _ = strings.Cut(alerts, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| .* \\| `(.*)` \\|$").FindAllStringSubmatch(alerts, -1)
	if len(rows) < 7 || len(has) < 20 {
		t.Fatalf("%d alerts and %d figures are found", len(rows), len(has))
	}
	for _, row := range rows {
		text := strings.ReplaceAll(row[1], `\|`, "|")
		if odd := oddities(text, has); len(odd) > 0 {
			t.Errorf("%s: %s", text, strings.Join(odd, "; "))
		}
	}
	for _, text := range []string{`srmigrate_run_status{status="failed"`, `srmigrate_run_stat == 1`, `srmigrate_run_status{stat="failed"}`} {
		if len(oddities(text, has)) == 0 { // a check that cannot fail is none
			t.Errorf("%s passes", text)
		}
	}
}

// oddities says what is wrong with an expression.
func oddities(text string, has map[string][]string) (odd []string) {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return []string{err.Error()}
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok || !strings.HasPrefix(v.Name, "srmigrate_") {
			return nil
		}
		if has[v.Name] == nil {
			odd = append(odd, "there is no "+v.Name)
			return nil
		}
		for _, m := range v.LabelMatchers {
			if !slices.Contains(has[v.Name], m.Name) {
				odd = append(odd, v.Name+" has no label "+m.Name)
			}
		}
		return nil
	})
	return odd
}
