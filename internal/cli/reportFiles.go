package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
)

func writeShared(path string, text []byte) error {
	return state.Replace(state.Shared{}, path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// reportNames are the files that run --report writes.
func reportNames() map[string]string {
	return map[string]string{"html": "report.html", "junit": "report.xml", "markdown": "report.md", "json": "report.json"}
}

// checkReports sees to it that reports can be written, before anything is sent.
func checkReports(dir string) error {
	if dir == "" {
		return nil
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		probe := filepath.Join(dir, ".srmigrate-report")
		if err = os.WriteFile(probe, nil, 0o600); err == nil {
			err = os.Remove(probe)
		}
	}
	if err != nil {
		return &exitError{engine.Usage, fmt.Errorf("--report %s: reports could not be written there: %w", dir, err)}
	}
	return nil
}

// writeReports makes every report of the run that a call worked on. The run is over by then: what goes wrong is told, and
// its exit code stays.
func (a *app) writeReports(in *input, name, run string) {
	if in.reports == "" {
		return
	}
	e, err := a.evidence(in, name, run)
	var failed []string
	if err != nil {
		failed = append(failed, err.Error())
	}
	for _, format := range report.Formats() {
		if e == nil {
			break
		}
		text, err := report.Render(e, format)
		if err == nil {
			err = writeShared(filepath.Join(in.reports, reportNames()[format]), text)
		}
		if err != nil {
			failed = append(failed, err.Error())
		}
	}
	a.toldReports(in, failed)
}

func (a *app) toldReports(in *input, failed []string) {
	t := a.text()
	if in.output == "json" {
		t.Out = a.stderr
	}
	switch {
	case len(failed) > 0:
		a.complain("srmigrate: ", "not every report could be written: "+strings.Join(failed, "; "))
	case a.logFormat == "json":
		return
	default:
		t.Row("report", "", filepath.Join(in.reports, reportNames()["html"]))
	}
}
