package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hostile is what a server, or a schema's subject, might be called.
const hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' ]]> \x1b[31m`|*_ </td></details> @all"

// filled is evidence that has something of everything, many times over, with this text wherever one can stand.
func filled(text string, n int) *Evidence {
	e := new(Evidence)
	fill(reflect.ValueOf(e).Elem(), text, n)
	e.Verdict.Level, e.Journal = bad, nil
	for i := range e.Steps {
		e.Steps[i].Status = []string{"succeeded", "failed", "skipped", "waiting", "running", "pending", "blocked"}[i%7]
	}
	return e
}

func fill(v reflect.Value, text string, n int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(1234)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text, n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(v.Index(i), text, min(n, 3))
		}
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*time.Time); ok {
			*t = time.Date(2026, 3, 1, 12, 0, n, 0, time.UTC)
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), text, n)
		}
	}
}

// Nothing that anybody wrote becomes part of the page.
func TestAPageEscapesWhatItShows(t *testing.T) {
	page, err := HTML(filled(hostile, 8))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, bad := range []string{"<script", "<img", "</td></details> @all", "javascript:", "ZgotmplZ"} {
		if strings.Contains(text, bad) {
			i := strings.Index(text, bad)
			t.Errorf("the page has %q: …%s…", bad, text[max(0, i-80):i+80])
		}
	}
	if n := strings.Count(text, "&lt;script&gt;"); n < 50 {
		t.Errorf("only %d of the texts are shown", n)
	}
	for _, want := range []string{"<h1>", "prefers-color-scheme: dark", "@media print", `default-src 'none'`, `<html lang="en">`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	plain, err := HTML(filled("text", 8))
	if err != nil {
		t.Fatal(err)
	}
	for _, elsewhere := range []string{"src=", "@import", "url(http", "<link"} {
		if strings.Contains(string(plain), elsewhere) {
			t.Errorf("the page needs something from elsewhere: %q", elsewhere)
		}
	}
}

// A page of a run that is nothing but a refusal can be made, too.
func TestAPageNeedsNothing(t *testing.T) {
	for _, format := range Formats() {
		if raw, err := Render(NewEvidence(nil, "r1", "v1"), format); err != nil || len(raw) == 0 {
			t.Errorf("%s: %d bytes, %v", format, len(raw), err)
		}
	}
	if _, err := Render(NewEvidence(nil, "r1", "v1"), "pdf"); err == nil {
		t.Error("there is a report of the format pdf")
	}
}

// The curve of a copy stays in its field, and its gaps are gaps.
func TestAChartHasAMomentOfCatchUp(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 3, 1, 12, 0, s, 0, time.UTC) }
	e := &Evidence{Waits: []WaitFacts{
		{Step: "first", CaughtUp: at(20), Samples: []Sample{{At: at(0), Of: 100, Offset: 1}, {At: at(10), Copied: 50, Of: 100, Offset: 60}, {At: at(20), Copied: 100, Of: 100, Offset: 120}}},
		{Step: "last", Samples: []Sample{{At: at(30), Copied: 100, Of: 100, Offset: 120}, {At: at(40), Copied: 100, Of: 100, Offset: 121}}},
	}}
	c := newChart(e)
	if c == nil || len(c.Panels) != 2 || c.At != 500 {
		t.Fatalf("got %+v, want two panels and the moment in the middle", c)
	}
	if want := []string{"0,100 250,50 500,0", "750,0 1000,0"}; !slices.Equal(c.Panels[0].Curves, want) {
		t.Errorf("got %q, want %q", c.Panels[0].Curves, want)
	}
	if want := "Nothing was missing for the first time at 12:00:20 UTC, after 20.0 s."; !strings.Contains(c.Says, want) {
		t.Errorf("%q lacks %q", c.Says, want)
	}
	if c := newChart(&Evidence{}); c != nil {
		t.Errorf("got %+v where nothing was seen", c)
	}
}

// junitShape is what the schema of Jenkins' xUnit plugin lets stand in each element, in this order, and its attributes.
var junitShape = map[string]struct{ children, required, allowed []string }{
	"testsuites": {[]string{"testsuite"}, nil, []string{"name", "time", "tests", "failures", "disabled", "errors"}},
	"testsuite": {
		[]string{"properties", "testcase", "system-out", "system-err"},
		[]string{"name", "tests"},
		[]string{"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"},
	},
	"properties": {[]string{"property"}, nil, nil},
	"property":   {nil, []string{"name", "value"}, []string{"name", "value"}},
	"testcase": {
		[]string{"skipped", "error", "failure", "system-out", "system-err"},
		[]string{"name", "classname"},
		[]string{"name", "classname", "time", "assertions", "status"},
	},
	"skipped":    {nil, nil, []string{"message", "type"}},
	"failure":    {nil, nil, []string{"message", "type"}},
	"system-out": {nil, nil, nil},
}

func TestJUnitHasTheShapeThatCISystemsRead(t *testing.T) {
	for name, e := range map[string]*Evidence{"hostile": filled(hostile, 8), "nothing": NewEvidence(nil, "r1", "v1")} {
		raw, err := JUnit(e)
		if err != nil {
			t.Fatal(err)
		}
		counts := shaped(t, name, raw)
		if name != "hostile" {
			continue
		}
		// Of seven kinds of steps, one of them twice: one failed, one blocked; the rollback is a suite of its own.
		if counts["testsuite"] != 2 || counts["testcase"] != 16 || counts["failure"] == 0 || counts["skipped"] == 0 {
			t.Errorf("got %v", counts)
		}
	}
}

// shaped walks through a document and counts its elements.
func shaped(t *testing.T, name string, raw []byte) map[string]int {
	t.Helper()
	counts := map[string]int{}
	type open struct {
		name string
		last int // index of the last child
	}
	var stack []open
	dec := xml.NewDecoder(strings.NewReader(string(raw)))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return counts
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			shape, known := junitShape[token.Name.Local]
			if !known {
				t.Fatalf("%s: unknown element %s", name, token.Name.Local)
			}
			counts[token.Name.Local]++
			if n := len(stack); n > 0 {
				i := slices.Index(junitShape[stack[n-1].name].children, token.Name.Local)
				if i < 0 || i < stack[n-1].last {
					t.Errorf("%s: %s must not stand there in %s", name, token.Name.Local, stack[n-1].name)
				}
				stack[n-1].last = i
			}
			has := map[string]string{}
			for _, a := range token.Attr {
				has[a.Name.Local] = a.Value
				if !slices.Contains(shape.allowed, a.Name.Local) {
					t.Errorf("%s: %s has the attribute %s", name, token.Name.Local, a.Name.Local)
				}
			}
			for _, r := range shape.required {
				if _, ok := has[r]; !ok {
					t.Errorf("%s: %s lacks %s", name, token.Name.Local, r)
				}
			}
			for _, number := range []string{"tests", "failures", "errors", "skipped", "time"} {
				if _, err := strconv.ParseFloat(has[number], 64); has[number] != "" && err != nil {
					t.Errorf("%s: %s=%q of %s is no number", name, number, has[number], token.Name.Local)
				}
			}
			if ts := has["timestamp"]; ts != "" {
				if _, err := time.Parse("2006-01-02T15:04:05", ts); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			stack = append(stack, open{name: token.Name.Local})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

// A comment on a pull request has its limits, and the markup of nobody else.
func TestMarkdownFitsAndEscapes(t *testing.T) {
	for name, e := range map[string]*Evidence{"hostile": filled(hostile, 8), "much": filled(strings.Repeat("word ", 300), 800)} {
		text := string(Markdown(e))
		if len(text) > mostMarkdown+1000 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		if !strings.HasPrefix(text, "<!-- srmigrate report: ") || strings.Count(text, "<details>") != strings.Count(text, "\n</details>") {
			t.Errorf("%s: got %.200q", name, text)
		}
		outside := stripped(text)
		for _, bad := range []string{"<script", "<img", "</td>", "@all"} {
			if strings.Contains(outside, bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
}

// stripped is a text without what stands between backticks or fences, where markup is none.
func stripped(text string) string {
	var b strings.Builder
	fenced := ""
	for line := range strings.Lines(text) {
		bare := strings.TrimSpace(line)
		switch {
		case fenced != "":
			if bare == fenced {
				fenced = ""
			}
			continue
		case strings.HasPrefix(bare, "```"):
			fenced = strings.TrimSuffix(bare, "sh")
			continue
		}
		for i, part := range strings.Split(strings.ReplaceAll(line, "\\`", ""), "`") {
			if i%2 == 0 {
				b.WriteString(part)
			}
		}
	}
	return b.String()
}

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	for seconds, want := range map[float64]string{0.01: "< 0.1 s", 2.55: "2.5 s", 75: "1 min 15 s", 3725: "1 h 2 min", 200000: "2 d 7 h"} {
		if got := spoken(seconds); got != want && got != strings.Replace(want, "2.5", "2.6", 1) {
			t.Errorf("%v: got %q, want %q", seconds, got, want)
		}
	}
	if got := fmt.Sprintln(commas(1234567), commas(12), commas(-1234)); got != "1,234,567 12 -1,234\n" {
		t.Errorf("got %s", got)
	}
}
