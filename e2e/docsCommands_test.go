package e2e

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// typed is a command of the program as a document writes it, up to what follows it in a sentence.
var typed = regexp.MustCompile(`srmigrate ((?:[a-z][^\s` + "`" + `|]*|--?[a-z][^\s` + "`" + `|]*|[A-Z]+|\\\n|[ ])+)`)

// No document names a command or a flag that the program does not have.
func TestDocumentsNameCommandsThatExist(t *testing.T) {
	help := helps(t)
	n := 0
	for path, page := range pages(t) {
		for _, code := range append(fenced.FindAllString(page, -1), span.FindAllString(fenced.ReplaceAllString(page, ""), -1)...) {
			if strings.HasPrefix(code, "```yaml") {
				continue
			}
			for _, m := range typed.FindAllStringSubmatch(code, -1) {
				n++
				if problem := unknown(help, strings.Fields(m[1])); problem != "" {
					t.Errorf("%s: srmigrate %s: there is no %s", path, strings.TrimSpace(m[1]), problem)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d commands found", n)
	}
}

// unknown is the first word of a command line that the program does not know.
func unknown(help map[string]string, words []string) string {
	command := words[0]
	if strings.Contains(help[command], "Available Commands:") && len(words) > 1 && words[1] == strings.ToLower(words[1]) {
		command += " " + words[1]
	}
	if help[command] == "" && !strings.HasPrefix(command, "-") {
		return "command " + command
	}
	for _, w := range words {
		flag, _, _ := strings.Cut(strings.TrimRight(w, ".,;:"), "=")
		if strings.HasPrefix(flag, "--") && flag != "--help" && !regexp.MustCompile(regexp.QuoteMeta(flag)+`\b`).MatchString(help[command]) {
			return "flag " + flag
		}
	}
	return ""
}

// helps are the help texts of all commands, by name.
func helps(t *testing.T) map[string]string {
	all := map[string]string{}
	list := regexp.MustCompile(`(?m)^  ([a-z]+)  `)
	var ask func(prefix string)
	ask = func(prefix string) {
		out := helpOf(t, prefix)
		all[prefix] = out
		_, commands, _ := strings.Cut(out, "Available Commands:")
		commands, _, _ = strings.Cut(commands, "Flags:")
		for _, m := range list.FindAllStringSubmatch(commands, -1) {
			ask(strings.TrimSpace(prefix + " " + m[1]))
		}
	}
	ask("")
	return all
}

func helpOf(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("srmigrate", append(strings.Fields(command), "--help")...).CombinedOutput()
	if err != nil {
		t.Fatalf("srmigrate %s --help: %v\n%s", command, err, out)
	}
	return string(out)
}

// The pages of exit codes list those of the engine, and no others.
func TestExitCodesAreThoseOfTheEngine(t *testing.T) {
	want := exitCodes(t)
	row := regexp.MustCompile(`(?m)^\| (\d+) \| `)
	for _, path := range []string{"../README.md", "../docs/exit-codes.md"} {
		var got []string
		for _, m := range row.FindAllStringSubmatch(pages(t)[path], -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %v, the engine has %v", path, got, want)
		}
	}
	for _, code := range want {
		if !regexp.MustCompile(`\b` + code + ` \w`).MatchString(helpOf(t, "")) {
			t.Errorf("the help does not tell of %s", code)
		}
	}
}

// exitCodes are the constants of type Exit, in order.
func exitCodes(t *testing.T) []string {
	f, err := parser.ParseFile(token.NewFileSet(), "../internal/engine/engine.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && fmt.Sprint(spec.Type) == "Exit" {
			codes = append(codes, spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if len(codes) < 9 {
		t.Fatalf("found only %v", codes)
	}
	slices.SortFunc(codes, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return slices.Compact(codes) // two commands may use one number, each in its own way
}
