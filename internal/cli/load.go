package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// input are the flags of every command that works on a runbook.
type input struct {
	file     string
	vars     []string
	varsFile string
	state    string
	verbose  bool
	output   string
	passing  bool // the registries end with this call: nothing can be typed next
}

func (in *input) varFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&in.vars, "var", nil, "set a var of the runbook, as `name=value`; may be repeated")
	c.Flags().StringVar(&in.varsFile, "vars-file", "", "set vars of the runbook from this YAML `file`; --var goes over it")
}

func (in *input) stateFlag(c *cobra.Command) {
	c.Flags().StringVar(&in.state, "state", "", "keep the state in this `file` (default .srmigrate/<name>.state.json)")
}

// read returns the bytes of the runbook.
func (a *app) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(a.stdin)
	}
	return os.ReadFile(file)
}

// load reads and checks the runbook; its problems go to stderr.
func (a *app) load(in *input, lax bool) (*runbook.Runbook, error) {
	src, err := a.read(in.file)
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	vars, err := assignments(in.vars)
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	fileVars, err := in.fileVars()
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	rb, problems := runbook.Load(in.file, src, runbook.Options{Vars: vars, FileVars: fileVars, Getenv: a.getenv, Lax: lax})
	if len(problems) == 0 {
		a.redactor = redactorOf(rb)
		return rb, nil
	}
	for _, p := range problems {
		a.complain("", p.Error(), slog.Int("line", p.Line), slog.Int("column", p.Col), slog.String("step", p.Step))
	}
	return nil, &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was sent", count(len(problems), "problem"), in.file)}
}

// fileVars reads --vars-file.
func (in *input) fileVars() (map[string]string, error) {
	if in.varsFile == "" {
		return nil, nil
	}
	src, err := os.ReadFile(in.varsFile)
	if err != nil {
		return nil, err
	}
	vars, err := runbook.ReadVars(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.varsFile, err)
	}
	return vars, nil
}

func assignments(list []string) (map[string]string, error) {
	vars := map[string]string{}
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--var %q is not name=value", s)
		}
		vars[name] = value
	}
	return vars, nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// store is where the state of the runbook lies.
func (in *input) store(name string) *state.Store {
	path := in.state
	if path == "" {
		path = filepath.Join(".srmigrate", name+".state.json")
	}
	return state.NewStore(state.Resolve(path), version(), state.OS{})
}

// again is the command line that calls the program once more on the same runbook and state, without secrets.
func (a *app) again(in *input, verb string, flags ...string) string {
	args := []string{"srmigrate", verb, in.file}
	for _, v := range in.vars {
		args = append(args, "--var", v)
	}
	if in.varsFile != "" {
		args = append(args, "--vars-file", in.varsFile)
	}
	if in.state != "" {
		args = append(args, "--state", in.state)
	}
	line := quoted(redactedAll(a.redactor, append(args, flags...)))
	if in.file == "-" {
		line += " < FILE" // only the caller knows where the runbook came from
	}
	return line
}
