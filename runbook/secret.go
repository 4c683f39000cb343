package runbook

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const maxSecret = 64 << 10

// resolveSecrets replaces {env: NAME} and {file: PATH} by what they stand for, in every field whose schema says
// "x-secret".
func (l *loader) resolveSecrets(n *node) {
	if n == nil {
		return
	}
	if n.kind == mapping && n.shape.mark("x-secret") && !container(n.shape) {
		l.resolveSecret(n)
		return
	}
	for _, item := range n.items {
		l.resolveSecrets(item)
	}
	for _, f := range n.fields {
		l.resolveSecrets(f.value)
	}
	if n.step != nil {
		l.resolveSecrets(n.step.params)
	}
}

// container reports whether a mapping of this shape holds secrets under keys of its own.
func container(s shape) bool {
	if names, _ := s.names(); len(names) > 0 {
		return false
	}
	_, schema := s.m["additionalProperties"].(map[string]any)
	return schema || s.m["additionalProperties"] == true
}

// resolveSecret makes a scalar of the mapping, whatever is found: it is open until the value is known.
func (l *loader) resolveSecret(n *node) {
	fields := n.fields
	n.kind, n.fields, n.edited, n.open = scalar, nil, true, true
	n.value = plausibleText(n.shape)
	if n.lost && len(fields) == 0 {
		n.bad = true
		return
	}
	if len(fields) != 1 || fields[0].key != "env" && fields[0].key != "file" {
		l.report(n, "takes one of {env: NAME} and {file: PATH}, or the text itself")
		return
	}
	of, ok := fields[0].value.str()
	if !ok || of == "" {
		l.report(fields[0].value, "%s must be text; got %s", fields[0].key, fields[0].value.show())
		n.bad = true
		return
	}
	if !fields[0].value.sound() {
		n.bad = true
		return
	}
	l.readSecret(n, fields[0].key, of)
}

func (l *loader) readSecret(n *node, how, of string) {
	n.shell = l.shellWord(how, of)
	n.origin = how + ":" + of
	var text string
	var err error
	if how == "env" {
		text, err = l.secretEnv(of)
	} else if !l.o.Lax {
		text, err = l.readLine(of)
	}
	if l.o.Lax && (err != nil || text == "") {
		return
	}
	if err != nil {
		l.report(n, "%v", err)
		return
	}
	n.value, n.open = text, false
}

func (l *loader) secretEnv(name string) (string, error) {
	text, ok := l.getenv(name)
	if !ok {
		return "", fmt.Errorf("environment variable %s is not set: set it", name)
	}
	return text, nil
}

// readLine reads a file that holds one value, without the line break at its end.
func (l *loader) readLine(named string) (string, error) {
	text, err := l.readFile(named, maxSecret)
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), err
}

// readFile reads a file of at most so many bytes. Named is its path as the runbook has it.
func (l *loader) readFile(named string, most int64) (string, error) {
	path := named
	if !filepath.IsAbs(named) {
		path = filepath.Join(l.folder(), named)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("file %s: %w", quote(named), cause(err))
	case info.IsDir():
		return "", fmt.Errorf("file %s is a folder: name the file that holds the value", quote(named))
	case info.Size() > most:
		return "", fmt.Errorf("file %s has %d bytes: at most %d are read", quote(named), info.Size(), most)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("file %s: %w", quote(named), cause(err))
	}
	return string(raw), nil
}

// cause leaves out the path, which depends on the working directory.
func cause(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}
