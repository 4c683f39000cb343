package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// planKind tells a plan from a runbook, which may be JSON too.
const planKind = "srmigrate plan"

// planFile is a plan as it is kept: the runbook, what the plan rests on, and the plan itself.
type planFile struct {
	Kind        string            `json:"kind"`
	Version     int               `json:"version"`
	Tool        string            `json:"tool"`
	Made        time.Time         `json:"made"`
	Runbook     runbookFile       `json:"runbook"`
	Vars        map[string]string `json:"vars,omitempty"` // from the command line and its files
	Cell        *runbook.Cell     `json:"cell,omitempty"` // of a runbook with a matrix
	Fingerprint map[string]string `json:"fingerprint"`
	Plan        *engine.Plan      `json:"plan"`
}

type runbookFile struct {
	File   string `json:"file"`
	Source string `json:"source"`
}

// openPlan reads a plan; nil without error where src is none.
func openPlan(src []byte) (*planFile, error) {
	var head struct {
		Kind    string
		Version int
		Tool    string
	}
	if !bytes.HasPrefix(bytes.TrimSpace(src), []byte("{")) || json.Unmarshal(src, &head) != nil || head.Kind != planKind {
		return nil, nil
	}
	if head.Version != engine.PlanVersion {
		return nil, fmt.Errorf("the plan has format %d, made by srmigrate %s, and this program knows format %d: make it again",
			head.Version, head.Tool, engine.PlanVersion)
	}
	p := new(planFile)
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	dec.UseNumber() // as the values of a cell are kept
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("the plan is damaged: %w; make it again", err)
	}
	if p.Plan == nil || p.Runbook.Source == "" || p.Fingerprint == nil {
		return nil, errors.New("the plan is damaged: a part of it is missing; make it again")
	}
	return p, nil
}

// keepPlan writes a plan for `run`. A runbook with a secret in it is not written anywhere.
func (a *app) keepPlan(f *planFlags, rb *runbook.Runbook, p *engine.Plan) error {
	src, err := a.source(f)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	vars, err := a.allVars(&f.input)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	kept := planFile{
		Kind: planKind, Version: engine.PlanVersion, Tool: version(), Made: time.Now().UTC().Truncate(time.Second),
		Runbook: runbookFile{rb.File, string(src)}, Vars: vars, Cell: f.cell, Fingerprint: p.Fingerprint(rb), Plan: p,
	}
	raw, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	if a.redactor.Redact(string(raw)) != string(raw) {
		return &exitError{engine.Refused, fmt.Errorf("%s has a secret in it, or a --var is one, and a plan would show it: "+
			"write it as {env: NAME} or {file: PATH}", rb.File)}
	}
	err = state.Replace(state.Shared{}, f.out, func(w io.Writer) error {
		_, err := w.Write(append(raw, '\n'))
		return err
	})
	if err != nil {
		return &exitError{engine.Failed, fmt.Errorf("the plan cannot be kept: %w", err)}
	}
	a.kept(f)
	return nil
}

// kept says on stderr, beside the plan, what the file is for.
func (a *app) kept(f *planFlags) {
	if a.logFormat == "json" {
		return
	}
	t := a.text()
	t.Out = a.stderr
	t.Row("kept", f.out, "the plan with its runbook; no secret is in it")
	run := f.input
	run.file, run.vars, run.varsFile = f.out, nil, "" // they are in the plan
	t.Command("next", a.again(&run, engine.Given{}, "run", restarting(f.restart)...))
}

// source is the text of the runbook that was planned.
func (a *app) source(f *planFlags) ([]byte, error) {
	switch {
	case a.planned != nil:
		return []byte(a.planned.Runbook.Source), nil
	case f.file == "-":
		return nil, errors.New("--out wants a runbook in a file: one from standard input cannot be read twice")
	}
	return a.read(f.file)
}

// allVars are the vars that were given for the runbook.
func (a *app) allVars(in *input) (map[string]string, error) {
	vars, err := in.fileVars()
	if err != nil {
		return nil, err
	}
	given, err := assignments(in.vars)
	if err != nil {
		return nil, err
	}
	if a.planned != nil {
		return a.planned.Vars, nil
	}
	all := maps.Clone(vars)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, given)
	return all, nil
}

// showAgain shows a plan that was kept.
func (a *app) showAgain(f *planFlags) error {
	src, err := a.read(f.file)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	p, err := openPlan(src)
	if err == nil && p == nil {
		err = errors.New("it is no plan; plan --out makes one")
	}
	if err != nil {
		return &exitError{engine.Usage, fmt.Errorf("%s: %w", f.file, err)}
	}
	return a.endPlan(f, p.Plan)
}

// planAgain is the command that makes the plan in FILE anew, from the runbook in it; "" where there is no file.
func (a *app) planAgain(in *input, restart bool) string {
	if in.file == "-" {
		return ""
	}
	return a.again(in, engine.Given{}, "plan", append([]string{"--out", in.file}, restarting(restart)...)...)
}

func restarting(yes bool) []string {
	if yes {
		return []string{"--restart"}
	}
	return nil
}
