package runbook

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// inside is the place of a byte of a scalar's text. It is the scalar's own where that cannot be told, as after a var
// was put in.
func (l *loader) inside(n *node, offset int) place {
	if n.kind != scalar || n.edited || offset <= 0 || offset > len(n.text) {
		return n.at
	}
	if n.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return l.insideBlock(n, offset)
	}
	return l.insideLine(n, offset)
}

// line is a line of the file without its end; "" behind the last.
func (l *loader) line(number int) string {
	if l.lines == nil {
		l.lines = bytes.Split(l.src, []byte("\n"))
	}
	if number < 1 || number > len(l.lines) {
		return ""
	}
	return strings.TrimSuffix(string(l.lines[number-1]), "\r")
}

// characters are those of a line of the file; the last one asked for is kept, for files that are one long line.
func (l *loader) characters(number int) []rune {
	if l.split.number != number {
		l.split.number, l.split.runes = number, []rune(l.line(number))
	}
	return l.split.runes
}

// insideLine counts along a plain or quoted scalar.
func (l *loader) insideLine(n *node, offset int) place {
	line := []rune(l.line(n.at.line))
	col := n.at.col - 1
	if n.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		col++
	}
	for offset > 0 {
		if col >= len(line) {
			return n.at // it goes on in the next line
		}
		width, bytes := character(line[col:], n.style)
		col += width
		offset -= bytes
	}
	return place{n.at.line, col + 1}
}

// character is how many characters of the file stand for how many bytes of the text.
func character(line []rune, style yaml.Style) (width, bytes int) {
	switch {
	case style&yaml.SingleQuotedStyle != 0 && len(line) > 1 && line[0] == '\'' && line[1] == '\'':
		return 2, 1
	case style&yaml.DoubleQuotedStyle != 0 && len(line) > 1 && line[0] == '\\':
		return escape(line[1:])
	}
	return 1, utf8.RuneLen(line[0])
}

func hexDigits(r rune) int {
	switch r {
	case 'x':
		return 2
	case 'u':
		return 4
	case 'U':
		return 8
	}
	return 0
}

// escape reads what stands behind a backslash in double quotes.
func escape(line []rune) (width, bytes int) {
	if digits := hexDigits(line[0]); digits > 0 {
		code, _ := strconv.ParseUint(string(line[1:min(len(line), 1+digits)]), 16, 32)
		return 2 + digits, max(1, utf8.RuneLen(rune(code)))
	}
	switch line[0] {
	case 'N', '_':
		return 2, 2
	case 'L', 'P':
		return 2, 3
	}
	return 2, 1
}

// insideBlock counts along the lines of a block scalar. In a folded one a line break of the file is a space of the
// text, and an empty line a line break.
func (l *loader) insideBlock(n *node, offset int) place {
	number := n.at.line + 1
	indent := l.indent(n)
	folded := n.style&yaml.FoldedStyle != 0
	for ; number <= len(l.lines); number++ {
		text := l.line(number)
		text = text[min(indent, len(text)):]
		if offset <= len(text) {
			return place{number, indent + 1 + utf8.RuneCountInString(text[:offset])}
		}
		offset -= len(text)
		if !folded || text == "" || l.line(number+1) != "" {
			offset--
		}
	}
	return n.at
}

// indent is by how much the lines of a block scalar are indented.
func (l *loader) indent(n *node) int {
	first := strings.TrimLeft(n.text, "\n")
	own := len(first) - len(strings.TrimLeft(first, " "))
	for number := n.at.line + 1; number <= len(l.lines) || l.lines == nil; number++ {
		line := l.line(number)
		if text := strings.TrimLeft(line, " "); text != "" {
			return max(0, len(line)-len(text)-own)
		}
	}
	return 0
}
