package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Difference is one place at which two states are not the same. A side that has nothing there is "".
type Difference struct{ Place, Was, Is string }

// Differences compares what two states say of their runs.
func Differences(was, is *State) []Difference {
	return differ("run", tree(was.Run), tree(is.Run))
}

func tree(v any) (t any) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil {
		return err.Error() // a run has been read from JSON
	}
	return t
}

func differ(place string, was, is any) []Difference {
	switch was := was.(type) {
	case map[string]any:
		if is, ok := is.(map[string]any); ok {
			return differObjects(place, was, is)
		}
	case []any:
		if is, ok := is.([]any); ok {
			return differLists(place, was, is)
		}
	}
	if a, b := show(was), show(is); a != b {
		return []Difference{{place, a, b}}
	}
	return nil
}

func differObjects(place string, was, is map[string]any) (list []Difference) {
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, differ(place+"."+key, was[key], is[key])...)
	}
	return list
}

func differLists(place string, was, is []any) (list []Difference) {
	for i := range max(len(was), len(is)) {
		list = append(list, differ(place+named(i, was, is), at(was, i), at(is, i))...)
	}
	return list
}

// named is the place in a list: of steps by their id.
func named(i int, lists ...[]any) string {
	for _, list := range lists {
		if o, ok := at(list, i).(map[string]any); ok {
			if id, ok := o["id"].(string); ok {
				return "[" + id + "]"
			}
		}
	}
	return "[" + strconv.Itoa(i) + "]"
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// show is a value on one line, and short.
func show(v any) string {
	if v == nil {
		return ""
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // what JSON gave it takes
	}
	if text := []rune(string(raw)); len(text) > 120 {
		return string(text[:120]) + "…"
	}
	return string(raw)
}
