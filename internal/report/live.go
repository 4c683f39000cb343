package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Live is the one line at the bottom of a terminal that is written over. A nil Live does nothing.
type Live struct {
	Out   io.Writer
	Width func() int // asked each time, because windows are resized

	shown bool
}

// Show writes s in place of what was shown before.
func (l *Live) Show(s string) {
	if l == nil {
		return
	}
	l.shown = true
	// As for lines: a terminal that is gone must not stop a migration.
	_, _ = fmt.Fprint(l.Out, "\r\x1b[K"+cut(strings.ReplaceAll(s, "\n", " "), l.room()))
}

// room is how many characters fit: one column stays free, because a full line would wrap on some terminals.
func (l *Live) room() int { return max(l.Width()-1, 0) }

// Clear takes the line away, for a lasting one.
func (l *Live) Clear() {
	if l == nil || !l.shown {
		return
	}
	l.shown = false
	_, _ = fmt.Fprint(l.Out, "\r\x1b[K")
}

func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	if width == 0 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}
