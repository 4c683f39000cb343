package steps

import (
	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
)

// tell lets those who keep the history of a run know what a comparison found.
func tell(env *Env, r *compare.Result) {
	if env.Emit == nil || r == nil {
		return
	}
	e := event.Compared{
		ID: env.StepID, Verdict: r.Verdict, Text: r.Summary(), Source: r.Source, Target: r.Target,
		Missing: r.Missing, Extra: r.Extra, Changed: r.Changed, Other: r.Other, ExtraSubjects: r.ExtraSubjects, Reported: r.Reported,
		Subjects: r.Scope.Subjects, All: r.Scope.All, Versions: r.Scope.Versions, Contexts: r.Scope.Contexts, Hints: r.Hints,
	}
	for _, d := range r.Differences {
		e.Differences = append(e.Differences, event.Difference{Text: d.String(), Fails: d.Level == compare.Fail, Diff: d.Diff})
	}
	env.Emit(e)
}
