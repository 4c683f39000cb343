package runbook

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestFleets holds what a matrix makes of a runbook: its cells with their values, or its problems.
func TestFleets(t *testing.T) {
	files, err := filepath.Glob("testdata/fleet/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			all, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			want := -1
			for i, f := range all.Files {
				if f.Name == "want" {
					want = i
				}
				if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := fleetText(t, all.Files[0].Name, all.Files[0].Data)
			if *update {
				if want < 0 {
					want, all.Files = len(all.Files), append(all.Files, txtar.File{Name: "want"})
				}
				all.Files[want].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(all), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want < 0 || string(all.Files[want].Data) != got {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// fleetText shows the cells, with what the runbook has in them, or the problems.
func fleetText(t *testing.T, name string, src []byte) string {
	t.Helper()
	o := Options{Getenv: func(name string) (string, bool) { return "value-of-" + name, !strings.HasPrefix(name, "UNSET") }}
	f, problems := openFleet(name, src, o, fixtures)
	var b strings.Builder
	if f == nil {
		for _, p := range problems {
			fmt.Fprintln(&b, p)
		}
		return b.String()
	}
	problems = f.Check(f.Cells, func(c Cell, rb *Runbook) {
		fmt.Fprintf(&b, "%s %s:%d:%d\n", c.Name, c.File, c.Line, c.Col)
		for _, key := range slices.Sorted(maps.Keys(c.Values)) {
			fmt.Fprintf(&b, "    %s = %T %v\n", key, c.Values[key], c.Values[key])
		}
		for _, key := range slices.Sorted(maps.Keys(rb.Vars)) {
			fmt.Fprintf(&b, "    var %s = %T %v\n", key, rb.Vars[key], rb.Vars[key])
		}
		for _, r := range rb.Registries {
			fmt.Fprintf(&b, "    registry %s %s %q %s concurrency %d\n", r.Name, r.URL, r.Password.Reveal(), r.Credentials, r.Concurrency)
		}
		for _, s := range rb.Steps {
			fmt.Fprintf(&b, "    %s: %s\n", s.ID, s.Step.Describe())
		}
	})
	for _, p := range problems {
		fmt.Fprintln(&b, p)
	}
	return b.String()
}

const small = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: small}
spec:
  matrix: %s
  registries: {source: {url: "http://${{ matrix.cell }}"}}
  steps:
    - id: freeze
      setMode: {registry: source, mode: READONLY}
`

func cellsOf(t *testing.T, matrix string) []string {
	t.Helper()
	f, problems := OpenFleet("small.yaml", []byte(fmt.Sprintf(small, matrix)), Options{})
	if problems != nil {
		t.Fatal(text(problems))
	}
	return f.Names()
}

// The name of a cell follows from its own row: it finds its state again when others come and go, or change places.
func TestACellKeepsItsName(t *testing.T) {
	before := cellsOf(t, `{lists: {region: [eu, us], team: [a, b]}}`)
	after := cellsOf(t, `{lists: {region: [as, us, eu], team: [c, b, a]}}`)
	for _, name := range before {
		if !slices.Contains(after, name) {
			t.Errorf("got %q, want %q among them", after, name)
		}
	}
}

// A runbook with a matrix is never taken for one without.
func TestLoadRefusesAMatrix(t *testing.T) {
	rb, problems := Load("small.yaml", []byte(fmt.Sprintf(small, `{lists: {region: [eu]}}`)), Options{})
	if rb != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "one cell at a time") {
		t.Errorf("got %v, %s", rb, text(problems))
	}
}

// Cells may be read at the same time, and one leaves nothing behind for another.
func TestCellsDoNotMeet(t *testing.T) {
	var rows []string
	for i := range 300 {
		rows = append(rows, fmt.Sprintf("{name: c%d}", i))
	}
	f, problems := OpenFleet("small.yaml", []byte(fmt.Sprintf(small, "{include: ["+strings.Join(rows, ", ")+"]}")), Options{})
	if problems != nil {
		t.Fatal(text(problems))
	}
	i := 0
	problems = f.Check(f.Cells, func(c Cell, rb *Runbook) {
		if want := fmt.Sprintf("c%d", i); c.Name != want || rb.Cell != want || rb.Registries[0].URL != "http://"+want {
			t.Errorf("got cell %s with %s, want %s", c.Name, rb.Registries[0].URL, want)
		}
		i++
	})
	if i != 300 || problems != nil {
		t.Errorf("got %d cells, want 300; %s", i, text(problems))
	}
}

// What a fleet may have is bounded, however it comes about.
func TestAMatrixIsBounded(t *testing.T) {
	list := "[" + strings.TrimSuffix(strings.Repeat("a, ", 101), ", ") + "]"
	for i := range 101 {
		list = strings.Replace(list, "a", fmt.Sprintf("v%d", i), 1)
	}
	src := fmt.Sprintf(small, "{lists: {x: "+list+", z: "+list+"}}")
	f, problems := OpenFleet("small.yaml", []byte(src), Options{})
	if f != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "more than 10000 combinations") {
		t.Errorf("got %v, %s", f, text(problems))
	}
	t.Chdir(t.TempDir())
	rows := "name\n"
	for i := range maxCells + 1 {
		rows += fmt.Sprintf("c%d\n", i)
	}
	if err := os.WriteFile("rows.csv", []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	f, problems = OpenFleet("small.yaml", []byte(fmt.Sprintf(small, "{file: rows.csv}")), Options{})
	if f != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "has 10001 cells, more than the 10000") {
		t.Errorf("got %v, %s", f, text(problems))
	}
}
