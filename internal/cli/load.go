package cli

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

// input are the flags of every command that works on a runbook.
type input struct {
	file        string
	vars        []string
	varsFile    string
	state       string
	spot        spot          // where that is
	instance    string        // of several runs of one runbook, each with a state of its own
	only        string        // the cells of a runbook with a matrix that are meant, "" for all
	all         bool          // every cell is meant, and that was said
	ask         bool          // whoever sits at the terminal is asked before cells are rolled back
	concurrency int           // how many cells are worked on at a time, 0 where that was not said
	longest     time.Duration // that the call may take, 0 for as long as it takes
	restart     bool          // a new run is begun although the last one is over
	failFast    bool          // no further cell is begun once one has failed
	cell        *runbook.Cell // the one that this call works on, nil before it is known and where there is no matrix
	verbose     bool
	quiet       bool
	output      string
	verb        string // of a call that works on a run
	reports     string // the folder for reports, "" for none
	metrics     string // the file for Prometheus, "" for none
	registries  bool   // the file may have registries alone
	passing     bool   // the registries end with this call: nothing can be typed next
}

func (in *input) varFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&in.vars, "var", nil, "set a var of the runbook, as `name=value`; may be repeated")
	c.Flags().StringVar(&in.varsFile, "vars-file", "", "set vars of the runbook from this YAML `file`; --var goes over it")
}

func (in *input) stateFlag(c *cobra.Command) {
	c.Flags().StringVar(&in.state, "state", "", "keep the state in this `place`: a file, a folder/, or s3://bucket/key (default .srmigrate/<name>[.<instance>].state.json)")
	c.Flags().StringVar(&in.instance, "instance", "", "keep this run apart from others of the same runbook, under this `name`")
	in.onlyFlag(c)
	c.MarkFlagsMutuallyExclusive("state", "instance")
	c.MarkFlagsMutuallyExclusive("instance", "only")
}

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkInstance sees to it that the name can be part of a file's.
func (in *input) checkInstance() error {
	if in.instance == "" || label.MatchString(in.instance) {
		return nil
	}
	return fmt.Errorf("--instance %q: it must be a DNS label of at most 63 lower-case letters, digits and dashes, such as staging", in.instance)
}

// read returns the bytes of the runbook.
func (a *app) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(a.stdin)
	}
	return os.ReadFile(file)
}

// load reads and checks the runbook, and finds out where its state lies; its problems go to stderr.
func (a *app) load(in *input, lax bool) (*runbook.Runbook, error) {
	rb, err := a.stateless(in, lax)
	if err != nil {
		return nil, err
	}
	return rb, a.locate(in, rb)
}

// stateless is load for a call that has nothing to do with the state: wherever that lies, nobody goes there.
func (a *app) stateless(in *input, lax bool) (*runbook.Runbook, error) {
	o, err := a.options(in, lax)
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	rb, problems, err := a.check(in, o)
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	if problems > 0 {
		return nil, &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was sent", count(problems, "problem"), in.file)}
	}
	return rb, nil
}

// options are what the command line says of how a runbook is read.
func (a *app) options(in *input, lax bool) (o runbook.Options, err error) {
	o = runbook.Options{Getenv: a.getenv, Lax: lax, Registries: in.registries}
	if o.Vars, err = assignments(in.vars); err != nil {
		return o, err
	}
	if o.FileVars, err = in.fileVars(); err != nil {
		return o, err
	}
	return o, in.checkInstance()
}

// check reads and checks a runbook, of one with a matrix the cell that the command line names. Its problems go to stderr,
// and how many there were is returned.
func (a *app) check(in *input, o runbook.Options) (rb *runbook.Runbook, problems int, err error) {
	fleet, list, err := a.opened(in, &o)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case fleet != nil:
		if in.cell, err = in.single(fleet, a.planned != nil); err != nil {
			return nil, 0, err
		}
		a.among(fleet)
		rb, list = fleet.Load(*in.cell)
	case len(list) == 0:
		if err := in.plain(); err != nil {
			return nil, 0, err
		}
		rb, list = runbook.Load(a.file, a.raw, o)
	}
	a.tellProblems(list)
	a.use(rb)
	return rb, len(list), nil
}

// use makes a runbook the one that this call works on.
func (a *app) use(rb *runbook.Runbook) {
	if a.runbook = rb; rb != nil {
		a.redactor = redactorOf(rb)
	}
}

// open reads a file. It returns a fleet where the runbook in it has a matrix, problems where that cannot be read, and
// neither for any other file, whose name and text it keeps.
func (a *app) open(file string, o *runbook.Options) (*runbook.Fleet, []runbook.Problem, error) {
	src, err := a.read(file)
	if err != nil {
		return nil, nil, err
	}
	if a.planned, err = openPlan(src); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	if p := a.planned; p != nil {
		if len(o.Vars) > 0 || len(o.FileVars) > 0 {
			return nil, nil, fmt.Errorf("%s is a plan, and its vars are part of it: give --var and --vars-file to plan", file)
		}
		file, src, o.Vars, o.Cell = p.Runbook.File, []byte(p.Runbook.Source), p.Vars, p.Cell
	}
	a.file, a.raw = file, src
	fleet, list := runbook.OpenFleet(file, src, *o)
	return fleet, list, nil
}

func (a *app) tellProblems(list []runbook.Problem) {
	for _, p := range list {
		attrs := []slog.Attr{slog.Int("line", p.Line), slog.Int("column", p.Col), slog.String("step", p.Step)}
		if p.Cell != "" {
			attrs = append(attrs, slog.String("of", p.Cell))
		}
		a.complain("", p.Error(), attrs...)
		a.mark("error", report.Place{File: a.inRepository(p.File), Line: p.Line, Col: p.Col}, pick(p.Step != "", "step "+p.Step, "runbook"), p.Message)
	}
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

// recalled are the vars of this call and those that the run was given beside them. A plan has its own in it.
func (a *app) recalled(in *input, g engine.Given) (vars []string, file string) {
	if a.planned != nil {
		return in.vars, in.varsFile
	}
	vars = in.vars
	if g.Firm {
		vars = unnamed(vars, g.Vars)
	} else {
		g.Vars = unnamed(g.Vars, vars)
	}
	return slices.Concat(vars, g.Vars), cmp.Or(in.varsFile, g.VarsFile)
}

// unnamed are the assignments to names that the others do not have.
func unnamed(list, others []string) []string {
	name := func(v string) string {
		n, _, _ := strings.Cut(v, "=")
		return n
	}
	return slices.DeleteFunc(slices.Clone(list), func(v string) bool {
		return slices.ContainsFunc(others, func(o string) bool { return name(o) == name(v) })
	})
}

// again is the command line that calls the program once more on the same runbook and state, without secrets; g is what the
// run that the state has was given.
func (a *app) again(in *input, g engine.Given, verb string, flags ...string) string {
	args := []string{"srmigrate", verb, in.file}
	vars, file := a.recalled(in, g)
	for _, v := range vars {
		args = append(args, "--var", v)
	}
	if file != "" {
		args = append(args, "--vars-file", file)
	}
	if in.state != "" {
		args = append(args, "--state", in.state)
	}
	if in.instance != "" {
		args = append(args, "--instance", in.instance)
	}
	if only := in.cells(); only != "" {
		args = append(args, "--only", only)
	}
	if in.reports != "" && (verb == "run" || verb == "rollback") {
		args = append(args, "--report", in.reports)
	}
	if in.metrics != "" && (verb == "run" || verb == "rollback") {
		args = append(args, "--metrics", in.metrics)
	}
	line := quoted(redactedAll(a.redactor, append(args, flags...)))
	if in.file == "-" {
		line += " < FILE" // only the caller knows where the runbook came from
	}
	return line
}
