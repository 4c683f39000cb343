package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoted writes the arguments as a shell would take them.
func quoted(args []string) string {
	out := make([]string, len(args))
	for i, s := range args {
		out[i] = quotedArg(s)
	}
	return strings.Join(out, " ")
}

func quotedArg(s string) string {
	switch {
	case strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s):
		return dollarQuoted(s)
	case s == "" || strings.ContainsAny(s, " \"'\\$&|;<>(){}*?[]#~`!"):
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// dollarQuoted is s in the form $'…', which bash and zsh take: a control character must not reach a terminal.
func dollarQuoted(s string) string {
	var b strings.Builder
	for i, r := range s {
		size := utf8.RuneLen(r)
		invalid := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD")
		switch {
		case invalid:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.IsControl(r):
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return "$'" + b.String() + "'"
}
