package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An edit puts text in the place of another, and leaves what stands around it as it is, comments too.
type edit struct {
	line, column int // where it begins, 1 for the first
	old, text    string
}

// write makes the runbook out of its template.
func (d *draft) write(src string) (string, error) {
	if first, rest, ok := strings.Cut(src, "\n"); ok && strings.HasPrefix(first, "# yaml-language-server:") {
		src = rest // its path is of the template's own folder
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		return "", err
	}
	root := doc.Content[0]
	var edits []edit
	put := func(value string, path ...string) error {
		n := under(root, path...)
		switch {
		case value == "":
			return nil
		case n == nil:
			return fmt.Errorf("the template %s has no %s; change it in the runbook", d.template, strings.Join(path, "."))
		}
		if given := under(n, "default"); given != nil {
			n = given
		}
		edits = append(edits, edit{n.Line, n.Column, written(n), strconv.Quote(value)})
		return nil
	}
	exporter := d.exporter
	if exporter == "" && under(root, "spec", "vars", "exporter") != nil {
		exporter = d.name
	}
	for _, one := range []error{
		put(d.name, "metadata", "name"), put(d.source, "spec", "vars", "source"), put(d.target, "spec", "vars", "target"),
		put(exporter, "spec", "vars", "exporter"),
	} {
		if one != nil {
			return "", one
		}
	}
	for i, side := range []string{"source", "target"} {
		if err := d.let(root, side, d.access[i], &edits); err != nil {
			return "", err
		}
	}
	return applied(src, edits)
}

// let gives a registry its credentials, where they are to be found.
func (d *draft) let(root *yaml.Node, side string, access initAccess, edits *[]edit) error {
	if access == (initAccess{}) {
		return nil
	}
	if access.username == "" || access.password == "" {
		return fmt.Errorf("--%s-username and --%s-password go together", side, side)
	}
	url := under(root, "spec", "registries", side, "url")
	if url == nil || under(root, "spec", "registries", side, "auth") != nil {
		return fmt.Errorf("the template %s has credentials of its own for %s; change them in the runbook", d.template, side)
	}
	user, err := place("--"+side+"-username", access.username)
	if err != nil {
		return err
	}
	password, err := place("--"+side+"-password", access.password)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\n%sauth: {basic: {username: %s, password: %s}}", written(url), strings.Repeat(" ", 6), user, password)
	*edits = append(*edits, edit{url.Line, url.Column, written(url), text})
	return nil
}

// place is env:NAME or file:PATH as a runbook has it.
func place(flag, text string) (string, error) {
	kind, name, ok := strings.Cut(text, ":")
	if !ok || name == "" || kind != "env" && kind != "file" {
		return "", fmt.Errorf("%s: write env:NAME or file:PATH; the value itself does not belong into a runbook or on a command line", flag)
	}
	return fmt.Sprintf("{%s: %s}", kind, strconv.Quote(name)), nil
}

// under is the value at a path of keys, nil where there is none.
func under(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var next *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return n
}

// written is a scalar of one line as it stands in the file.
func written(n *yaml.Node) string {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return `"` + n.Value + `"`
	case n.Style&yaml.SingleQuotedStyle != 0:
		return "'" + n.Value + "'"
	}
	return n.Value
}

// applied makes the edits, last one first, so that they do not move each other.
func applied(src string, edits []edit) (string, error) {
	lines := strings.Split(src, "\n")
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Or(b.line-a.line, b.column-a.column) })
	for _, e := range edits {
		line := lines[e.line-1]
		if !strings.HasPrefix(line[e.column-1:], e.old) {
			return "", fmt.Errorf("the template does not have %s where it was read", e.old)
		}
		lines[e.line-1] = line[:e.column-1] + e.text + line[e.column-1+len(e.old):]
	}
	return strings.Join(lines, "\n"), nil
}
