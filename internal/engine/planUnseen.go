package engine

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/runbook"
)

// unseen notes why a step could not be looked at, once where it is the registry that does not answer.
func (p *planning) unseen(st *runbook.Step, planned *PlannedStep, err error) {
	planned.Unseen, p.blind = p.Redact(err.Error()), or(p.blind, st.ID)
	p.plan.lasting = p.plan.lasting || !registry.IsTemporary(err) && !errors.Is(err, compare.ErrMoved)
	if p.first(err) {
		p.plan.Unseen = append(p.plan.Unseen, "step "+st.ID+": "+planned.Unseen)
	}
}

// first says whether the error tells something that an earlier one has not told. A registry that takes no credentials, or
// has no exporters, says so to every request; what it says to the same request again differs by the id of that at most.
func (p *planning) first(err error) bool {
	text := p.Redact(err.Error())
	e, ok := errors.AsType[*registry.Error](err)
	if ok {
		text = fmt.Sprint(e.Method, e.URL, e.Status, e.Code, e.Message)
	}
	if ok && (e.Status == http.StatusUnauthorized || errors.Is(err, registry.ErrNoExporters)) {
		if u, bad := url.Parse(e.URL); bad == nil {
			if errors.Is(err, registry.ErrNoExporters) && p.known.HasNoExporters(u.Host) {
				return false // a finding has told
			}
			text = fmt.Sprint(e.Status, u.Host)
		}
	}
	if slices.Contains(p.told, text) {
		return false
	}
	p.told = append(p.told, text)
	return true
}
