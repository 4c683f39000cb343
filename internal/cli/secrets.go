package cli

import (
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// redactorOf knows every secret of a runbook, whether or not this call has a use for it: a state, an error or an
// exporter's trace may show what an earlier call has sent.
func redactorOf(rb *runbook.Runbook) *registry.Redactor {
	r := new(registry.Redactor)
	for _, s := range rb.Secrets {
		r.Add(s.Reveal())
	}
	for _, reg := range rb.Registries {
		r.AddConfig(reg.Export)
		r.AddCredentials(reg.Config())
	}
	for _, s := range rb.Notifications.Secrets {
		r.Add(s.Reveal())
	}
	r.Add(rb.State.Key.Reveal())
	addSecrets(r, rb.Steps)
	return r
}

// addSecrets goes through steps and what undoes them.
func addSecrets(r *registry.Redactor, list []runbook.Step) {
	for _, st := range list {
		if s, ok := st.Step.(steps.Secretive); ok {
			r.AddConfig(s.Secrets())
		}
		addSecrets(r, st.Rollback)
	}
}

// redactedAll redacts texts one by one, before they are quoted: a secret in quotes may look otherwise.
func redactedAll(r *registry.Redactor, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = r.Redact(s)
	}
	return out
}
