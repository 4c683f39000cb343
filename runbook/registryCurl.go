package runbook

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// curl is how a person calls curl on the registry: with the credentials that the runbook names, through a pipe, so that
// they stand neither here nor in a list of processes.
func (l *loader) curl(r Registry, n *node) string {
	var c config
	switch auth := n.get("auth"); {
	case auth.get("basic") != nil:
		basic := auth.get("basic")
		c.line(`user = %s:%s`, username(r, basic.get("username")), secretWord(r, basic.get("password"), "PASSWORD"))
	case auth.get("bearer") != nil:
		c.line(`header = Authorization: Bearer %s`, secretWord(r, auth.get("bearer").get("token"), "TOKEN"))
	case auth.get("oauth") != nil:
		c.line(`header = Authorization: Bearer %s`, secretWord(r, nil, "TOKEN"))
	}
	for _, h := range [][2]string{{"target-sr-cluster", r.LogicalCluster}, {"Confluent-Identity-Pool-Id", r.IdentityPool}} {
		if h[1] != "" {
			c.line(`header = `+h[0]+`: %s`, shellQuote(h[1]))
		}
	}
	if store := n.get("tls").get("keystore"); store != nil {
		c.line(`pass = %s`, secretWord(r, store.get("password"), "KEYSTORE_PASSWORD"))
	}
	if n.get("tls").get("keyPassword") != nil {
		c.line(`pass = %s`, secretWord(r, n.get("tls").get("keyPassword"), "KEY_PASSWORD"))
	}
	for _, f := range n.get("headers").keys() {
		c.line(`header = `+strings.ReplaceAll(f.key, "%", "%%")+`: %s`, secretWord(r, f.value, f.key))
	}
	command := "curl" + l.curlTLS(n.get("tls"))
	if len(c.lines) == 0 {
		return command
	}
	return "printf " + shellQuote(strings.Join(c.lines, `\n`)+`\n`) + " " + strings.Join(c.words, " ") + " | " + inQuotes + " | " + command + " -K -"
}

// inQuotes makes what stands behind the first = of each line a value of curl's: there a quote or a backslash has one before
// it, and without quotes a value would end at the first space.
const inQuotes = `sed 's/["\\]/\\&/g; s/ = \(.*\)/ = "\1"/'`

// config is what curl reads from its standard input, as printf makes it of words of the shell.
type config struct{ lines, words []string }

func (c *config) line(format string, words ...string) {
	c.lines, c.words = append(c.lines, format), append(c.words, words...)
}

// username may be shown where it is written out.
func username(r Registry, n *node) string {
	if n == nil || n.shell == "" && !n.open && !n.edited {
		return shellQuote(r.Username)
	}
	return secretWord(r, n, "USER")
}

// secretWord gives a secret to a command without showing it. One that is written out, or made of several parts, has
// no name: whoever types the command sets a variable.
func secretWord(r Registry, n *node, what string) string {
	if n != nil && n.shell != "" {
		return n.shell
	}
	name := strings.Map(func(c rune) rune {
		if c < 128 && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return unicode.ToUpper(c)
		}
		return '_'
	}, r.Name+"_"+what)
	return `"$` + name + `"`
}

// shellWord gives what {env: NAME} and {file: PATH} stand for.
func (l *loader) shellWord(how, of string) string {
	switch {
	case how == "file":
		return `"$(cat ` + shellQuote(l.fromHere(of)) + `)"`
	case strings.ContainsFunc(of, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }):
		return "" // no shell has such a variable
	}
	return `"$` + of + `"`
}

func (l *loader) fromHere(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.folder(), path)
}

// curlTLS are the options for the files that tls names.
func (l *loader) curlTLS(n *node) string {
	options := ""
	for _, o := range [][2]string{{"ca", "--cacert"}, {"cert", "--cert"}, {"key", "--key"}} {
		if path := plain(n.get(o[0])); path != "" && n.get(o[0]).shell == "" {
			options += " " + o[1] + " " + shellQuote(l.fromHere(path))
		}
	}
	if path := plain(n.get("keystore").get("path")); path != "" {
		options += " --cert-type P12 --cert " + shellQuote(l.fromHere(path))
	}
	if s := n.get("insecureSkipVerify"); s != nil && s.value == true {
		options += " --insecure"
	}
	return options
}

// shellQuote makes one word of s for a shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || slices.Contains([]rune(":/._-@+"), r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
