package compare

import (
	"slices"
	"strings"
	"testing"
)

func arrivals(context string, list ...[4]any) []Arrival {
	var all []Arrival
	for _, a := range list {
		subject, version := a[0].(string), a[1].(int)
		rec := record{version: version, id: a[2].(int), schemaType: "AVRO", schema: writtenOf("AVRO", a[3].(string))}
		to := Key{qualify(context, subject), version}
		all = append(all, Arrival{Key{subject, version}, to, rec})
	}
	return all
}

// Sources that share a context of the target meet where an id or a number stands for two things, and nowhere else.
func TestTogether(t *testing.T) {
	one := [4]any{"orders", 1, 1, `"string"`}
	cases := map[string]struct {
		a, b []Arrival
		want string // the first example, "" for none
	}{
		"nothing in common":           {arrivals(".", one), arrivals(".", [4]any{"users", 1, 2, `"int"`}), ""},
		"the same":                    {arrivals(".", one), arrivals(".", one), ""},
		"the same id and content":     {arrivals(".", one), arrivals(".", [4]any{"users", 1, 1, `"string"`}), ""},
		"more of the same subject":    {arrivals(".", one), arrivals(".", one, [4]any{"orders", 2, 2, `"int"`}), ""},
		"another context":             {arrivals(".a", one), arrivals(".b", [4]any{"orders", 1, 1, `"int"`}), ""},
		"an id with other content":    {arrivals(".", one), arrivals(".", [4]any{"users", 1, 1, `"int"`}), "id 1 (a: orders version 1; b: users version 1)"},
		"a number with other content": {arrivals(".", one), arrivals(".", [4]any{"orders", 1, 2, `"int"`}), "orders version 1 (a: orders version 1; b: orders version 1)"},
		"a number with another id":    {arrivals(".", one), arrivals(".", [4]any{"orders", 1, 2, `"string"`}), "orders version 1 (a: orders version 1; b: orders version 1)"},
		"in a context": {
			arrivals(".x", one), arrivals(".x", [4]any{"users", 1, 1, `"int"`}), "id 1 (a: orders version 1; b: users version 1)",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var together Together
			together.Add("a", c.a)
			together.Add("b", c.b)
			got := together.Meetings()
			if c.want == "" {
				if len(got) > 0 {
					t.Errorf("got %+v, want nothing", got)
				}
				return
			}
			if len(got) != 1 || !slices.Equal(got[0].Sources, []string{"a", "b"}) || got[0].Count != 1 || strings.TrimPrefix(got[0].Examples[0], ":.x:") != c.want {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
}

// A source that meets itself is told of by its own plan.
func TestASourceDoesNotMeetItself(t *testing.T) {
	var together Together
	together.Add("a", arrivals(".", [4]any{"orders", 1, 1, `"string"`}, [4]any{"users", 1, 1, `"int"`}))
	if got := together.Meetings(); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
}
