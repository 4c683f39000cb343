package steps

import (
	"encoding/json"
	"io"
	"slices"
)

// clearing names the places from which this run takes their own mode. A server that cannot do so gives them READWRITE
// instead, which by itself does not tell whose it is; so they are saved before the request leaves.
type clearing struct {
	RunID      string   `json:"runId"`
	Begun      []string `json:"begun"`      // whether they were cleared or got READWRITE is not known
	Equivalent []string `json:"equivalent"` // they got READWRITE
}

func clearingFile(name string) string { return "clearing.mode." + name + ".json" }

// loadClearing returns what this run has cleared of a registry's modes.
func loadClearing(env *Env, name string) (clearing, error) {
	var k clearing
	err := readSide(env, clearingFile(name), &k)
	if k.RunID != env.RunID {
		return clearing{RunID: env.RunID}, err
	}
	return k, err
}

func (k clearing) save(env *Env, name string) error {
	return env.Files.Write(clearingFile(name), func(w io.Writer) error { return json.NewEncoder(w).Encode(k) })
}

// begin adds places to what is about to be cleared, but for the default context, which shows READWRITE in any case.
func (k *clearing) begin(places []string) {
	begun := slices.DeleteFunc(slices.Clone(places), func(p string) bool { return p == "" })
	k.Begun = sortPlaces(slices.Concat(k.Begun, begun))
}

// end settles what was begun in a reach, by the own modes that show there now.
func (k *clearing) end(r modeReach, own map[string]string) {
	for _, p := range k.Begun {
		if r.covers(p) && own[p] == readWrite {
			k.Equivalent = sortPlaces(append(k.Equivalent, p))
		}
	}
	k.Begun = slices.DeleteFunc(k.Begun, r.covers)
}

// mayBeOurs reports whether READWRITE on a place may be what this run got for clearing it.
func (k clearing) mayBeOurs(place string) bool {
	return slices.Contains(k.Begun, place) || slices.Contains(k.Equivalent, place)
}
