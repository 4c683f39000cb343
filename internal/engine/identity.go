package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// newID names a run: when it began, and enough chance to tell two of the same second apart.
func newID(now time.Time) string {
	return now.UTC().Format("20060102-150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// digest covers what decides how a run of this runbook goes; no secret enters it, so it does not see a new password.
func digest(rb *runbook.Runbook) string {
	parts := []string{rb.Name, rb.RollbackTimeout.String()}
	if w := rb.Window; w != (runbook.Window{OnMiss: runbook.Rollback}) {
		parts = append(parts, fmt.Sprint(w.NotBefore.UTC(), w.LastStart.UTC(), w.NotAfter.UTC(), w.OnMiss))
	}
	for _, r := range rb.Registries {
		parts = append(parts, r.Name, r.URL, user(rb, r), fmt.Sprint(r.Timeout, slices.Sorted(maps.Keys(r.Export))))
		parts = append(parts, r.Dialect, bareURLs(r.Export["schema.registry.url"].Reveal()))
	}
	for _, st := range rb.Steps {
		parts = append(parts, st.ID, st.Digest, fmt.Sprint(st.Timeout, st.Retry, st.OnFailure, st.NoReturn))
		for _, c := range st.Allow {
			parts = append(parts, fmt.Sprint(c.Code, c.AtMost))
		}
	}
	return sum(parts)
}

// user is the registry's user unless it is made of a secret var.
func user(rb *runbook.Runbook, r runbook.Registry) string {
	if slices.ContainsFunc(rb.Secrets, func(s registry.Secret) bool { return strings.Contains(r.Username, s.Reveal()) }) {
		return ""
	}
	return r.Username
}

// bareURLs takes the credentials out of a list of URLs.
func bareURLs(list string) string {
	var bare []string
	for s := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(s)
		if err != nil {
			continue
		}
		u.User = nil
		bare = append(bare, u.String())
	}
	return strings.Join(bare, ",")
}

// identify asks every registry who it is.
func (s *session) identify(ctx context.Context) (map[string]state.Identity, error) {
	ids := map[string]state.Identity{}
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		id, err := s.identity(ctx, name, s.policy())
		if err != nil {
			return nil, s.unasked(name, err)
		}
		ids[name] = id
	}
	return ids, nil
}

// unasked is why a registry cannot be asked, and where the run knows it at another address.
func (s *session) unasked(name string, err error) error {
	err = fmt.Errorf("registry %s cannot be asked who it is: %w", name, err)
	if before := s.elsewhere(name); before != "" {
		return fmt.Errorf("%v; run %s was begun with it at %s: see whether that is still what the runbook and its vars say", //nolint:errorlint // one that nobody should wait for
			err, s.state.Run.ID, before)
	}
	return err
}

// elsewhere is the address at which the run was begun with a registry, "" where it is the one of now: a var or the
// environment may have been lost.
func (s *session) elsewhere(name string) string {
	if s.state.Run == nil {
		return ""
	}
	before, ok := s.state.Run.Registries[name]
	if !ok || before.URL == s.Clients[name].URL() {
		return ""
	}
	return before.URL
}

func (s *session) identity(ctx context.Context, name string, policy registry.Retry) (state.Identity, error) {
	c := s.Clients[name].With(policy, func(a registry.Attempt) {
		s.Emit(event.RegistryRetry{Name: name, Attempt: a.Number, Err: a.Err.Error(), Wait: a.Wait})
	})
	id, known, err := c.Identity(ctx)
	if err != nil {
		return state.Identity{}, err
	}
	if !known {
		id = c.URL()
	}
	return state.Identity{URL: c.URL(), ID: id}, nil
}

// named is a registry as it is shown: one that has no identity is known by its URL, which need not stand there twice.
func named(name string, id state.Identity) event.Registry {
	if id.ID == id.URL {
		id.ID = ""
	}
	return event.Registry{Name: name, URL: id.URL, ID: id.ID}
}

// policy is how requests outside of any step are retried.
func (s *session) policy() registry.Retry { return s.Runbook.Retry }

// sameRegistries refuses to go on with a run that was begun on others.
func (s *session) sameRegistries(ctx context.Context) error {
	now, err := s.identify(ctx)
	if err != nil {
		return err
	}
	return s.match(now)
}

func (s *session) match(now map[string]state.Identity) error {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		before, ok := s.state.Run.Registries[name]
		s.tellMoved(name)
		if !ok {
			s.state.Run.Registries[name] = now[name]
			continue
		}
		if before.ID != now[name].ID {
			return &state.Error{Path: s.Store.Path(), Text: fmt.Sprintf(
				"is of other registries: %s was %s at %s, now it is %s at %s; set its address as it was, or keep a run of others apart with --instance NAME",
				name, before.ID, before.URL, now[name].ID, now[name].URL)}
		}
	}
	return nil
}

// tellMoved says that a registry is at another address than when the run was begun. What it says of itself has to be the
// same; more than that nobody can tell.
func (s *session) tellMoved(name string) {
	if before := s.elsewhere(name); before != "" {
		s.Emit(event.StepWarning{ID: "registry " + name, Text: fmt.Sprintf("it is at %s now; run %s was begun with it at %s", s.Clients[name].URL(), s.state.Run.ID, before)})
	}
}

// reachable compares identities where the registries answer; a rollback does what it can without the others, which
// are asked again before every step. One that is silent at another address than before is more likely not meant.
func (s *session) reachable(ctx context.Context) error {
	s.unknown = map[string]error{}
	for name := range s.Clients {
		s.unknown[name] = nil
	}
	if err := s.recognise(ctx); err != nil {
		return err
	}
	for _, name := range s.silent() {
		if s.elsewhere(name) != "" {
			return s.unasked(name, s.unknown[name])
		}
	}
	return nil
}

// silent are the registries that could not be asked who they are.
func (s *session) silent() []string { return slices.Sorted(maps.Keys(s.unknown)) }

// recognise compares the identities that are not known yet. It asks once and not for long: clients may be waiting for the
// source to be opened.
func (s *session) recognise(ctx context.Context) error {
	now := map[string]state.Identity{}
	for _, name := range s.silent() {
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		id, err := s.identity(soon, name, registry.Retry{Attempts: 1})
		cancel()
		if ctx.Err() != nil {
			return err
		}
		if s.unknown[name] = err; err == nil {
			delete(s.unknown, name)
			now[name] = id
		}
	}
	return s.match(now)
}
