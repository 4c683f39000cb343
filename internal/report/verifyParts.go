package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parts looks whether what people read is what the journal says.
func (v *Verified) parts(raw []byte, made *Evidence, by, tool string) {
	again, err := encoded(made)
	if err != nil {
		v.note("it cannot be made again: %v", err)
		return
	}
	var was, is map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(raw, &was), json.Unmarshal(again, &is)); err != nil {
		v.note("it cannot be compared with what its journal says: %v", err)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(merged(was, is))) {
		if key == "journal" || key == "head" || key == "tool" {
			continue // the digests are of them, and who made it is nothing that has happened
		}
		for _, place := range unlike(key, tree(was[key]), tree(is[key])) {
			also := ""
			if by != tool {
				also = fmt.Sprintf("; srmigrate %s made it and may word things otherwise than this one, %s", by, tool)
			}
			v.note("%s is not what its journal says%s", place, also)
		}
	}
}

func merged(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// tree is a value with its numbers as they are written.
func tree(raw json.RawMessage) (v any) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if len(raw) > 0 && dec.Decode(&v) != nil {
		return "unreadable"
	}
	return v
}

// mostUnlike is how many places of one part are named.
const mostUnlike = 20

// unlike names the places at which two values differ.
func unlike(place string, was, is any) (places []string) {
	switch was := was.(type) {
	case map[string]any:
		if is, ok := is.(map[string]any); ok {
			all := maps.Clone(was)
			maps.Copy(all, is)
			for _, key := range slices.Sorted(maps.Keys(all)) {
				places = append(places, unlike(place+"."+key, was[key], is[key])...)
			}
			return capped(places)
		}
	case []any:
		if is, ok := is.([]any); ok && len(is) == len(was) {
			for i := range was {
				places = append(places, unlike(place+whose(was[i], i), was[i], is[i])...)
			}
			return capped(places)
		}
	}
	if fmt.Sprint(was) == fmt.Sprint(is) {
		return nil
	}
	return []string{place}
}

func capped(places []string) []string {
	if len(places) > mostUnlike {
		return append(places[:mostUnlike:mostUnlike], places[0][:strings.IndexAny(places[0]+".", ".[")]+" (more of it)")
	}
	return places
}

// whose is a place in a list: of steps by their name.
func whose(item any, i int) string {
	if o, ok := item.(map[string]any); ok {
		for _, key := range []string{"id", "step", "place"} {
			if name, ok := o[key].(string); ok && name != "" {
				return "[" + name + "]"
			}
		}
	}
	return fmt.Sprintf("[%d]", i)
}
