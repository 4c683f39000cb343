package compare_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestContextNames(t *testing.T) {
	for in, want := range map[string]string{"": ".", ".": ".", ":.:": ".", "a": ".a", ".a": ".a", ":.a:": ".a", ".a.b": ".a.b"} {
		if got := compare.NormalContext(in); got != want {
			t.Errorf("NormalContext(%q): got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string][2]string{
		"x": {".", "x"}, ":.c:x": {".c", "x"}, ":.:x": {".", "x"}, ":.c:": {".c", ""}, ":.c:a:b": {".c", "a:b"}, "a:b": {".", "a:b"}, ":x": {".", ":x"},
	} {
		if c, n := compare.SplitSubject(in); c != want[0] || n != want[1] {
			t.Errorf("SplitSubject(%q): got %q, %q", in, c, n)
		}
	}
	for in, want := range map[string]string{".": "", "": "", ".c": ":.c:", "c": ":.c:"} {
		if got := compare.Place(in); got != want {
			t.Errorf("Place(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	subjects := []string{"orders", "orders-2", "a*b", ":.c:orders", ":.c:x", ":.cc:x"}
	for pattern, want := range map[string][]string{
		"*":          {"orders", "orders-2", "a*b"},
		":*:":        subjects,
		":*:*":       subjects,
		":*:orders":  {"orders", ":.c:orders"},
		":*:orders*": {"orders", "orders-2", ":.c:orders"},
		":.c:*":      {":.c:orders", ":.c:x"},
		":.c:":       {":.c:orders", ":.c:x"},
		":.c:orders": {":.c:orders"},
		":.c:o*":     {":.c:orders"},
		":.:orders":  {"orders"},
		"orders":     {"orders"},
		"orders*":    {"orders", "orders-2"},
		"a*b":        {"a*b"},
		"*b":         nil,
		"nothing":    nil,
		"":           nil,
	} {
		m := compare.Mapping{ContextType: "NONE", Patterns: []string{pattern}}
		var got []string
		for _, s := range subjects {
			if _, covered := m.Map(s); covered {
				got = append(got, s)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", pattern, got, want)
		}
	}
}

func TestMap(t *testing.T) {
	for _, tc := range []struct {
		contextType, context, rename, subject, want string
	}{
		{"NONE", "", "", "x", "x"},
		{"NONE", ".ignored", "", ":.S:x", ":.S:x"},
		{"DEFAULT", "", "", ":.S:x", "x"},
		{"default", ".", "", "x", "x"},
		{"CUSTOM", "C", "", "x", ":.C:x"},
		{"CUSTOM", ":.C:", "", ":.S:x", ":.C.S:x"},
		{"AUTO", ".G", "", ":.S:x", ":.G.S:x"},
		{"", ".G", "", "x", ":.G:x"},
		{"NONE", "", "dc_${subject}", ":.S:x", ":.S:dc_x"},
		{"CUSTOM", "C", "${subject}-${subject}", "x", ":.C:x-x"},
		{"NONE", "", "renamed", "x", "renamed"},
	} {
		m := compare.Mapping{ContextType: tc.contextType, Context: tc.context, RenameFormat: tc.rename, Patterns: []string{":*:"}}
		if got, covered := m.Map(tc.subject); got != tc.want || !covered {
			t.Errorf("%+v: got %q, %v", tc, got, covered)
		}
	}
	m := compare.Mapping{ContextType: "CUSTOM", Context: "C", RenameFormat: "dc_${subject}", Patterns: []string{"a*"}}
	if got, covered := m.Map("b"); got != ":.C:b" || covered {
		t.Errorf("uncovered: got %q, %v", got, covered)
	}
}

func TestTargetContexts(t *testing.T) {
	sources := []string{".", ".a", ":.b:"}
	for want, m := range map[string]compare.Mapping{
		"[. .a .b]":      {ContextType: "NONE", Patterns: []string{":*:"}},
		"[.]":            {ContextType: "DEFAULT", Patterns: []string{":*:"}},
		"[.C .C.a .C.b]": {ContextType: "CUSTOM", Context: "C", Patterns: []string{":*:"}},
		"[.C]":           {ContextType: "CUSTOM", Context: "C"},
		"[.C.b]":         {ContextType: "CUSTOM", Context: "C", Patterns: []string{":.b:x*"}},
	} {
		if got := fmt.Sprint(m.TargetContexts(sources)); got != want {
			t.Errorf("%+v: got %s, want %s", m, got, want)
		}
	}
}

// copied returns the sample as an exporter with this mapping would leave it.
func copied(m compare.Mapping) []row {
	var out []row
	for _, s := range sample() {
		target, covered := m.Map(s.Subject)
		if !covered {
			continue
		}
		context, _ := compare.SplitSubject(s.Subject)
		var refs []registry.Reference
		for _, r := range s.References {
			r.Subject, _ = m.Map(compare.Place(context) + r.Subject)
			refs = append(refs, r)
		}
		s.Subject, s.References = target, refs
		out = append(out, s)
	}
	return out
}

func TestRunWithMappings(t *testing.T) {
	const others = " (1 outside the exporter's patterns)"
	for want, m := range map[string]compare.Mapping{
		"4 of 4 subjects, 5 versions, . → .C, .eu → .C.eu":                        {ContextType: "CUSTOM", Context: "C", Patterns: []string{":*:"}},
		"3 of 4 subjects" + others + ", 4 versions, . → .lsrc-x1":                 {ContextType: "AUTO", Context: ".lsrc-x1", Patterns: []string{"*"}},
		"4 of 4 subjects, 5 versions, contexts ., .eu":                            {ContextType: "NONE", Patterns: []string{":*:"}, RenameFormat: "dc_${subject}.x"},
		"3 of 4 subjects" + others + ", 4 versions, context .":                    {ContextType: "DEFAULT"},
		"1 of 4 subjects (3 outside the exporter's patterns), 1 version, .eu → .": {ContextType: "DEFAULT", Patterns: []string{":.eu:*"}},
		"1 of 4 subjects (3 outside the exporter's patterns), 2 versions, context .": {
			ContextType: "NONE", Patterns: []string{"orders"}, RenameFormat: "bestellungen",
		},
	} {
		target := copied(m)
		// None of these could come from that exporter, so none counts as extra.
		target = append(target, schema(":.other:x", 1, 50, nil))
		r := run(t, &fake{rows: sample()}, &fake{rows: target, empty: []string{".old"}}, compare.Options{Mapping: &m})
		if got := r.Summary(); got != "identical: "+want {
			t.Errorf("got %s\nwant identical: %s\n%s", got, want, lines(r.Differences))
		}
		for i := range target[:len(target)-1] {
			less := slices.Delete(slices.Clone(target), i, i+1)
			if r := run(t, &fake{rows: sample()}, &fake{rows: less}, compare.Options{Mapping: &m}); r.Verdict != compare.Different || r.Missing != 1 {
				t.Errorf("%+v without %s: got %s", m, target[i].Subject, r.Summary())
			}
		}
	}
}

// A reference that still names the source's context is a difference.
func TestReferencesAreMapped(t *testing.T) {
	m := compare.Mapping{ContextType: "CUSTOM", Context: "C", Patterns: []string{":*:"}}
	ref := func(subject string) func(*registry.Schema) {
		return func(s *registry.Schema) {
			s.References = []registry.Reference{{Name: "n", Subject: subject, Version: 1}}
		}
	}
	for name, tc := range map[string]struct {
		source, target string
		same           bool
	}{
		"unqualified on both":     {"a", "a", true},
		"qualified on target":     {"a", ":.C.S:a", true},
		"qualified and rewritten": {":.T:a", ":.C.T:a", true},
		"not rewritten":           {":.T:a", ":.T:a", false},
		"default, rewritten":      {":.:a", ":.C:a", true},
		"default, not rewritten":  {":.:a", "a", false},
	} {
		source := []row{schema(":.S:x", 1, 1, ref(tc.source))}
		target := []row{schema(":.C.S:x", 1, 1, ref(tc.target))}
		r := run(t, &fake{rows: source}, &fake{rows: target}, compare.Options{Mapping: &m})
		if same := r.Verdict == compare.Identical; same != tc.same {
			t.Errorf("%s: got %s", name, r.Summary())
		}
	}
}

func TestExtraSubjectsAreThoseTheExporterCouldMake(t *testing.T) {
	for name, tc := range map[string]struct {
		m     compare.Mapping
		extra string
		want  bool
	}{
		"in its context":          {compare.Mapping{ContextType: "CUSTOM", Context: "C"}, ":.C:new", true},
		"in another":              {compare.Mapping{ContextType: "CUSTOM", Context: "C"}, "new", false},
		"below its context":       {compare.Mapping{ContextType: "CUSTOM", Context: "C", Patterns: []string{":*:"}}, ":.C.eu:new", true},
		"below, not covered":      {compare.Mapping{ContextType: "CUSTOM", Context: "C"}, ":.C.eu:new", false},
		"outside its patterns":    {compare.Mapping{ContextType: "NONE", Patterns: []string{"orders*"}}, "new", false},
		"inside its patterns":     {compare.Mapping{ContextType: "NONE", Patterns: []string{"orders*"}}, "orders-new", true},
		"not of its rename":       {compare.Mapping{ContextType: "NONE", RenameFormat: "dc_${subject}"}, "new", false},
		"of its rename":           {compare.Mapping{ContextType: "NONE", RenameFormat: "dc_${subject}"}, "dc_new", true},
		"nothing but its rename":  {compare.Mapping{ContextType: "NONE", RenameFormat: "dc_${subject}"}, "dc_", false},
		"merged":                  {compare.Mapping{ContextType: "DEFAULT", Patterns: []string{":.eu:*"}}, "new", true},
		"a context of the target": {compare.Mapping{ContextType: "NONE", Patterns: []string{":*:"}}, ":.own:new", false},
	} {
		target := append(copied(tc.m), schema(tc.extra, 1, 99, nil))
		r := run(t, &fake{rows: sample()}, &fake{rows: target}, compare.Options{Mapping: &tc.m})
		if got := r.Reported == 1; got != tc.want || r.Verdict != compare.Identical {
			t.Errorf("%s: got %s\n%s", name, r.Summary(), lines(r.Differences))
		}
	}
}

func TestSelection(t *testing.T) {
	for want, o := range map[string]compare.Options{
		"1 of 4 subjects (3 not asked for), 2 versions, context .":  {Subjects: []string{"orders"}},
		"1 of 4 subjects (3 not asked for), 1 version, context .eu": {Contexts: []string{"eu"}},
		"1 of 4 subjects (1 outside the exporter's patterns, 2 not asked for), 2 versions, context .": {
			Mapping: &compare.Mapping{ContextType: "NONE"}, Subjects: []string{":*:orders"},
		},
	} {
		// What was not asked for may differ.
		target := slices.DeleteFunc(sample(), func(s row) bool { return s.Subject == "address" || s.Subject == "user/events" })
		target = append(target, schema("new", 1, 70, nil))
		if got := run(t, &fake{rows: sample()}, &fake{rows: target}, o).Summary(); got != "identical: "+want {
			t.Errorf("got %s\nwant identical: %s", got, want)
		}
	}
}

// A misspelt filter must not pass as proof.
func TestNothingSelectedIsUnknown(t *testing.T) {
	o := compare.Options{Contexts: []string{".eu"}, Subjects: []string{"*"}}
	want := "unknown: no pattern or filter covers any of the 4 subjects of the source; nothing was compared"
	if got := run(t, &fake{rows: sample()}, &fake{rows: sample()}, o).Summary(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestOutside(t *testing.T) {
	m := compare.Mapping{ContextType: "NONE", Patterns: []string{"orders"}}
	r := run(t, &fake{rows: sample()}, &fake{rows: sample()}, compare.Options{Mapping: &m, Outside: compare.Fail})
	if r.Verdict != compare.Different || r.Other != 3 || lines(r.Differences[:1]) != ":.eu:orders: no pattern of the exporter covers it" {
		t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
	}
}

func TestCollisions(t *testing.T) {
	m := compare.Mapping{ContextType: "DEFAULT", Patterns: []string{":*:"}}
	source := []row{schema(":.a:x", 1, 1, nil), schema(":.b:y", 1, 2, nil), schema(":.b:z", 1, 1, nil)}
	target := []row{schema("x", 1, 1, nil), schema("y", 1, 2, nil), schema("z", 1, 1, nil)}
	if r := run(t, &fake{rows: source}, &fake{rows: target}, compare.Options{Mapping: &m}); r.Verdict != compare.Identical {
		t.Errorf("one schema under one id: got %s\n%s", r.Summary(), lines(r.Differences))
	}
	other := func(s *registry.Schema) { s.Schema = `"string"` }
	source[2], target[2] = schema(":.b:z", 1, 1, other), schema("z", 1, 1, other)
	r := run(t, &fake{rows: source}, &fake{rows: target}, compare.Options{Mapping: &m})
	if want := ":.b:z → z version 1: id 1 is another schema's as well, :.a:x version 1"; lines(r.Differences) != want || r.Verdict != compare.Different {
		t.Errorf("two schemas: got %s\n%s", r.Summary(), lines(r.Differences))
	}
	source, target = []row{schema(":.a:x", 1, 1, nil), schema(":.b:x", 1, 1, nil)}, []row{schema("x", 1, 1, nil)}
	r = run(t, &fake{rows: source}, &fake{rows: target}, compare.Options{Mapping: &m})
	if want := ":.b:x → x: :.a:x becomes x as well"; lines(r.Differences) != want {
		t.Errorf("two subjects: got %s\n%s", r.Summary(), lines(r.Differences))
	}
}
