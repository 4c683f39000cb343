package compare

import "strings"

// protoTokens splits a Protobuf source into tokens, without white space and
// comments. It is false for what is no source, such as a descriptor in base64,
// in which "//" is no comment, or a text cut inside a string.
func protoTokens(s string) (tokens []string, ok bool) {
	if !strings.ContainsAny(s, ";{") {
		return nil, false
	}
	for s != "" {
		n, kind := protoToken(s)
		if n == 0 {
			return nil, false
		}
		if kind == protoText {
			tokens = append(tokens, s[:n])
		}
		s = s[n:]
	}
	return tokens, true
}

type protoKind int

const (
	protoText protoKind = iota
	protoBlank
)

// protoToken returns the length of the next token, or 0 where it has no end.
func protoToken(s string) (int, protoKind) {
	switch {
	case strings.HasPrefix(s, "//"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end, protoBlank
		}
		return len(s), protoBlank
	case strings.HasPrefix(s, "/*"):
		end := strings.Index(s[2:], "*/")
		if end < 0 {
			return 0, protoBlank
		}
		return end + 4, protoBlank
	case strings.IndexByte(" \t\r\n\v\f", s[0]) >= 0:
		return 1, protoBlank
	case s[0] == '"' || s[0] == '\'':
		return protoString(s), protoText
	}
	n := 0
	for n < len(s) && isProtoWord(s[n]) {
		n++
	}
	return max(n, 1), protoText
}

func protoString(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			return 0
		case s[0]:
			return i + 1
		}
	}
	return 0
}

func isProtoWord(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
