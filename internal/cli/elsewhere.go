package cli

import (
	"path/filepath"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// elsewhere is the command line for the run of another state in the same place. Of another runbook only the caller knows
// the file.
func (a *app) elsewhere(in *input, rb *runbook.Runbook, o state.Other, verb string) string {
	own := *in
	own.vars, own.varsFile, own.state, own.instance, own.only, own.cell = nil, "", "", "", "", nil
	own.reports, own.metrics = "", ""
	if o.State.Runbook != rb.Name {
		own.file, own.state = "FILE", o.Path
		return a.again(&own, engine.Given{}, verb)
	}
	name, usual := strings.CutSuffix(filepath.Base(o.Path), ".state.json")
	part, named := strings.CutPrefix(name, rb.Name+".")
	switch {
	case in.state != "" && !isFolder(in.state), !usual, named && !label.MatchString(part), !named && name != rb.Name:
		own.state = o.Path
	case in.cell != nil:
		own.state, own.only = in.state, part
	case named && in.state != "":
		own.state = o.Path
	case named:
		own.instance = part
	default:
		own.state = in.state
	}
	return a.again(&own, engine.GivenByHand(o.State.Run, rb), verb)
}
