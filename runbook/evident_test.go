package runbook

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// bothWays compares what is evident with what sigs.k8s.io/yaml makes of the file. It returns whether there was anything
// to compare.
func bothWays(t *testing.T, src []byte) bool {
	t.Helper()
	l := &loader{file: "x.yaml", src: src, set: installed, vars: map[string]*variable{}}
	if _, message := unreadable(src); message != "" {
		return false
	}
	doc, _, message := parseYAML(src)
	if message != "" {
		return false
	}
	b := &builder{l: l, inside: map[*yaml.Node]bool{}}
	n := b.node(doc, nil, 1)
	if b.stop || b.brought || len(l.found) > 0 || loneMark(src) || !evident(n) {
		return false
	}
	want, err := l.values()
	if err != nil {
		t.Fatalf("sigs.k8s.io/yaml refuses it: %v\n%q", err, src)
	}
	if diff := cmp.Diff(want, n.json()); diff != "" {
		t.Errorf("-sigs.k8s.io/yaml +evident:\n%s\n%q", diff, src)
	}
	return true
}

func TestEvidentIsWhatYAMLSays(t *testing.T) {
	compared := 0
	for _, pattern := range []string{"testdata/*/*.yaml", "testdata/real/*/*.yaml", "../examples/*.yaml", "../examples/*/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bothWays(t, src) {
				compared++
			}
		}
	}
	if compared < 40 {
		t.Errorf("only %d files were evident", compared)
	}
	for _, s := range []string{
		"", "~", "null", "true", "false", "text", "5m", "1.5h", "20%", "0", "-1", "12", "9999999999999999", "${{ vars.x }}", "/a/b", "a: b", "é",
		"'5'", `"\u00e9\n\0\x41"`, "|\n  a\n  b\n", ">-\n  a\n\n  b\n", "a # b", "1s", "00s", "1_0s", "0x1s", "nullable", "on-call", "y2k", "infinity", "e", "i", "0.5s",
		"!", "! 5", "! true", "! null", "! x", "! '5'",
	} {
		bothWays(t, []byte("a: "+s+"\nb: ["+"x]\n"))
		bothWays(t, []byte("- "+s))
	}
}

func FuzzEvident(f *testing.F) {
	for _, s := range []string{"a: 5m\nb: {c: [x, 1, 'y']}\n", "a: |\n  x\nb: >\n  y\n", "? a\n: b\n", "a: 1s\n\n# c\nb:\n- null\n- \"\\u2028\"\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { bothWays(t, src) })
}
