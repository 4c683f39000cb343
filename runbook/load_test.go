package runbook

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the tests expect; read the difference")

// loadFile loads a runbook of testdata. Its first line may say how: "# with: lax --var:a=b --file:a=b NAME=VALUE".
func loadFile(t *testing.T, path string, set *typeSet) (*Runbook, []Problem) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	env, o := map[string]string{}, Options{Vars: map[string]string{}, FileVars: map[string]string{}}
	first, _, _ := bytes.Cut(src, []byte("\n"))
	if words, ok := bytes.CutPrefix(first, []byte("# with: ")); ok {
		for word := range strings.FieldsSeq(string(words)) {
			name, value, pair := strings.Cut(word, "=")
			switch {
			case word == "lax":
				o.Lax = true
			case strings.HasPrefix(name, "--var:"):
				o.Vars[strings.TrimPrefix(name, "--var:")] = value
			case strings.HasPrefix(name, "--file:"):
				o.FileVars[strings.TrimPrefix(name, "--file:")] = value
			case pair:
				env[name] = value
			}
		}
	}
	o.Getenv = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	name := filepath.Base(path)
	t.Chdir(filepath.Dir(path))
	return load(name, src, o, set)
}

func TestBad(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(files) < 90 {
		t.Errorf("got %d malformed runbooks, want at least 90", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			abs, _ := filepath.Abs(file)
			_, problems := loadFile(t, abs, fixtures)
			golden(t, strings.TrimSuffix(abs, ".yaml")+".want", text(problems))
		})
	}
}

func text(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.Error() + "\n")
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
	if got == "" {
		t.Error("got no problem")
	}
}
