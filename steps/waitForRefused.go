package steps

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// refusedWith is the status with which an exporter's target refuses it, as its trace tells; 0 for any other trouble.
func refusedWith(trace string) int {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for _, words := range []string{"error code: %d", "status %d", "status: %d", "%d " + http.StatusText(status)} {
			if strings.Contains(trace, strings.ReplaceAll(words, "%d", fmt.Sprint(status))) {
				return status
			}
		}
	}
	return 0
}

// remedy ends a message about an exporter whose target refuses it with what to do: its credentials are those that its
// config was written with, whatever has become of them since. It is "" for any other trouble.
func (w *watch) remedy() string {
	update, owner, target := w.renewal()
	switch refusedWith(w.seen.status.Trace) {
	case http.StatusUnauthorized:
		return fmt.Sprintf("; %s refuses the credentials of the exporter. It has those that its config was written with, from %s: "+
			"if they have changed since, %s gives it the new ones and keeps its offset; if not, renew them first", target, owner, update)
	case http.StatusForbidden:
		return fmt.Sprintf("; %s knows the exporter and does not let it write: allow that to whom it logs in as, which follows from %s; "+
			"or let it log in as somebody else, with %s, which keeps its offset", target, owner, update)
	}
	return ""
}

// renewal says how the exporter gets credentials, whose those are, and who refuses them.
func (w *watch) renewal() (update, owner, target string) {
	name := w.aim
	c, declared := w.env.Registries[name]
	if !declared {
		return fmt.Sprintf("updateExporter: {exporter: %s, config: …}", w.Exporter), "the config that it was given", "its target"
	}
	owner = "auth of registry " + name
	if from := c.Credentials(); from != "" {
		owner += " (" + from + ")"
	}
	return fmt.Sprintf("updateExporter: {exporter: %s, target: %s}", w.Exporter, name), owner, name
}

// aims finds the declared registry that the exporter writes to, "" when none is: by what this run knows of it, by the
// address in its config, or by what it is compared with.
func (w *watch) aims(ctx context.Context) string {
	if r, ok := w.created(); ok {
		return r.Target
	}
	address, err := w.source.ExporterTarget(ctx, w.Exporter)
	if err == nil { // else the other way to tell has to do
		if name := w.env.targetOf(map[string]registry.Secret{exporterURL: registry.NewSecret(address)}); name != "" {
			return name
		}
	}
	if w.Compare != nil {
		return w.Compare.target()
	}
	return ""
}
