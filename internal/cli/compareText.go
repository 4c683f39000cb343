package cli

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
)

// verdictExit is the exit code of each verdict.
var verdictExit = map[string]engine.Exit{compare.Identical: engine.OK, compare.Different: engine.Differ, compare.Unknown: engine.Unread}

// verdict prints what was found, of which total differences are the most that could be shown.
func (a *app) verdict(in *comparison, r *compare.Result, total int, left string, failed error) error {
	code := verdictExit[r.Verdict]
	if failed != nil {
		code = engine.Failed
	}
	r.Differences = r.Differences[:min(len(r.Differences), in.show)]
	if in.output == "json" {
		if err := a.verdictJSON(in, r, code, total, left, failed); err != nil {
			return &exitError{engine.Failed, err}
		}
	} else {
		a.verdictText(in, r, total, left, failed)
	}
	if code == engine.OK {
		return nil
	}
	return &exitError{code, failed}
}

// verdictJSON prints one object. Fields may be added; version changes when one of them means something else.
func (a *app) verdictJSON(in *comparison, r *compare.Result, code engine.Exit, total int, left string, failed error) error {
	report, idMap := in.step.Report, in.step.IDMap
	if failed != nil {
		report, idMap = "", "" // one of them is not what this compare found
	}
	if left != "" {
		idMap = ""
	}
	raw, err := json.MarshalIndent(struct {
		Version  int         `json:"version"`
		ExitCode engine.Exit `json:"exitCode"`
		Summary  string      `json:"summary"`
		*compare.Result
		All    int    `json:"allDifferences"` // of which differences holds the first
		Report string `json:"report,omitempty"`
		IDMap  string `json:"idMap,omitempty"`
	}{1, code, r.Summary(), r, total, report, idMap}, "", "  ")
	if err != nil {
		return err
	}
	return a.print(inert(a.redactor.Redact(string(raw))) + "\n")
}

func (a *app) verdictText(in *comparison, r *compare.Result, total int, left string, failed error) {
	t := a.text()
	t.Row("source", "", r.Source)
	t.Row("target", "", r.Target)
	for _, d := range r.Differences {
		t.Row("differs", "", strings.Join(append([]string{d.String()}, d.Diff...), "\n"))
	}
	if more := total - len(r.Differences); more > 0 {
		t.Row("more", "", count(more, "difference")+pick(in.step.Report == "", "; --report FILE writes all of them", ""))
	}
	if in.step.Report != "" && failed == nil {
		t.Row("report", "", in.step.Report)
	}
	switch {
	case left != "":
		t.Row("id map", "", left+" is not written, it would not be whole")
	case in.step.IDMap != "" && failed == nil:
		t.Row("id map", "", in.step.IDMap)
	}
	for _, h := range r.Hints {
		t.Row("hint", "", h)
	}
	t.Row("verdict", "", r.Summary())
}

// reading shows how far the compare has come: on a terminal all the time, elsewhere in a line now and then.
func (a *app) reading(live *report.Live) func(compare.Progress) {
	told, pause := time.Now(), 10*time.Second
	if live != nil {
		pause = 200 * time.Millisecond
	}
	return func(p compare.Progress) {
		now := time.Now()
		if now.Sub(told) < pause {
			return
		}
		told = now
		if live != nil {
			live.Show(p.String())
			return
		}
		a.say(slog.LevelInfo, fmt.Sprintf("%-10s", "reading"), p.String())
	}
}
