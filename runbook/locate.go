package runbook

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// opening is where the bracket stands that is not closed, if YAML gave up at something other than a bracket.
func opening(src []byte, at place) place {
	line := []rune(string(bytes.Split(src, []byte("\n"))[at.line-1]))
	if at.col <= len(line) && strings.ContainsRune("]}", line[at.col-1]) {
		return at
	}
	var open []int
	var quoted rune
	for i, r := range line[:min(at.col, len(line))] {
		switch {
		case quoted != 0:
			if r == quoted {
				quoted = 0
			}
		case strings.ContainsRune("\"'", r):
			quoted = r
		case strings.ContainsRune("[{", r):
			open = append(open, i+1)
		case strings.ContainsRune("]}", r) && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		at.col = open[len(open)-1]
	}
	return at
}

// bare is the message of a yaml/v3 error without its line, which is often that of something else.
func bare(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
	}
	return text
}

// maxSearch is the size up to which whereFails takes no noticeable time.
const maxSearch = 128 << 10

// whereSaid is the line that yaml/v3 names: often that of the mapping or list around the mistake.
func whereSaid(err error) place {
	at := place{1, 1}
	_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &at.line) // it stays 1 when no line is named
	return at
}

// whereFails finds the shortest beginning of src that fails in the same way: first by lines, then inside of the line.
// It begins where yaml/v3 stops reading, which is seldom far away: each look reads all that stands before it.
func whereFails(src []byte, theirs string) place {
	fails := func(n int) bool {
		var n1 yaml.Node
		err := yaml.Unmarshal(src[:n], &n1)
		return err != nil && bare(err) == theirs
	}
	ends := lineEnds(src)
	line := firstFrom(linesRead(src)-1, len(ends), func(i int) bool { return fails(ends[i]) })
	if line == len(ends) {
		return place{1, 1}
	}
	start := 0
	if line > 0 {
		start = ends[line-1]
	}
	length := firstTrue(ends[line]-start, func(i int) bool { return fails(start + i + 1) })
	length = min(length, len(bytes.TrimRight(src[start:ends[line]], "\r\n")))
	return place{line + 1, max(1, utf8.RuneCount(src[start:min(len(src), start+length+1)]))}
}

func lineEnds(src []byte) []int {
	var ends []int
	at := 0
	for line := range bytes.Lines(src) {
		at += len(line)
		ends = append(ends, at)
	}
	return ends
}

// firstFrom is firstTrue, which looks near the guess first.
func firstFrom(guess, n int, is func(int) bool) int {
	lo, hi := 0, n
	for at, step := max(min(guess, n-1), 0), 1; lo < hi; step *= 2 {
		if is(at) {
			hi = at
			at = max(at-step, lo)
		} else {
			lo = at + 1
			at = min(at+step, hi-1)
		}
		if step > 8 {
			break
		}
	}
	return lo + firstTrue(hi-lo, func(i int) bool { return is(lo + i) })
}

// linesRead is how many lines yaml/v3 reads of a file that it cannot read to its end.
func linesRead(src []byte) int {
	r := &lineReader{rest: src}
	var n yaml.Node
	_ = yaml.NewDecoder(r).Decode(&n) // the error is known
	return r.lines
}

// lineReader hands out one line at a time.
type lineReader struct {
	line, rest []byte
	lines      int
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.line) == 0 {
		if len(r.rest) == 0 {
			return 0, io.EOF
		}
		end := bytes.IndexByte(r.rest, '\n') + 1
		if end == 0 {
			end = len(r.rest)
		}
		r.line, r.rest = r.rest[:end], r.rest[end:]
		r.lines++
	}
	n := copy(p, r.line)
	r.line = r.line[n:]
	return n, nil
}

// firstTrue is sort.Search, with the last place when none is true.
func firstTrue(n int, is func(int) bool) int {
	lo, hi := 0, n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if is(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
