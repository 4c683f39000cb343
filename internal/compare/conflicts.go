package compare

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Conflict is a version of the target that an import of the source's would
// not leave as it is, soft-deleted ones included.
type Conflict struct {
	Key
	Why []string // what differs, or takes its place, in words
}

// Conflicts gives the versions of the target that stand where the mapping puts
// something else: under the same number with another content or id, or under
// the same id of one context with another content, or live where the source's
// is soft-deleted. What the target lacks is no conflict. The source is read only if the target has something in contexts
// that the mapping leads to.
func Conflicts(ctx context.Context, source, target *registry.Client, m Mapping) ([]Conflict, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	contexts, err := source.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	there, err := contentReader(target, sameName).table(ctx)
	if err != nil {
		return nil, err
	}
	if there.within(m.TargetContexts(contexts)); len(there) == 0 {
		return nil, nil
	}
	here, err := contentReader(source, func(subject string) string { t, _ := m.Map(subject); return t }).table(ctx)
	if err != nil {
		return nil, err
	}
	c := &clash{there: there, users: there.users(), why: map[Key][]string{}, moved: map[Key]string{}, alike: map[Key]Key{}}
	for _, subject := range here.subjects() {
		if to, covered := m.Map(subject); covered {
			c.subject(subject, to, here[subject])
		}
	}
	if err := c.purged(ctx, target); err != nil {
		return nil, err
	}
	if err := c.withdrawn(ctx, source, target); err != nil {
		return nil, err
	}
	return c.sorted(), nil
}

// contentReader makes a reader of all versions that keeps digests. What moves
// while it reads is made up for: a source is mostly live.
func contentReader(c *registry.Client, to func(string) string) *reader {
	return &reader{c: c, deleted: true, still: []bool{true, false}, holder: newHolder(to)}
}

// within drops what is in no such context.
func (t table) within(contexts []string) {
	for subject := range t {
		if c, _ := SplitSubject(subject); !slices.Contains(contexts, c) {
			delete(t, subject)
		}
	}
}

// An idKey is an id in a context.
type idKey struct {
	context string
	id      int
}

// users are the versions that have an id.
func (t table) users() map[idKey][]Key {
	users := map[idKey][]Key{}
	for _, subject := range t.subjects() {
		context, _ := SplitSubject(subject)
		for _, v := range t[subject] {
			k := idKey{context, v.id}
			users[k] = append(users[k], Key{subject, v.version})
		}
	}
	return users
}

// A clash collects conflicts.
type clash struct {
	there table
	users map[idKey][]Key
	why   map[Key][]string
	moved map[Key]string // versions whose id comes with a higher one; only soft-deleted ones go for it
	alike map[Key]Key    // versions that the source has as well → there
}

func (c *clash) subject(from, to string, versions []held) {
	context, _ := SplitSubject(to)
	numbers := table{to: versions}
	for _, v := range records(versions) {
		if t, ok := c.there.get(to, v.version); ok {
			c.version(Key{to, v.version}, v, t)
			c.alike[Key{to, v.version}] = Key{from, v.version}
		}
		for _, k := range c.users[idKey{context, v.id}] {
			t, _ := c.there.get(k.Subject, k.Version)
			switch same := k == (Key{to, v.version}); {
			case same: // the numbers have told of it
			case len(v.losses(t)) > 0:
				c.add(k, fmt.Sprintf("id %d is another schema on the source: %s version %d", v.id, from, v.version))
			case k.Subject == to && k.Version < v.version && !numbers.has(row{subject: to, held: held{version: t.version}}):
				c.moved[k] = fmt.Sprintf("soft-deleted, and purged when version %d comes with its id %d", v.version, v.id)
			}
		}
	}
}

func records(versions []held) []record {
	all := make([]record, 0, len(versions))
	for _, v := range versions {
		all = append(all, v.record())
	}
	return all
}

// version compares what has the same number.
func (c *clash) version(k Key, v, t record) {
	if lost := v.losses(t); len(lost) > 0 {
		c.add(k, "other "+strings.Join(lost, ", "))
	}
	if v.id != t.id {
		c.add(k, fmt.Sprintf("id %d instead of %d", v.id, t.id))
	}
}

// purged keeps those of the moved ones that are soft-deleted.
func (c *clash) purged(ctx context.Context, target *registry.Client) error {
	for k, why := range c.moved {
		_, err := target.Version(ctx, k.Subject, k.Version, false)
		switch {
		case registry.NotFound(err):
			c.add(k, why)
		case err != nil:
			return err
		}
	}
	return nil
}

// withdrawn finds what is live here and soft-deleted on the source: a deletion is exported as well, and no rollback takes
// it back.
func (c *clash) withdrawn(ctx context.Context, source, target *registry.Client) error {
	if len(c.alike) == 0 {
		return nil
	}
	live, err := liveKeys(ctx, source)
	if err != nil {
		return err
	}
	maps.DeleteFunc(c.alike, func(_, there Key) bool { return live[there] })
	if len(c.alike) == 0 {
		return nil
	}
	if live, err = liveKeys(ctx, target); err != nil {
		return err
	}
	for k := range c.alike {
		if live[k] {
			c.add(k, "soft-deleted on the source, and then here as well")
		}
	}
	return nil
}

// liveKeys are the versions that are not soft-deleted.
func liveKeys(ctx context.Context, c *registry.Client) (map[Key]bool, error) {
	live := map[Key]bool{}
	t, err := newKeyReader(c, true, false).table(ctx)
	for subject, versions := range t {
		for _, v := range versions {
			live[Key{subject, v.version}] = true
		}
	}
	return live, err
}

func (c *clash) add(k Key, why string) {
	if !slices.Contains(c.why[k], why) {
		c.why[k] = append(c.why[k], why)
	}
}

func (c *clash) sorted() []Conflict {
	var all []Conflict
	for k, why := range c.why {
		all = append(all, Conflict{k, why})
	}
	slices.SortFunc(all, func(a, b Conflict) int {
		return cmp.Or(strings.Compare(a.Subject, b.Subject), a.Version-b.Version)
	})
	return all
}

// losses are the kinds of content that t has otherwise. Metadata and rules that
// it lacks are none: old servers drop them from what is copied.
func (r record) losses(t record) []string {
	return slices.DeleteFunc(r.differences(t), func(kind string) bool {
		return kind == KindID || kind == KindMetadata && t.meta == digest{} || kind == KindRules && t.ruleset == digest{}
	})
}
