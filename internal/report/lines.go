package report

import (
	"fmt"

	"github.com/srmigrate/srmigrate/internal/event"
)

// lines says an event in words.
func lines(e event.Event) []line {
	switch e := e.(type) {
	case event.RunStarted:
		return []line{row(pick(e.Resumed, "resume", "run"), e.Runbook, fmt.Sprintf("run %s, %s, state %s", e.RunID, plural(e.Steps, "step"), e.State))}
	case event.Window:
		return []line{row("window", "", e.Text)}
	case event.Registry:
		return []line{row("registry", e.Name, e.URL+pick(e.ID != "", ", cluster "+e.ID, ""))}
	case event.StepStarted:
		return []line{row(pick(e.Undoes != "", "undo", "start"), e.ID, e.Text)}
	case event.StepSettled:
		return []line{row("settled", e.ID, settled(e))}
	case event.StepRetry:
		return []line{row("retry", e.ID, retry(e))}
	case event.StepLooked:
		return []line{row(pick(e.Unknown, "unknown", "seen"), e.ID, e.Text)}
	case event.RegistryRetry:
		return []line{row("retry", "registry "+e.Name, retry(event.StepRetry{Attempt: e.Attempt, Err: e.Err, Wait: e.Wait}))}
	case event.Noticed:
		return []line{row(noticed(e.Severity), e.ID, e.Text)}
	case event.StepWarning:
		return []line{row("warning", e.ID, e.Text)}
	case event.StepWaiting:
		return waiting(e)
	case event.StepDone:
		return []line{row(pick(e.Undoes != "", "undone", "done"), e.ID, e.Text+took(e.Took))}
	case event.StepSkipped:
		return []line{row("skipped", e.ID, or(e.Text, "nothing to do"))}
	case event.StepFailed:
		return []line{row("failed", e.ID, e.Text+took(e.Took))}
	case event.Finding:
		return finding(e)
	case event.Moved:
		return []line{row("moved", "", e.Text)}
	case event.RollbackStarted:
		return []line{row("rollback", "", fmt.Sprintf("%s %s, because %s", pick(e.Resumed, "goes on:", "begins:"), plural(e.Steps, "undo step"), e.Because))}
	case event.Ahead:
		return []line{row("would", e.ID, e.Text)}
	case event.Kept:
		return []line{row("kept", e.Step, e.Text)}
	case event.Open:
		return open(e)
	case event.RunEnded:
		return ended(e)
	}
	return nil
}

// noticed is the verb for something of this severity.
func noticed(s event.Severity) string {
	if s == event.Info {
		return "note"
	}
	return string(s)
}

func settled(e event.StepSettled) string {
	return pick(e.Done, "it had been done", "not done yet") + pick(e.Text != "", ": "+e.Text, "")
}

func retry(e event.StepRetry) string {
	return fmt.Sprintf("attempt %d: %s; again in %s", e.Attempt, or(e.Err, "no definite answer"), age(e.Wait))
}

func waiting(e event.StepWaiting) []line {
	list := []line{row("waiting", e.ID, e.Text+pick(e.Left > 0, " ("+age(e.Left)+" left)", ""))}
	if e.Here {
		return list
	}
	if e.Otherwise != "" {
		list = append(list, row("else", e.ID, e.Otherwise))
	}
	return append(list, pasted(e.Commands)...)
}

func finding(e event.Finding) []line {
	_, about := e.About()
	if e.Allowed != "" {
		return []line{row("allowed", about, e.Code+": "+e.Text), row("", "", "because "+e.Allowed)}
	}
	list := []line{row(e.Severity, about, e.Code+": "+e.Text)}
	if e.Remedy != "" {
		list = append(list, row("", "", e.Remedy))
	}
	return list
}

func open(e event.Open) []line {
	return append([]line{row("open", e.ID, e.Text)}, pasted(e.Commands)...)
}

func pasted(commands []string) (list []line) {
	for _, c := range commands {
		list = append(list, line{text: "$ " + c, pasted: true})
	}
	return list
}

// ended is the summary: how it ended, what moved, how that was proven, where the state lies, what to type next.
func ended(e event.RunEnded) []line {
	list := []line{row("result", event.Words(e.Result), e.Reason+took(e.Took))}
	for _, r := range []struct{ verb, text string }{{"moved", e.Moved}, {"proof", e.Proof}, {"state", e.State}} {
		if r.text != "" {
			list = append(list, row(r.verb, "", r.text))
		}
	}
	if e.Head != "" {
		list = append(list, row("history", "", e.History+", sealed by "+e.Head))
	}
	if e.Backup != "" {
		list = append(list, row("kept", "", e.Backup))
	}
	if e.Next != "" {
		list = append(list, line{verb: "next", text: e.Next, pasted: true})
	}
	return list
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func or(s, otherwise string) string { return pick(s != "", s, otherwise) }
