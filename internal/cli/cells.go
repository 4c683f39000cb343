package cli

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/runbook"
)

func (in *input) onlyFlag(c *cobra.Command) {
	c.Flags().Func("only", "of a runbook with a matrix, these `cells`: names or patterns such as 'eu-*', separated by commas, or @FILE with one in a line", func(given string) error {
		if strings.Trim(given, ", \t\n") == "" {
			return errors.New("it names no cell, as with a variable of the shell that is not set; name cells, or leave --only out for all of them")
		}
		file, listed := strings.CutPrefix(given, "@")
		if !listed {
			in.only = given
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		in.only = strings.Join(strings.Fields(string(text)), ",")
		if in.only == "" {
			return fmt.Errorf("%s names no cell", file)
		}
		return nil
	})
}

// own is what tells the state of this run from those of others of the same runbook; "" where nothing has to.
func (in *input) own() string {
	if in.cell != nil {
		return in.cell.Name
	}
	return in.instance
}

// cells is what --only has to say for the same cells.
func (in *input) cells() string {
	if in.cell != nil {
		return in.cell.Name
	}
	return in.only
}

// plain refuses what means cells, for a runbook without a matrix.
func (in *input) plain() error {
	flag := ""
	switch {
	case in.only != "":
		flag = "only"
	case in.all:
		flag = "all"
	case in.failFast:
		flag = "fail-fast"
	case in.concurrency != 0:
		flag = "concurrency"
	default:
		return nil
	}
	return fmt.Errorf("--%s: %s has no spec.matrix, and so no cells", flag, in.file)
}

// one says whether --only names one cell, and not a pattern or a list of them.
func (in *input) one() bool { return in.only != "" && !strings.ContainsAny(in.only, `,*?[\`) }

// opening is what was read of a file.
type opening struct {
	fleet *runbook.Fleet
	list  []runbook.Problem
	o     runbook.Options
	err   error
}

// opened is open, unless the file was opened before.
func (a *app) opened(in *input, o *runbook.Options) (*runbook.Fleet, []runbook.Problem, error) {
	if p := a.ahead; p != nil {
		*o = p.o
		return p.fleet, p.list, p.err
	}
	return a.open(in.file, o)
}

// many is the fleet where the runbook has a matrix, and no single cell of it was named; nil elsewhere, and where something is
// wrong, about which load says more.
func (a *app) many(in *input, lax bool) *runbook.Fleet {
	o, err := a.options(in, lax)
	if err != nil || in.one() {
		return nil
	}
	p := &opening{o: o}
	p.fleet, p.list, p.err = a.open(in.file, &p.o)
	a.ahead = p
	if a.planned != nil { // it is of one cell
		return nil
	}
	if p.fleet != nil {
		a.among(p.fleet)
	}
	return p.fleet
}

// single is the cell that is meant, for what can be done with one only. A plan that was kept is of one.
func (in *input) single(f *runbook.Fleet, planned bool) (*runbook.Cell, error) {
	chosen, err := in.chosen(f)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 1 && (in.only != "" || planned) {
		return &chosen[0], nil
	}
	verb := in.verb
	if verb == "" {
		verb = "this command"
	}
	return nil, fmt.Errorf("%s has a matrix of %s, and %s is about one of them: name it with --only; %s",
		in.file, count(len(f.Cells), "cell"), verb, someOf(f.Names()))
}

// chosen are the cells that --only means, in the order of the matrix; all without it.
func (in *input) chosen(f *runbook.Fleet) ([]runbook.Cell, error) {
	switch {
	case in.instance != "":
		return nil, errors.New("--instance: each cell of a matrix has a state of its own already; choose cells with --only")
	case in.state != "" && !isFolder(in.state):
		return nil, errors.New("--state: each cell of a matrix has a state of its own, <name>.<cell>.state.json: name a folder, which ends in /")
	case in.only == "":
		return f.Cells, nil
	}
	meant := map[string]bool{}
	for pattern := range strings.SplitSeq(in.only, ",") {
		if err := matching(strings.TrimSpace(pattern), f.Names(), meant); err != nil {
			return nil, err
		}
	}
	var cells []runbook.Cell
	for _, c := range f.Cells {
		if meant[c.Name] {
			cells = append(cells, c)
		}
	}
	return cells, nil
}

// matching notes the names that a pattern means. One that means none is a slip.
func matching(pattern string, names []string, meant map[string]bool) error {
	any := false
	for _, name := range names {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return fmt.Errorf("--only %q is no pattern: %w; a name or one such as eu-* is", pattern, err)
		}
		if ok {
			any, meant[name] = true, true
		}
	}
	if any {
		return nil
	}
	if best := closest(pattern, names); best != "" {
		return fmt.Errorf("--only: there is no cell %q; did you mean %q? %s", pattern, best, someOf(names))
	}
	return fmt.Errorf("--only: there is no cell %q; %s", pattern, someOf(names))
}

// completeCells names the cells of the runbook that has been typed, behind those that are there already.
func completeCells(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 || len(outlineOf(args[0]).Matrix) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	src, err := os.ReadFile(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	f, _ := runbook.OpenFleet(args[0], src, runbook.Options{Lax: true})
	if f == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	var list []string
	for _, name := range f.Names() {
		list = append(list, before+name)
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// someOf lists names, as many as a person reads.
func someOf(names []string) string {
	const most = 20
	if len(names) <= most {
		return "the cells are " + strings.Join(names, ", ")
	}
	return fmt.Sprintf("the cells are %s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
