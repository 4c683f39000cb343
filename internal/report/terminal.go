package report

import (
	"strings"
	"unicode/utf8"
)

// narrowest is the window below which lines are left as they are: wrapped they would be harder to read still.
const narrowest = 40

// wrapped breaks the lines of text that are longer than width at spaces, and begins what follows below the text.
func wrapped(text string, width int) string {
	if width < narrowest {
		return text
	}
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		wrap(&b, line, width)
	}
	return b.String()
}

// below is where the second line of a wrapped one begins: under the text of a detail, else two further than a text.
func below(line string) int {
	const text, detail = 10, 18
	if strings.HasPrefix(line, strings.Repeat(" ", text)) {
		return detail
	}
	return text + 2
}

func wrap(b *strings.Builder, line string, width int) {
	indent := below(line)
	for utf8.RuneCountInString(line) > width {
		cut := strings.LastIndexByte(string([]rune(line)[:width+1]), ' ')
		if cut <= indent {
			break // one long word
		}
		b.WriteString(strings.TrimRight(line[:cut], " ") + "\n")
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[cut:], " ")
	}
	b.WriteString(line)
}

// colours are those of verbs that a reader should not pass over.
var colours = map[string]string{"error": "31", "critical": "31", "unseen": "35", "warning": "33", "no return": "1", "lost": "33", "verdict": "1"}

// painted puts the colour of a verb on it.
func painted(verb, text string) string {
	c := colours[verb]
	if c == "" || !strings.HasPrefix(text, verb) {
		return text
	}
	return "\x1b[" + c + "m" + verb + "\x1b[0m" + text[len(verb):]
}
