package sandbox

import "slices"

// space is what ids mean in one context.
type space struct {
	maxID int
	users map[int][]*entry
	ids   map[string][]int // by content key, ascending
}

func (sp *space) add(e *entry) {
	sp.maxID = max(sp.maxID, e.id)
	if len(sp.users[e.id]) == 0 {
		ids := append(sp.ids[e.content.key], e.id)
		slices.Sort(ids)
		sp.ids[e.content.key] = ids
	}
	sp.users[e.id] = append(sp.users[e.id], e)
}

func (sp *space) remove(e *entry) {
	sp.users[e.id] = without(sp.users[e.id], e)
	if len(sp.users[e.id]) > 0 {
		return
	}
	delete(sp.users, e.id)
	sp.ids[e.content.key] = slices.DeleteFunc(sp.ids[e.content.key], func(id int) bool { return id == e.id })
	if len(sp.ids[e.content.key]) == 0 {
		delete(sp.ids, e.content.key)
	}
}

// idFor is the id of the content in this context; a new one follows the
// highest id ever used in it.
func (sp *space) idFor(key string) int {
	if ids := sp.ids[key]; len(ids) > 0 {
		return ids[0]
	}
	return sp.maxID + 1
}
