package runbook

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// traps are the ways in which the language of a runbook collides with that of YAML. The first group of each is what
// has to be quoted.
var traps = []struct {
	is    *regexp.Regexp
	reads string
}{
	{regexp.MustCompile(`[{\[,](?:\s*[\w.-]+:)?\s*(\$\{\{.*?\}\})`), `in flow style "{" begins a mapping`},
	{regexp.MustCompile(`[\[,]\s*(:?[\w.:-]*\*[^\s,\]"']*)`), `"*" begins an alias`},
	{regexp.MustCompile(`^\s*(?:-\s+)*[\w.-]+:\s+(![^#]*[^#\s])`), `"!" begins a tag`},
	{regexp.MustCompile(`[{,]\s*[\w.-]+:\s+(![^,}#]*[^,}#\s])`), `"!" begins a tag`},
	{regexp.MustCompile(`(?:^|[:\-\[,]\s)\s*(\*[^,\]}#]*[^,\]}#\s]?)`), `"*" begins an alias`},
	{regexp.MustCompile("(?:[:\\-\\[,]\\s)\\s*([@`%][^,\\]}#]*[^,\\]}#\\s])"), `no value may begin with this character`},
}

// longLine is how much of a line is searched: no person writes more into one.
const longLine = 16 << 10

// trap looks for a known collision from the line on which YAML gave up.
func trap(src []byte, from int) (place, string) {
	number := 0
	for line := range bytes.Lines(src) {
		number++
		line = bytes.TrimRight(line[:min(len(line), longLine)], " \r\n")
		if number < from || bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			continue
		}
		for _, t := range traps {
			if m := t.is.FindSubmatchIndex(line); m != nil {
				at := place{number, 1 + utf8.RuneCount(line[:m[2]])}
				return at, fmt.Sprintf("quote it: %s (%s)", quote(string(line[m[2]:m[3]])), t.reads)
			}
		}
		if number > from+20 {
			break
		}
	}
	return place{}, ""
}
