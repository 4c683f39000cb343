package compare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func onlyIn(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	report, ids := filepath.Join(dir, "report.jsonl"), filepath.Join(dir, "ids.csv")
	r, err := NewRecords(report, ids)
	if err != nil {
		t.Fatal(err)
	}
	var o Options
	r.Watch(&o)
	for _, d := range []Difference{{Kind: KindID, Subject: "b", Version: 2, SourceID: 1, TargetID: 3, Level: Fail}, {Kind: KindExtraSubject, TargetSubject: "\x1b", Level: Report}} {
		if err := o.OnDifference(d); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []Pair{
		{Subject: "z", TargetSubject: ":.c,\"x:z", Version: 1, SourceID: 10, TargetID: 20},
		{Subject: "a", TargetSubject: "a", Version: 1, SourceID: 9, TargetID: 9},
		{Subject: "a", TargetSubject: "a", Version: 2, SourceID: 9, TargetID: 9},
		{Subject: ":.=b:a", TargetSubject: "a", Version: 1, SourceID: 9, TargetID: 8},
	} {
		if err := o.OnPair(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{report, ids} {
		if begun, err := filepath.Glob(path + ".*.tmp"); err != nil || len(begun) != 1 {
			t.Errorf("%s is begun as %q, %v", path, begun, err)
		}
	}
	left, err := r.Keep(&Result{Verdict: Different, Changed: 1, Scope: Scope{Subjects: 1, All: 2, Versions: 3}, Differences: []Difference{{}}})
	if err != nil || left != "" {
		t.Fatal(left, err)
	}
	onlyIn(t, dir, "ids.csv", "report.jsonl")
	want := `{"kind":"id","subject":"b","version":2,"sourceId":1,"targetId":3,"level":"fail"}
{"kind":"extraSubject","targetSubject":"\u001b","level":"report"}
{"kind":"verdict","summary":"different: 0 of 1 subject differ: 1 changed; compared 1 of 2 subjects, 3 versions","complete":true,"verdict":"different",` +
		`"source":"","target":"","scope":{"subjects":1,"allSubjects":2,"outside":0,"filtered":0,"versions":3,"contexts":null},` +
		`"missing":0,"extra":0,"changed":1,"other":0,"extraSubjects":0,"differingSubjects":0,"reported":0}
`
	if got := content(t, report); got != want {
		t.Errorf("got report\n%s\nwant\n%s", got, want)
	}
	want = "source context,source id,target context,target id\n.,9,.,9\n.,10,\".c,\"\"x\",20\n.=b,9,.,8\n"
	if got := content(t, ids); got != want {
		t.Errorf("got ids\n%s\nwant\n%s", got, want)
	}
}

func TestRecordsDoNotPretend(t *testing.T) {
	dir := t.TempDir()
	report, ids := filepath.Join(dir, "report.jsonl"), filepath.Join(dir, "ids.csv")
	if err := os.WriteFile(ids, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := NewRecords(report, ids)
	if err != nil {
		t.Fatal(err)
	}
	left, err := r.Keep(&Result{Verdict: Unknown, Unread: []string{"target: 503"}})
	if err != nil || left != ids {
		t.Errorf("got %q, %v, want the id map's path", left, err)
	}
	if got := content(t, report); !strings.HasPrefix(got, `{"kind":"verdict","summary":"unknown: target: 503; nothing was compared","complete":false,`) {
		t.Errorf("got report %s", got)
	}
	if got := content(t, ids); got != "old" {
		t.Errorf("the id map became %q", got)
	}
	onlyIn(t, dir, "ids.csv", "report.jsonl")
}

func TestRecordsLeaveNothingHalf(t *testing.T) {
	dir := t.TempDir()
	report := filepath.Join(dir, "report.jsonl")
	if err := os.WriteFile(report, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRecords(report, filepath.Join(dir, "none", "ids.csv")); err == nil || !strings.Contains(err.Error(), "there is no folder") {
		t.Errorf("got %v, want the missing folder", err)
	}
	onlyIn(t, dir, "report.jsonl")
	r, err := NewRecords(report, "")
	if err != nil {
		t.Fatal(err)
	}
	var o Options
	r.Watch(&o)
	if err := errors.Join(o.OnDifference(Difference{}), r.report.Flush()); err != nil {
		t.Fatal(err)
	}
	r.Drop()
	r.Drop()
	onlyIn(t, dir, "report.jsonl")
	if got := content(t, report); got != "old" {
		t.Errorf("the report became %q", got)
	}
}

// What several write at one path is at any time all of one of them.
func TestRecordsOfSeveralWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.jsonl")
	var all []*Records
	for range 3 {
		r, err := NewRecords(path, "")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	for i, r := range all {
		var o Options
		r.Watch(&o)
		if err := o.OnDifference(Difference{Kind: KindID, Subject: strings.Repeat("a", i+1)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range all {
		if _, err := r.Keep(&Result{Verdict: Different}); err != nil {
			t.Fatal(err)
		}
		if got, want := content(t, path), fmt.Sprintf("%q", strings.Repeat("a", i+1)); !strings.Contains(got, want) || strings.Count(got, "\n") != 2 {
			t.Errorf("the report of writer %d is %s", i, got)
		}
	}
	onlyIn(t, dir, "report.jsonl")
}

func TestPlaced(t *testing.T) {
	dir := t.TempDir()
	plain, link := filepath.Join(dir, "plain"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(plain, nil, 0o600), os.Symlink(plain, link)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "new"):         "",
		plain:                             "",
		dir:                               "what is there is no ordinary file",
		os.DevNull:                        "what is there is no ordinary file",
		filepath.Join(dir, "none", "new"): "there is no folder",
		filepath.Join(plain, "new"):       "cannot be written",
		filepath.Join(dir, strings.Repeat("n", 253)): "name too long", // with ".tmp"
	} {
		err := Placed(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	onlyIn(t, dir, "link", "plain")
	r, err := NewRecords(link, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Keep(&Result{Verdict: Identical}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 || content(t, plain) == "" {
		t.Errorf("the link became %v, %v", info, err)
	}
}
