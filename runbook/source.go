package runbook

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxBytes = 1 << 20
	maxDepth = 100
	maxNodes = 250_000 // as written plus what aliases bring in
	maxAlias = 50_000  // what aliases bring in
)

var byteOrderMark = []byte("\uFEFF")

// place is a position in the file; lines and columns count from 1, columns in characters.
type place struct{ line, col int }

// unreadable is the first reason why the bytes are no text that YAML could be read from; "" when there is none.
func unreadable(src []byte) (place, string) {
	if len(src) > maxBytes {
		return place{1, 1}, fmt.Sprintf("the file has %d bytes, more than the 1 MB a runbook may have; split it", len(src))
	}
	return illegible(src)
}

// illegible is unreadable, whatever the size.
func illegible(src []byte) (place, string) {
	if wide := wideText(src); wide != "" {
		return place{1, 1}, "the file is " + wide + ": save it as UTF-8"
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return placeOf(src, i), "a NUL byte: save the file as plain UTF-8 text"
	}
	if i := invalidUTF8(src); i >= 0 {
		return placeOf(src, i), fmt.Sprintf("byte 0x%02x is not UTF-8: save the file as UTF-8", src[i])
	}
	if i := control(src); i >= 0 {
		r, _ := utf8.DecodeRune(src[i:])
		return placeOf(src, i), fmt.Sprintf("control character %q: remove it, or write it as an escape in double quotes", r)
	}
	if i := indentingTab(src); i >= 0 {
		return placeOf(src, i), "a tab in the indentation: YAML is indented with spaces"
	}
	return place{}, ""
}

// wideText is the encoding that editors elsewhere save text in, with or without its mark; "" when it is none of them.
func wideText(src []byte) string {
	switch {
	case bytes.HasPrefix(src, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(src, []byte{0, 0, 0xfe, 0xff}):
		return "UTF-32"
	case bytes.HasPrefix(src, []byte{0xff, 0xfe}), bytes.HasPrefix(src, []byte{0xfe, 0xff}):
		return "UTF-16"
	case len(src) > 3 && (src[0] == 0) != (src[1] == 0) && (src[0] == 0) == (src[2] == 0) && (src[1] == 0) == (src[3] == 0):
		return "UTF-16"
	}
	return ""
}

func placeOf(src []byte, i int) place {
	start := bytes.LastIndexByte(src[:i], '\n') + 1
	return place{1 + bytes.Count(src[:i], []byte("\n")), 1 + utf8.RuneCount(src[start:i])}
}

func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func control(src []byte) int {
	return bytes.IndexFunc(bytes.ReplaceAll(src, []byte("\r\n"), []byte(" \n")), func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || lineBreaks[r]
	})
}

// lineBreaks are characters that YAML counts as the end of a line, and editors do not.
var lineBreaks = map[rune]bool{'\u0085': true, '\u2028': true, '\u2029': true}

// indentingTab finds a tab before the first text of a line.
func indentingTab(src []byte) int {
	at := 0
	for line := range bytes.Lines(src) {
		text := bytes.TrimLeft(line, " \t")
		indent := line[:len(line)-len(text)]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 && len(bytes.TrimSpace(text)) > 0 {
			return at + tab
		}
		at += len(line)
	}
	return -1
}

// userinfo is where credentials stand in a URL; a message never shows them, wherever the URL came from.
var userinfo = regexp.MustCompile(`(?s)://.*@`)

// quote shows a text as the file has it, cut where it is too long to help.
func quote(s string) string {
	const most = 60
	s = userinfo.ReplaceAllString(s, "://[redacted]@")
	if len(s) > most && utf8.RuneCountInString(s) > most {
		s = string([]rune(s[:min(len(s), most*utf8.UTFMax)])[:most]) + "…"
	}
	return `"` + oneLine.Replace(s) + `"`
}

var oneLine = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)
