package runbook

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Nothing hangs, and nothing gets as far as a panic.
func TestNonsense(t *testing.T) {
	limit := 20 * time.Second // under -race, on a busy machine
	for name, src := range hostile() {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			_, problems := load("x.yaml", []byte(src), Options{}, installed)
			if len(problems) == 0 {
				t.Error("got no problem")
			}
			for _, p := range problems {
				if strings.Contains(p.Message, "internal error") || len(p.Message) > 8000 {
					t.Fatalf("got %.300s", p.Error())
				}
			}
			if took := time.Since(begun); took > limit {
				t.Errorf("took %s, want at most %s", took, limit)
			}
		})
	}
}

// hostile are files that are made to take long.
func hostile() map[string]string {
	pad := func(s string) string { return strings.Repeat(s, 300_000/len(s)) }
	return map[string]string{
		"10 MB":         strings.Repeat("nonsense: [", 1<<20),
		"parentheses":   oneStep + "      assert: {that: \"" + strings.Repeat("(", 700<<10) + "\"}\n",
		"brackets":      pad("["),
		"braces":        pad("{"),
		"dashes":        pad("- "),
		"question":      pad("? "),
		"anchors":       pad("&a "),
		"tags":          pad("!"),
		"comments":      pad("- # x\n"),
		"keys":          pad("a: 1\n"),
		"quotes":        pad("'"),
		"references":    oneStep + "      assert: {that: \"" + pad("${{ x }}")[:290_000] + "\"}\n",
		"unclosed":      oneStep + "      assert: {that: \"" + pad("${{")[:290_000] + "\"}\n",
		"broken at end": oneStep + strings.Repeat("    - id: a\n      assert: {that: x}\n", 3000) + "   x: {\n",
		"many keys":     manyKeys(20000),
		"near keys":     manyNear(17000),
		"duplicates":    oneStep + "      createExporter: {exporter: a, contextType: NONE, subjects: [" + strings.Repeat("a,", 50000) + "]}\n",
		"exponent":      oneStep + "      waitFor: {polls: 1.0e999999999}\n",
		"long number":   oneStep + "      waitFor: {polls: " + strings.Repeat("9", 900000) + "}\n",
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	return b.String()
}

func manyNear(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "kin%c%c%c: 1\n", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26)
	}
	return b.String()
}

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", "testdata/real/*/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src, bytes.Contains(src, []byte("lax")))
		}
	}
	f.Add([]byte("vars: {p: {env: P, secret: true}}\nregistries: {a: {url: \"http://a\", auth: {bearer: {token: \"${{ vars.p }}\"}}}}\n"), true)
	f.Fuzz(func(t *testing.T, src []byte, lax bool) {
		begun := time.Now()
		defer func() {
			if took := time.Since(begun); took > 5*time.Second {
				t.Fatalf("took %s", took)
			}
		}()
		for _, alone := range []bool{false, true} {
			rb, problems := load("fuzz.yaml", src, Options{Lax: lax, Registries: alone}, installed)
			if strings.Contains(text(problems), "internal error") || (rb == nil) == (len(problems) == 0) {
				t.Fatalf("got runbook %v and problems %s", rb, text(problems))
			}
		}
		rb, problems := load("fuzz.yaml", src, Options{Lax: lax}, fixtures)
		if (rb == nil) == (len(problems) == 0) {
			t.Fatalf("got runbook %v and problems %v, want one of them", rb, problems)
		}
		lines := bytes.Count(src, []byte("\n")) + 1
		for _, p := range problems {
			if strings.Contains(p.Message, "internal error") && !bytes.Contains(src, []byte("panic")) {
				t.Fatal(p.Error())
			}
			if p.Line < 1 || p.Line > lines+1 || p.Col < 1 {
				t.Fatalf("got a place outside of the %d lines: %s", lines, p.Error())
			}
		}
	})
}

func thousand() []byte {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(oneStep, "    - id: freeze\n"))
	for i := range 1000 {
		fmt.Fprintf(&b, "    - id: step-%d\n      description: the %dth\n      setMode: {registry: source, mode: READONLY, recursive: true}\n", i, i)
	}
	return []byte(b.String())
}

func BenchmarkThousandSteps(b *testing.B) {
	src := thousand()
	for b.Loop() {
		if _, problems := load("x.yaml", src, Options{}, fixtures); problems != nil {
			b.Fatal(problems[0])
		}
	}
}

// BenchmarkBad says how long it takes to be told what is wrong: 100 ms at most, whatever the file.
func BenchmarkBad(b *testing.B) {
	all := hostile()
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/real/bad/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			all[file] = string(src)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		src := []byte(all[name])
		b.Run(filepath.Base(name), func(b *testing.B) {
			for b.Loop() {
				load("x.yaml", src, Options{}, installed)
			}
		})
	}
}

func TestProblemsAreCapped(t *testing.T) {
	_, problems := load("x.yaml", []byte(manyKeys(3000)), Options{}, fixtures)
	if len(problems) != maxProblems+1 {
		t.Fatalf("got %d problems, want %d and a closing line", len(problems), maxProblems)
	}
	// 3000 unknown keys, and the four that are missing in one line
	if got, want := problems[maxProblems].Error(), "x.yaml: and 2001 more problems: mend these first"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
