package report

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fleet ends as the cell that is worst off, whatever the order in which cells are told of.
func TestTheWorstCellCounts(t *testing.T) {
	codes := []int{0, 10, 6, 11, 7, 2, 8, 3, 9, 4, 12, 1, 5} // the last is the worst
	for i, worse := range codes {
		for j, better := range codes {
			if got := Worse(worse, better); got != (i > j) {
				t.Errorf("Worse(%d, %d) = %t", worse, better, got)
			}
		}
		var f FleetSummary
		for _, code := range append(append([]int{}, codes[:i+1]...), codes[0]) {
			f.Add(fmt.Sprint(code), &Summary{ExitCode: code, Result: fmt.Sprint("as ", code)})
		}
		if f.ExitCode != worse || f.Result != fmt.Sprint("as ", worse) {
			t.Errorf("got %d (%s), want %d", f.ExitCode, f.Result, worse)
		}
	}
}

// What a pipeline is shown stays small, however many cells there are and whatever they say.
func TestASummaryOfAFleetIsBounded(t *testing.T) {
	f := &FleetSummary{Runbook: "fleet"}
	for i := range 1000 {
		f.Add(fmt.Sprintf("c%d", i), &Summary{ExitCode: 4, Result: "rolledBack", Step: "copy", Error: strings.Repeat("why | ", 500), Next: "srmigrate run fleet.yaml"})
	}
	f.End(time.Minute, "srmigrate run fleet.yaml")
	text := FleetMarkdown(f)
	if len(text) > 65_536 || !strings.Contains(text, "1000 rolled back of 1000 cells") || !strings.Contains(text, "more did not end well") {
		t.Errorf("got %d bytes:\n%.2000s", len(text), text)
	}
	var out bytes.Buffer
	(&Text{Out: &out, Redact: func(s string) string { return s }}).Fleet(f)
	if got := strings.Count(out.String(), "\nfailed    cell "); got != mostCells-1 || !strings.Contains(out.String(), "more      900 cells") {
		t.Errorf("got %d cells:\n%.2000s", got, out.String())
	}
}

// Lines of several cells do not run into each other, each has its prefix, and the live line stays below them.
func TestADeskKeepsLinesApart(t *testing.T) {
	var out bytes.Buffer
	d := &Desk{Live: &Live{Out: &out, Width: func() int { return 80 }}}
	d.Show("2 at work")
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		w := d.Writer(&out, name+" | ")
		wg.Go(func() {
			for range 200 {
				fmt.Fprint(w, "begin")
				fmt.Fprint(w, " end\nmore\n")
			}
		})
	}
	wg.Wait()
	d.Clear()
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(out.String(), "\r\x1b[K", ""), "2 at work", ""), "\n")
	count := map[string]int{}
	for _, l := range lines {
		count[l]++
	}
	want := map[string]int{"a | begin end": 200, "b | begin end": 200, "a | more": 200, "b | more": 200, "": 1}
	for l, n := range want {
		if count[l] != n {
			t.Errorf("got %d lines %q, want %d", count[l], l, n)
		}
	}
	if len(count) != len(want) || !strings.HasSuffix(out.String(), "2 at work\r\x1b[K") {
		t.Errorf("got %v", count)
	}
}
