package steps

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A place is where a registry keeps a mode or a config: "" is the default context, ":.ctx:" another one, and anything
// else a subject.

// readsAtOnce bounds the requests that one look sends at the same time.
const readsAtOnce = 8

// contextPlace is the place of a context that is named ".ctx".
func contextPlace(context string) string { return compare.Place(context) }

// splitPlace returns the context that a place lies in, and the subject's name, which is "" for a context.
func splitPlace(place string) (context, name string) { return compare.SplitSubject(place) }

// joinPlace is the reverse of splitPlace.
func joinPlace(context, name string) string { return contextPlace(context) + name }

func isContext(place string) bool {
	_, name := splitPlace(place)
	return name == ""
}

// placeName is a place for people.
func placeName(place string) string {
	switch context, name := splitPlace(place); {
	case place == "":
		return "the default context"
	case name == "":
		return "context " + context
	}
	return "subject " + place
}

// modePlace is a place for people, as far as its mode goes; whole says that /mode stands behind every context there.
func modePlace(place string, whole bool) string {
	if place == "" && whole {
		return "every context"
	}
	return placeName(place)
}

func modePlaces(places []string, whole bool) []string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = modePlace(p, whole)
	}
	return names
}

// sortPlaces puts contexts before subjects.
func sortPlaces(places []string) []string {
	slices.SortFunc(places, func(a, b string) int {
		if isContext(a) != isContext(b) {
			return cmp.Compare(boolToInt(isContext(b)), boolToInt(isContext(a)))
		}
		return cmp.Compare(a, b)
	})
	return slices.Compact(places)
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// allPlaces lists every context and every subject, soft-deleted ones included, and also those given: a context has no
// schema yet when its mode is the first thing that is written there, and is not listed then.
func allPlaces(ctx context.Context, c *registry.Client, also ...string) ([]string, error) {
	contexts, err := c.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	subjects, err := allSubjects(ctx, c, true)
	if err != nil {
		return nil, err
	}
	places := append(subjects, also...)
	for _, name := range contexts {
		places = append(places, contextPlace(name))
	}
	return sortPlaces(places), nil
}

func placeNames(places []string) []string { return modePlaces(places, false) }

// contextPlaces lists the places of all contexts, the default one first.
func contextPlaces(ctx context.Context, c *registry.Client) ([]string, error) {
	contexts, err := c.Contexts(ctx)
	places := []string{""}
	for _, name := range contexts {
		places = append(places, contextPlace(name))
	}
	return sortPlaces(places), err
}

// allSubjects lists the subjects of every context.
func allSubjects(ctx context.Context, c *registry.Client, deleted bool) ([]string, error) {
	subjects, err := c.Subjects(ctx, ":*:", deleted)
	if err != nil || len(subjects) > 0 {
		return subjects, err
	}
	return c.Subjects(ctx, "", deleted) // some look-alikes take ":*:" for a name
}

// ownModes reads the modes that the places have themselves; a place that is missing in the answer has none.
func ownModes(ctx context.Context, c *registry.Client, places []string) (map[string]string, error) {
	return readPlaces(ctx, places, c.Mode)
}

// ownConfigs reads the configs that the places have themselves.
func ownConfigs(ctx context.Context, c *registry.Client, places []string) (map[string]registry.Settings, error) {
	return readPlaces(ctx, places, c.Config)
}

// readPlaces asks for each place. Plans of many steps ask thousands again and again, which memory answers: that should
// not cost a goroutine each time, nor should a single place.
func readPlaces[T any](ctx context.Context, places []string, read func(context.Context, string) (T, bool, error)) (map[string]T, error) {
	var mu sync.Mutex
	var next atomic.Int64
	found := map[string]T{}
	some := func(ctx context.Context) error {
		for i := next.Add(1) - 1; i < int64(len(places)); i = next.Add(1) - 1 {
			v, set, err := read(ctx, places[i])
			if err != nil {
				return err
			}
			if set {
				mu.Lock()
				found[places[i]] = v
				mu.Unlock()
			}
		}
		return nil
	}
	if len(places) <= 1 {
		return found, some(ctx)
	}
	g, within := errgroup.WithContext(ctx)
	for range min(readsAtOnce, len(places)) {
		g.Go(func() error { return some(within) })
	}
	return found, g.Wait()
}

// union lists the keys of maps of places.
func union[T any](all ...map[string]T) []string {
	var places []string
	for _, m := range all {
		places = slices.AppendSeq(places, maps.Keys(m))
	}
	return sortPlaces(places)
}

// warn shows a person something that does not stop the step.
func warn(env *Env, text string) {
	if env.Emit != nil {
		env.Emit(event.StepWarning{ID: env.StepID, Text: text})
	}
}

// curl is a command for a person, without credentials but with where they are found; name is escaped as one segment of the path.
func curl(c *registry.Client, method, route, name, query, body string) string {
	at := c.URL() + route
	if name != "" {
		at += "/" + strings.ReplaceAll(url.PathEscape(name), "+", "%2B")
	}
	command := c.Curl() + " -X " + method
	if body != "" {
		command += " -H 'Content-Type: application/json' -d " + quote(body)
	}
	return command + " " + quote(at+query)
}

// quote makes one word of s for a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(":/._%-", r)
	}
	if strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
