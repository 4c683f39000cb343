package sandbox

import "fmt"

// firstNewID is far from the ids that a source gives.
const firstNewID = 5001

// newID is the id for a content in one context of the target, the same again
// when it is asked for again.
func (x *exporter) newID(context string, c *content, refs []Reference) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := fmt.Sprint(context, c.key, refs)
	if x.ids == nil {
		x.ids = map[string]int{}
	}
	if _, ok := x.ids[key]; !ok {
		x.ids[key] = firstNewID + len(x.ids)
	}
	return x.ids[key]
}
