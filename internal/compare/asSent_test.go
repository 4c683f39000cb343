package compare_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// sends serves a listing to the byte: versions of "a" and "b".
func sends(first string) *fake {
	body := "[" + first + `,{"subject":"b","version":1,"id":9,"schema":"\"string\""}]`
	f := &fake{rows: []row{schema("a", 1, 3, nil), schema("b", 1, 9, nil)}}
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/schemas" {
			return false
		}
		_, _ = w.Write([]byte(body)) // the client may be gone
		return true
	}
	return f
}

// Rows that are the same to the byte are the same without being read. What is
// written otherwise is read, and what cannot be read is unknown, also where both
// sides have it.
func TestRowsAsTheyAreSent(t *testing.T) {
	const plain = `{"subject":"a","version":1,"id":3,"schemaType":"AVRO","schema":"{\"type\":\"fixed\",\"name\":\"f\",\"size\":1}",` +
		`"references":[{"name":"r","subject":"b","version":1}],"metadata":{"properties":{"k":"v"}},"ruleSet":{"domainRules":[{"name":"n"}]},"ts":17,"deleted":false}`
	with := func(old, new string) string {
		if !strings.Contains(plain, old) {
			t.Fatalf("there is no %s", old)
		}
		return strings.Replace(plain, old, new, 1)
	}
	const identical, different, unknown = compare.Identical, compare.Different, compare.Unknown
	for name, tc := range map[string]struct{ row, want string }{
		"the same":                   {plain, identical},
		"spaces":                     {with(`,"id":3`, " ,\n\t\"id\" : 3"), identical},
		"members in another order":   {with(`"version":1,"id":3`, `"id":3,"version":1`), identical},
		"the text in front":          {`{"schema":"{\"type\":\"fixed\",\"name\":\"f\",\"size\":1}",` + with(`"schema":"{\"type\":\"fixed\",\"name\":\"f\",\"size\":1}",`, ``)[1:], identical},
		"other escapes":              {with(`\"type\"`, `\u0022typ\u0065\u0022`), identical},
		"an escaped subject":         {with(`"subject":"a"`, `"subject":"\u0061"`), identical},
		"a member that nobody knows": {with(`"ts":17`, `"ts":18,"new":{"a":[1.5]}`), identical},
		"no mark":                    {with(`,"deleted":false`, ``), identical},
		"settings in another order":  {with(`{"properties":{"k":"v"}}`, `{"tags":{},"properties":{"k":"v"}}`), identical},
		"a space in the text":        {with(`{\"type\"`, `{ \"type\"`), identical}, // reported only
		"the type left out":          {with(`"schemaType":"AVRO",`, ``), identical},
		"no references, said aloud":  {with(`"references":[{"name":"r","subject":"b","version":1}]`, `"references":[]`), different},
		"another id":                 {with(`"id":3`, `"id":4`), different},
		"another id, twice":          {with(`"id":3`, `"id":3,"id":4`), different},
		"the same id, twice":         {with(`"id":3`, `"id":4,"id":3`), identical},
		"the text twice":             {with(`"ts":17`, `"schema":"\"int\""`), different},
		"references twice":           {with(`"ts":17`, `"references":[]`), different},
		"a case":                     {with(`"id":3`, `"ID":3`), unknown},
		"a fraction":                 {with(`"id":3`, `"id":3.0`), unknown},
		"an exponent":                {with(`"id":3`, `"id":3e0`), unknown},
		"a string":                   {with(`"id":3`, `"id":"3"`), unknown},
		"a zero in front":            {with(`"id":3`, `"id":03`), unknown},
		"no id":                      {with(`"id":3,`, ``), unknown},
		"no text":                    {with(`"schema":"{\"type\":\"fixed\",\"name\":\"f\",\"size\":1}",`, ``), unknown},
		"a comma too many":           {with(`"deleted":false}`, `"deleted":false,}`), unknown},
		"a broken escape":            {with(`\"type\"`, `\x22type\"`), unknown},
		"a control character":        {with(`\"type\"`, "\x01\\\"type\\\""), unknown},
		"no UTF-8":                   {with(`\"name\"`, "\\\"n\xffme\\\""), different},
		"half a character":           {with(`\"name\"`, `\"n\ud800me\"`), different},
		"brackets that do not match": {with(`{"properties":{"k":"v"}}`, `{"properties":{"k":"v"]}`), unknown},
		"a reference of no form":     {with(`"name":"r"`, `"name":7`), unknown},
		"a mark of no form":          {with(`"deleted":false`, `"deleted":"false"`), unknown},
		"marked":                     {with(`"deleted":false`, `"deleted":true`), identical}, // in a listing of live versions
	} {
		for _, swapped := range []bool{false, true} {
			source, target := sends(plain), sends(tc.row)
			if swapped {
				source, target = target, source
			}
			if r := run(t, source, target, compare.Options{}); r.Verdict != tc.want {
				t.Errorf("%s, swapped %t: got %s, want %s\n%s", name, swapped, r.Summary(), tc.want, lines(r.Differences))
			}
		}
		want := identical
		if tc.want == unknown {
			want = unknown
		}
		if r := run(t, sends(tc.row), sends(tc.row), compare.Options{}); r.Verdict != want {
			t.Errorf("%s on both sides: got %s, want %s", name, r.Summary(), want)
		}
	}
}

// Soft-deleted on one side alone is a difference where these count.
func TestMarkedOnOneSide(t *testing.T) {
	o := compare.Options{Check: map[string]compare.Level{"deleted": compare.Fail}}
	gone := sample()
	gone[2].gone = true
	for _, marks := range []bool{false, true} {
		r := run(t, &fake{rows: sample(), marks: marks}, &fake{rows: gone, marks: marks}, o)
		if r.Verdict != compare.Different {
			t.Errorf("marks %t: got %s", marks, r.Summary())
		}
		if r = run(t, &fake{rows: gone, marks: marks}, &fake{rows: gone, marks: marks}, o); r.Verdict != compare.Identical {
			t.Errorf("marks %t, on both sides: got %s", marks, r.Summary())
		}
	}
}
