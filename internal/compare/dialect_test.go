package compare_test

import (
	"fmt"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
)

func TestGuideDialect(t *testing.T) {
	all := []string{"x", ":.S:x"}
	for _, tc := range []struct {
		mapping compare.Mapping
		want    string
	}{
		{compare.Mapping{ContextType: "AUTO", Context: ".G", Patterns: []string{"*"}}, "[x :.S:x]"},
		{compare.Mapping{}, "[x :.S:x]"},
		{compare.Mapping{ContextType: "NONE", Patterns: []string{"*"}}, "[x x]"},
		{compare.Mapping{ContextType: "CUSTOM", Context: "C", Patterns: []string{"*"}}, "[:.C:x :.C:x]"},
		{compare.Mapping{ContextType: "custom", Context: ":.C:", Patterns: []string{":.S:*"}, RenameFormat: "dc_${subject}"}, "[:.C:dc_x]"},
		{compare.Mapping{ContextType: "NONE", Patterns: []string{"x*"}}, "[x]"},
	} {
		m := tc.mapping.Meant("guide")
		var got []string
		for _, s := range all {
			if to, covered := m.Map(s); covered {
				got = append(got, to)
			}
		}
		if fmt.Sprint(got) != tc.want {
			t.Errorf("%+v: got %v, want %s", tc.mapping, got, tc.want)
		}
		for _, dialect := range []string{"", "confluent"} {
			if same := tc.mapping.Meant(dialect); fmt.Sprint(same) != fmt.Sprint(tc.mapping) {
				t.Errorf("%s: got %v, want %v", dialect, same, tc.mapping)
			}
		}
	}
	o := compare.Options{Mapping: new(compare.Mapping{ContextType: "DEFAULT"}.Meant("guide"))}
	if _, err := compare.Run(t.Context(), nil, nil, o); err == nil || err.Error() != `contextType "DEFAULT in dialect guide" is none of AUTO, CUSTOM, NONE, DEFAULT` {
		t.Errorf("got %v", err)
	}
}
