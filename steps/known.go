package steps

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Known is what a plan has worked out already, for steps that ask the same. The zero value knows nothing. It is used
// from one goroutine at a time.
type Known struct {
	keys        map[string][]knownKey           // by registry
	standing    map[string][]compare.Conflict   // by copy
	overwritten map[string][]string             // by copy
	ids         map[string]contextIDs           // by registry and mapping
	gone        map[string]map[compare.Key]bool // by registry: the versions that earlier steps write over
	awaited     map[int]bool                    // by place among the effects
	transfers   map[string]*compare.Transfer    // by copy
	lacking     map[string]bool                 // by host: a step has found that there are no exporters
}

// HasNoExporters reports whether a step of the plan has found so of the registry at a host.
func (k *Known) HasNoExporters(host string) bool { return k != nil && k.lacking[host] }

// lacksExporters notes that a registry has none, for those after it that would say so once more.
func (k *Known) lacksExporters(c *registry.Client) {
	u, err := url.Parse(c.URL())
	if k == nil || err != nil {
		return
	}
	if k.lacking == nil {
		k.lacking = map[string]bool{}
	}
	k.lacking[u.Host] = true
}

// isAwaited reports whether an earlier step waits for what an effect copies; awaits notes that one does.
func (k *Known) isAwaited(effect int) bool { return k != nil && k.awaited[effect] }

func (k *Known) awaits(effect int) {
	if k == nil {
		return
	}
	if k.awaited == nil {
		k.awaited = map[int]bool{}
	}
	k.awaited[effect] = true
}

// rewrites notes what a step writes over.
func (k *Known) rewrites(registry string, list []compare.Conflict) {
	if k == nil {
		return
	}
	if k.gone == nil {
		k.gone = map[string]map[compare.Key]bool{}
	}
	if k.gone[registry] == nil {
		k.gone[registry] = map[compare.Key]bool{}
	}
	for _, c := range list {
		k.gone[registry][c.Key] = true
	}
}

// rewritten reports whether an earlier step writes over a version.
func (k *Known) rewritten(registry string, key compare.Key) bool {
	return k != nil && k.gone[registry][key]
}

// contextIDs are the ids of a registry by context.
type contextIDs map[string]map[int]compare.Content

// idsOf are the ids of a registry with what they stand for. Who asks must not change them.
func (e *Env) idsOf(ctx context.Context, c *registry.Client, m compare.Mapping) (contextIDs, error) {
	at := fmt.Sprintf("%s %q", c.Name(), fmt.Sprint(m))
	if e.Known != nil && e.Known.ids[at] != nil {
		return e.Known.ids[at], nil
	}
	all, err := compare.IDs(ctx, c, m)
	if err == nil && e.Known != nil {
		if e.Known.ids == nil {
			e.Known.ids = map[string]contextIDs{}
		}
		e.Known.ids[at] = all
	}
	return all, err
}

type knownKey struct {
	compare.Key
	deleted bool
}

// keysOf lists every version of a registry, soft-deleted ones too.
func (e *Env) keysOf(ctx context.Context, c *registry.Client) ([]knownKey, error) {
	if e.Known != nil && e.Known.keys[c.Name()] != nil {
		return e.Known.keys[c.Name()], nil
	}
	list := []knownKey{}
	err := compare.Keys(ctx, c, true, func(k compare.Key, deleted bool) error {
		list = append(list, knownKey{k, deleted})
		return nil
	})
	if err == nil && e.Known != nil {
		if e.Known.keys == nil {
			e.Known.keys = map[string][]knownKey{}
		}
		e.Known.keys[c.Name()] = list
	}
	return list, err
}

// standing are the versions of the target that stand where others are to come.
func (w copies) standing(ctx context.Context, env *Env) ([]compare.Conflict, error) {
	if env.Known != nil && env.Known.standing[w.at()] != nil {
		return slices.Clone(env.Known.standing[w.at()]), nil
	}
	list, err := compare.Conflicts(ctx, w.source, w.target, w.mapping)
	if err == nil && env.Known != nil {
		if env.Known.standing == nil {
			env.Known.standing = map[string][]compare.Conflict{}
		}
		env.Known.standing[w.at()] = append([]compare.Conflict{}, list...)
	}
	return list, err
}

// at tells copies apart.
func (w copies) at() string {
	return fmt.Sprintf("%s %s %q", w.source.Name(), w.target.Name(), fmt.Sprint(w.mapping))
}

// differing lists the versions of the target that the source has with other content.
func (w copies) differing(ctx context.Context, env *Env) ([]string, error) {
	at := w.at()
	if env.Known != nil && env.Known.overwritten[at] != nil {
		return env.Known.overwritten[at], nil
	}
	all, err := compare.Copies(ctx, w.source, w.target, w.mapping)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, c := range all {
		if c.There && len(c.Differs) > 0 {
			names = append(names, fmt.Sprintf("%s version %d", c.Subject, c.Version))
		}
	}
	if env.Known != nil {
		if env.Known.overwritten == nil {
			env.Known.overwritten = map[string][]string{}
		}
		env.Known.overwritten[at] = names
	}
	return names, nil
}
