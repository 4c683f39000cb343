package compare_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// Odd servers that can be read all the same: on either side, what is the same
// is identical and what is not is found.
func TestOddServers(t *testing.T) {
	for name, odd := range map[string]func() *fake{
		"a row per page":             func() *fake { return &fake{cap: 1} },
		"prefix is ignored":          func() *fake { return &fake{noPrefix: true} },
		"prefix is ignored, capped":  func() *fake { return &fake{noPrefix: true, cap: 2} },
		"contexts by route":          func() *fake { return &fake{routes: true, literalStar: true} },
		"the same, in no order":      func() *fake { return &fake{routes: true, literalStar: true, loose: true, seesaw: true} },
		"in no order":                func() *fake { return &fake{loose: true} },
		"in no order, capped":        func() *fake { return &fake{loose: true, cap: 2} },
		"another order each time":    func() *fake { return &fake{loose: true, seesaw: true, cap: 2} },
		"rows twice":                 func() *fake { return &fake{before: twice} },
		"two rows per page":          func() *fake { return &fake{cap: 2} },
		"limit is ignored":           func() *fake { return &fake{cap: 3, ignoreLimit: true} },
		"offset is ignored":          func() *fake { return &fake{ignorePages: true} },
		"star is literal":            func() *fake { return &fake{literalStar: true} },
		"both":                       func() *fake { return &fake{literalStar: true, ignorePages: true} },
		"offset is ignored, capped":  func() *fake { return &fake{ignorePages: true, cap: 4} },
		"capped within a subject":    func() *fake { return &fake{ignorePages: true, cap: 2} },
		"star is literal and capped": func() *fake { return &fake{literalStar: true, cap: 4} },
		"no schemas, 404":            func() *fake { return &fake{noSchemas: 404} },
		"no schemas, 405":            func() *fake { return &fake{noSchemas: 405} },
		"parameters are refused":     func() *fake { return &fake{before: refuseParameters} },
		"one 503":                    func() *fake { return &fake{before: failOnce("/schemas", 503)} },
		"an empty context":           func() *fake { return &fake{empty: []string{".was"}} },
		"subjects hide contexts":     func() *fake { return onlyDefault(&fake{literalStar: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			rows := sample()
			if name == "offset is ignored, capped" || name == "capped within a subject" {
				rows = slices.DeleteFunc(rows, func(s row) bool { return strings.HasPrefix(s.Subject, ":") })
				rows = append(rows, schema("user/events", 2, 30, nil))
			}
			for i := -1; i < len(rows); i++ {
				less := slices.Clone(rows)
				if i >= 0 {
					less = slices.Delete(less, i, i+1)
				}
				want := map[bool]string{true: compare.Identical, false: compare.Different}[i < 0]
				a, b := odd(), odd()
				a.rows, b.rows = rows, less
				r := run(t, a, &fake{rows: less}, compare.Options{Extra: map[string]compare.Level{"subjects": compare.Fail}})
				if r.Verdict != want {
					t.Errorf("odd source, %d missing: got %s", i, r.Summary())
				}
				r = run(t, &fake{rows: rows}, b, compare.Options{Extra: map[string]compare.Level{"subjects": compare.Fail}})
				if r.Verdict != want {
					t.Errorf("odd target, %d missing: got %s", i, r.Summary())
				}
				if n := a.requests() + b.requests(); n > 100 {
					t.Errorf("%d requests", n)
				}
			}
		})
	}
}

// failOnce answers the first request below path with the status.
func failOnce(path string, status int) func(http.ResponseWriter, *http.Request) bool {
	failed := false
	return func(w http.ResponseWriter, r *http.Request) bool {
		if failed || !strings.HasPrefix(r.URL.Path, path) {
			return false
		}
		failed = true
		w.WriteHeader(status)
		return true
	}
}

// twice lists a version twice, and no other.
func twice(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/schemas" {
		return false
	}
	_, _ = w.Write([]byte(`[{"subject":"a","version":1,"id":1,"schema":"x"},{"subject":"a","version":1,"id":2,"schema":"y"}]`))
	return true
}

func refuseParameters(w http.ResponseWriter, r *http.Request) bool {
	if refused := r.URL.Path == "/schemas" && r.URL.RawQuery != ""; !refused {
		return false
	}
	w.WriteHeader(422)
	return true
}

// onlyDefault lists no subject outside the default context, unless a context
// is asked by its own route.
func onlyDefault(f *fake) *fake {
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/subjects" || r.FormValue("subjectPrefix") != "" {
			return false
		}
		send(w, slices.DeleteFunc(f.subjects(f.rows), func(s string) bool { return strings.HasPrefix(s, ":") }))
		return true
	}
	return f
}

// Whatever cannot be read makes the verdict unknown, says why, and ends.
func TestUnreadable(t *testing.T) {
	always := func(path string, status int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.RequestURI(), path) {
				return false
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
	}
	for name, tc := range map[string]struct {
		f    *fake
		want string
	}{
		"503 on the second page":     {&fake{cap: 2, before: always("/schemas?offset=1", 503, "")}, "503 Service Unavailable"},
		"503 on a part":              {&fake{cap: 2, before: always("/schemas?subjectPrefix=%3A.eu%3A", 503, "")}, "503 Service Unavailable"},
		"503 at a part's end":        {&fake{cap: 2, before: always("/schemas?offset=2", 503, "")}, "503 Service Unavailable"},
		"listing is HTML":            {&fake{before: always("/schemas", 200, "<html>")}, "HTML"},
		"listing is null":            {&fake{before: always("/schemas", 200, "null")}, "no list"},
		"listing is cut":             {&fake{before: always("/schemas", 200, `[{"subject":"address",`)}, "cut"},
		"row without an id":          {&fake{before: always("/schemas", 200, `[{"subject":"address","version":1,"schema":"x"}]`)}, "lacks"},
		"row without a version":      {&fake{before: always("/schemas", 200, `[{"subject":"address","id":1,"schema":"x"}]`)}, "lacks"},
		"empty, subjects are there":  {&fake{before: always("/subjects?", 200, `["ghost"]`)}, "ghost"},
		"subjects are forbidden":     {&fake{before: always("/subjects", 403, "")}, "403 Forbidden"},
		"subjects are HTML":          {&fake{before: always("/subjects", 200, "<html>")}, "HTML"},
		"contexts are forbidden":     {&fake{before: always("/contexts", 403, "")}, "403 Forbidden"},
		"unauthorised":               {&fake{before: always("/", 401, "")}, "401 Unauthorized"},
		"everything is 404":          {&fake{before: always("/", 404, "")}, "404 Not Found"},
		"a version cannot be read":   {&fake{noSchemas: 404, before: always("/subjects/orders/versions/3", 404, `{"error_code":40402}`)}, `"orders" is listed but cannot be read`},
		"a version is another's":     {&fake{noSchemas: 404, before: always("/subjects/orders/versions/3", 200, `{"subject":":.x:orders","version":3,"id":1,"schema":"x"}`)}, `subject ":.x:orders"`},
		"no versions":                {&fake{noSchemas: 404, before: always("/subjects/orders/versions", 200, `[]`)}, "without a version"},
		"a version is HTML":          {&fake{noSchemas: 404, before: always("/subjects/orders/versions/3", 200, "<html>")}, "HTML"},
		"a context cannot be listed": {&fake{literalStar: true, empty: []string{".x"}, before: always("/contexts/.x/subjects", 500, "")}, "500 Internal"},
	} {
		for _, side := range []string{"source", "target"} {
			t.Run(name+" at the "+side, func(t *testing.T) {
				bad := &fake{cap: tc.f.cap, noSchemas: tc.f.noSchemas, literalStar: tc.f.literalStar, empty: tc.f.empty, before: tc.f.before, rows: sample()}
				source, target := bad, &fake{rows: sample()}
				if side == "target" {
					source, target = target, source
				}
				r := run(t, source, target, compare.Options{})
				if r.Verdict != compare.Unknown || len(r.Unread) != 1 || !strings.Contains(r.Unread[0], tc.want) || !strings.HasPrefix(r.Unread[0], side+": ") {
					t.Errorf("got %s", r.Summary())
				}
				if bad.requests() > 100 {
					t.Errorf("%d requests", bad.requests())
				}
			})
		}
	}
}

// Somebody registers or deletes while pages are read: once, or now and then, is
// made up for, more than that all the time is unknown.
func TestMovingRegistry(t *testing.T) {
	add := func(f *fake) {
		f.rows = append(f.rows, schema("aaa"+strconv.Itoa(90_000-len(f.rows)), 1, 9000+len(f.rows), nil))
	}
	remove := func(f *fake) { f.rows = f.rows[min(1, len(f.rows)):] }
	late := func(f *fake) {
		f.rows = append(f.rows, schema("zzz"+strconv.Itoa(len(f.rows)), 1, 9000+len(f.rows), nil))
	}
	for name, tc := range map[string]struct {
		move func(*fake)
		path string
		fast int // moves at a time
	}{
		"added":        {add, "/schemas", 25},
		"deleted":      {remove, "/schemas", 12},
		"added behind": {late, "/subjects", 300},
	} {
		t.Run(name, func(t *testing.T) {
			moving := func(rows, times, fast int) *fake {
				f := &fake{cap: 10}
				for i := range rows {
					f.rows = append(f.rows, schema("s"+strconv.Itoa(10000+i), 1, i, nil))
				}
				f.before = func(_ http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == tc.path && (r.FormValue("offset") != "" || tc.path == "/subjects") && times > 0 {
						times--
						for range fast {
							tc.move(f)
						}
					}
					return false
				}
				return f
			}
			for _, times := range []int{1, 99} {
				f := moving(150, times, 1)
				if n, err := compare.Counts(t.Context(), client(t, f), nil); err != nil || n.Subjects != len(f.rows) {
					t.Errorf("%d times: got %+v of %d, %v", times, n, len(f.rows), err)
				}
				f = moving(150, times, 1)
				keysOfMoving(t, f)
			}
			if r := run(t, moving(150, 1, 1), &fake{}, compare.Options{}); r.Verdict != compare.Different || len(r.Moved) > 0 {
				t.Errorf("once: got %s", r.Summary())
			}
			r := run(t, moving(150, 999, 1), &fake{}, compare.Options{})
			if r.Verdict != compare.Different || !slices.Equal(r.Moved, []string{"source"}) || !strings.HasSuffix(r.Summary(), "; source changed meanwhile") {
				t.Errorf("now and then: got %s", r.Summary())
			}
			for _, o := range []compare.Options{{}, {Moving: true}} {
				f := moving(1500, 9999, tc.fast)
				r := run(t, f, &fake{}, o)
				if len(f.rows) == 0 {
					continue // all of it went in time, and then there is one moment
				}
				said := strings.HasPrefix(r.Summary(), "unknown: source changed too fast while it was read (") || slices.Equal(r.Moved, []string{"source"})
				if r.Verdict == compare.Identical || !said {
					t.Errorf("all the time, %+v: got %s", o, r.Summary())
				}
			}
		})
	}
}

// A page that lost a version to a deletion in front of it would otherwise
// look complete: its subject is still there.
func TestLostRowIsNoticed(t *testing.T) {
	var rows []row
	for v := range 30 {
		rows = append(rows, schema("s", v+1, v+1, nil))
	}
	deleted := false
	f := &fake{rows: rows, cap: 10}
	f.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.FormValue("offset") != "" && !deleted {
			deleted = true
			f.rows = f.rows[1:]
		}
		return false
	}
	var got []int
	err := compare.Keys(t.Context(), client(t, f), false, func(k compare.Key, _ bool) error {
		got = append(got, k.Version)
		return nil
	})
	if err != nil || len(got) != 29 || got[0] != 2 || got[28] != 30 {
		t.Errorf("got %v, %v", got, err)
	}
}

// keysOfMoving lists a registry that moves: what stays is given, and as live.
func keysOfMoving(t *testing.T, f *fake) {
	t.Helper()
	before, given := slices.Clone(f.rows), map[compare.Key]bool{}
	err := compare.Keys(t.Context(), client(t, f), true, func(k compare.Key, gone bool) error {
		given[k] = !gone
		return nil
	})
	if err != nil {
		t.Errorf("keys: %v", err)
	}
	for _, r := range f.rows {
		was := slices.ContainsFunc(before, func(b row) bool { return b.Subject == r.Subject })
		if live, there := given[compare.Key{Subject: r.Subject, Version: r.Version}]; was && !live || there && !live {
			t.Errorf("%s stayed: given %t, live %t", r.Subject, there, live)
		}
	}
}

// The same where every version is read by itself.
func TestMovingWithoutListing(t *testing.T) {
	moving := func(fast int) *fake {
		f := &fake{rows: sample(), noSchemas: 404}
		f.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/subjects" {
				for range fast {
					f.rows = append(f.rows, schema("new"+strconv.Itoa(len(f.rows)), 1, 500+len(f.rows), nil))
				}
			}
			return false
		}
		return f
	}
	r := run(t, moving(1), &fake{rows: sample()}, compare.Options{})
	if r.Verdict != compare.Different || !slices.Equal(r.Moved, []string{"source"}) {
		t.Errorf("now and then: got %s", r.Summary())
	}
	r = run(t, moving(600), &fake{rows: sample()}, compare.Options{Moving: true})
	want := "unknown: source changed too fast while it was read (GET /subjects named 604 subjects, then 1204); nothing was compared"
	if r.Summary() != want {
		t.Errorf("all the time: got %s, want %s", r.Summary(), want)
	}
}

// A version that is purged between the two listings was neither live nor deleted.
func TestPurgedBetweenListings(t *testing.T) {
	f := &fake{rows: sample()}
	f.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/schemas" && r.FormValue("deleted") == "true" && r.FormValue("offset") == "" {
			f.rows = f.rows[1:]
		}
		return false
	}
	o := compare.Options{Check: map[string]compare.Level{"deleted": compare.Fail}}
	r := run(t, f, &fake{rows: sample()}, o)
	if r.Verdict != compare.Unknown || !strings.Contains(r.Summary(), "1 version live and then gone") {
		t.Errorf("got %s", r.Summary())
	}
	o.Moving = true
	f.rows = sample()
	r = run(t, f, &fake{rows: sample()[1:]}, o)
	if want := "unknown: source changed meanwhile; but for that 3 of 3 subjects, 4 versions, contexts ., .eu"; r.Summary() != want {
		t.Errorf("got %s, want %s", r.Summary(), want)
	}
}

func TestManyRows(t *testing.T) {
	var rows []row
	for i := range 25_000 {
		rows = append(rows, schema(fmt.Sprintf("s%05d", i/5), i%5+1, i, nil))
	}
	target := slices.Clone(rows)
	target[17_777].Schema.Schema = `"string"`
	r := run(t, &fake{rows: rows, cap: 1000}, &fake{rows: target, cap: 1000}, compare.Options{})
	want := "different: 1 of 5,000 subjects differ: 1 changed; compared 5,000 of 5,000 subjects, 25,000 versions, context ."
	if r.Summary() != want || lines(r.Differences) != "s03555 version 3: schema differs" {
		t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
	}
}

// franz-go's fake takes ":*:" literally and ignores offset.
func TestAgainstSrfake(t *testing.T) {
	seed := func(n int) *srfake.Registry {
		r := srfake.NewRegistry()
		for i := range n {
			r.SeedSchema("s"+strconv.Itoa(i/2), i%2+1, i+1, sr.Schema{Schema: fmt.Sprintf(`{"type":"fixed","name":"f","size":%d}`, i+1)})
		}
		return r
	}
	r := run(t, seed(9).Handler(), seed(9).Handler(), compare.Options{})
	if want := "identical: 5 of 5 subjects, 9 versions, context ."; r.Summary() != want {
		t.Errorf("got %s, want %s", r.Summary(), want)
	}
	r = run(t, seed(9).Handler(), seed(8).Handler(), compare.Options{})
	if r.Verdict != compare.Different || lines(r.Differences) != "s4: missing on the target, 1 version" {
		t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
	}
	r = run(t, seed(8).Handler(), seed(9).Handler(), compare.Options{})
	if lines(r.Differences) != "s4: on the target only, 1 version (reported only)" {
		t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
	}
	r = run(t, seed(0).Handler(), seed(0).Handler(), compare.Options{})
	if r.Verdict != compare.Identical {
		t.Errorf("got %s", r.Summary())
	}
}
