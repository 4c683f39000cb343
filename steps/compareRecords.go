package steps

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
)

// Writes are the files that the step writes, by the field that names them.
func (s *Compare) Writes() map[string]string { return s.outputFiles() }

// outputFiles are the files that the step writes, by the field that names them.
func (s *Compare) outputFiles() map[string]string {
	files := map[string]string{}
	for field, path := range map[string]string{"report": s.Report, "idMap": s.IDMap} {
		if path != "" {
			files[field] = filepath.Clean(path)
		}
	}
	return files
}

// checkFiles reports a file that an earlier step writes, or this one for something else.
func (s *Compare) checkFiles(scope Scope) []Problem {
	var all []Problem
	mine := s.outputFiles()
	if mine["report"] != "" && mine["report"] == mine["idMap"] {
		all = append(all, Problem{Path: "/idMap", Message: fmt.Sprintf("report and idMap are both %q; each needs a file of its own", s.IDMap)})
	}
	for _, field := range []string{"report", "idMap"} {
		if id := writerOf(mine[field], scope.Before); id != "" {
			all = append(all, Problem{
				Path: "/" + field, Message: fmt.Sprintf("step %s writes %q, too; give each its own file", id, mine[field]),
			})
		}
	}
	return all
}

func writerOf(file string, before []Declared) string {
	for _, d := range before {
		c, ok := d.Step.(*Compare)
		if !ok || file == "" {
			continue
		}
		for _, theirs := range c.outputFiles() {
			if theirs == file {
				return d.ID
			}
		}
	}
	return ""
}

// Find reports files that cannot be written: a run should not go a long way to learn that.
func (s *Compare) Find(_ context.Context, env *Env) ([]event.Finding, error) {
	var found []event.Finding
	files := s.outputFiles()
	for _, field := range []string{"report", "idMap"} {
		if files[field] == "" {
			continue
		}
		if err := compare.Placed(env.path(files[field])); err != nil {
			found = append(found, event.Finding{
				Code: "SRM030", Severity: "error", Step: env.StepID, Text: field + ": " + err.Error(), Remedy: "name another file, or make the folder",
			})
		}
	}
	return found, nil
}

// records begins the files.
func (s *Compare) records(env *Env) (*compare.Records, error) {
	return compare.NewRecords(env.path(s.Report), env.path(s.IDMap))
}

// path is where a file that the runbook names lies; "" stays "".
func (e *Env) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Dir, name)
}
