package steps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// A world fills a registry with many versions: in three contexts, with references up to depth 5 within and across them,
// gaps in the numbers, ids that come twice in a subject, and soft-deleted versions.
type world struct {
	t    testing.TB
	on   http.Handler
	rand *rand.Rand
	ids  map[string]int // last of each context
	made map[string][]madeVersion
	n    int
	deep [6]int // versions by depth
}

type madeVersion struct {
	subject string
	version int
	id      int
	text    string
	refs    []sandbox.Reference
}

// fill makes versions in subjects of about four.
func fill(t testing.TB, on http.Handler, versions int) *world {
	t.Helper()
	w := &world{t: t, on: on, rand: rand.New(rand.NewPCG(1, 2)), ids: map[string]int{}, made: map[string][]madeVersion{}}
	for _, context := range worldContexts {
		w.send(http.MethodPut, "/mode/"+context, `{"mode":"IMPORT"}`)
	}
	for i := 0; w.n < versions; i++ {
		w.subject(i, versions)
	}
	for _, context := range worldContexts {
		w.send(http.MethodDelete, "/mode/"+context, "")
	}
	return w
}

var worldContexts = []string{":.:", ":.a:", ":.b:"}

// subject makes one, of which each version refers to one of the level below.
func (w *world) subject(i, most int) {
	level, context := i%6, worldContexts[w.rand.IntN(3)]
	name := fmt.Sprintf("%ss%05d", context, i)
	version := 0
	var all []madeVersion
	for k := range 1 + w.rand.IntN(7) {
		if w.n == most {
			break
		}
		version += 1 + w.rand.IntN(2)*w.rand.IntN(3) // gaps
		w.ids[context] += 1 + w.rand.IntN(2)
		v := madeVersion{
			subject: name, version: version, id: w.ids[context],
			text: fmt.Sprintf(`{"type":"object","title":"%s-%d","properties":{"x":{"type":"string"}}}`, name, k),
		}
		if below := w.made[fmt.Sprint(level-1)]; level > 0 && len(below) > 0 {
			v.refs = []sandbox.Reference{refersTo(context, below[w.rand.IntN(len(below))])}
		}
		if k == 2 && level == 5 { // the first one again, with its id
			v.id, v.text, v.refs = all[0].id, all[0].text, all[0].refs
		}
		w.register(v)
		all = append(all, v)
		w.deep[level]++
		w.n++
	}
	w.made[fmt.Sprint(level)] = append(w.made[fmt.Sprint(level)], all...)
	if level != 5 {
		return
	}
	for k, v := range all { // nothing refers to them
		if k != len(all)-1 && w.rand.IntN(4) == 0 || k == 0 && len(all) > 2 || w.rand.IntN(40) == 0 {
			w.send(http.MethodDelete, fmt.Sprintf("/subjects/%s/versions/%d", v.subject, v.version), "")
		}
	}
}

// refersTo writes a reference as people do: without the context where it is the same.
func refersTo(context string, to madeVersion) sandbox.Reference {
	subject := to.subject
	if len(subject) > len(context) && subject[:len(context)] == context {
		subject = subject[len(context):]
	}
	return sandbox.Reference{Name: to.subject + ".json", Subject: subject, Version: to.version}
}

func (w *world) register(v madeVersion) {
	body, err := json.Marshal(map[string]any{
		"schemaType": "JSON", "schema": v.text, "id": v.id, "version": v.version, "references": v.refs,
		"metadata": map[string]any{"properties": map[string]string{"owner": v.subject}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(http.MethodPost, "/subjects/"+v.subject+"/versions", string(body))
}

func (w *world) send(method, path, body string) {
	w.t.Helper()
	q := httptest.NewRequest(method, path, bytes.NewBufferString(body))
	q.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.on.ServeHTTP(answer, q)
	if answer.Code != http.StatusOK {
		w.t.Fatalf("%s %s %s: %d %s", method, path, body, answer.Code, answer.Body)
	}
}
