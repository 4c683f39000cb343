package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/runbook"
)

// pictures are what the registries of a runbook hold, by name.
func pictures(rb *runbook.Runbook, set *sandbox.Set) map[string]sandbox.Snapshot {
	all := map[string]sandbox.Snapshot{}
	for _, r := range rb.Registries {
		all[r.Name] = set.Registry(r.Name).Snapshot()
	}
	return all
}

// compare says in what each registry is not what it was.
func (t *trial) compare(before, after map[string]sandbox.Snapshot) {
	t.Copies = map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		was, is := before[name], after[name]
		d := differing{registry: name}
		settingsDiffer(&d, "mode", was.Modes, is.Modes)
		settingsDiffer(&d, "config", was.Configs, is.Configs)
		d.exporters(was.Exporters, is.Exporters)
		t.Copies[name] = d.versions(was.Versions, is.Versions)
		t.Changes = append(t.Changes, d.list...)
	}
}

// A differing gathers differences of one registry.
type differing struct {
	registry string
	list     []rehearsedChange
}

func (d *differing) add(what, was, is string) {
	d.list = append(d.list, rehearsedChange{d.registry, what, cmp.Or(was, "none"), cmp.Or(is, "none")})
}

func settingsDiffer[V any](d *differing, kind string, was, is map[string]V) {
	places := map[string]bool{}
	for _, m := range []map[string]V{was, is} {
		for place := range m {
			places[place] = true
		}
	}
	text := func(m map[string]V, place string) string {
		v, ok := m[place]
		if text, plain := any(v).(string); plain || !ok {
			return text
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(raw)
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		if a, b := text(was, place), text(is, place); a != b {
			d.add(kind+" of "+cmp.Or(place, "the default context"), a, b)
		}
	}
}

func (d *differing) exporters(was, is []sandbox.ExporterSnapshot) {
	byName := map[string][2]*sandbox.ExporterSnapshot{}
	for side, list := range [][]sandbox.ExporterSnapshot{was, is} {
		for i := range list {
			pair := byName[list[i].Name]
			list[i].Trace = "" // it comes and goes
			pair[side] = &list[i]
			byName[list[i].Name] = pair
		}
	}
	state := func(x *sandbox.ExporterSnapshot) string {
		if x == nil {
			return ""
		}
		return x.State
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		pair := byName[name]
		switch a, b := state(pair[0]), state(pair[1]); {
		case a != b:
			d.add("exporter "+name, a, b)
		case !reflect.DeepEqual(pair[0], pair[1]):
			d.add("exporter "+name, "as it was", "changed")
		}
	}
}

// versions returns how many came, and tells of those that went or are not what they were.
func (d *differing) versions(was, is []sandbox.Version) (came int) {
	type key struct {
		subject string
		version int
	}
	now := map[key]sandbox.Version{}
	for _, v := range is {
		now[key{v.Subject, v.Version}] = v
	}
	gone, changed, first := 0, 0, ""
	for _, v := range was {
		k := key{v.Subject, v.Version}
		after, there := now[k]
		delete(now, k)
		switch {
		case !there:
			gone++
		case !reflect.DeepEqual(v, after):
			changed++
		default:
			continue
		}
		first = cmp.Or(first, fmt.Sprintf("%s version %d", v.Subject, v.Version))
	}
	if gone > 0 || changed > 0 {
		d.add("versions, such as "+first, "as they were", fmt.Sprintf("%d gone, %d changed", gone, changed))
	}
	return len(now)
}
