package runbook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxMatrixFile is enough for 10,000 rows of some length.
const maxMatrixFile = 4 << 20

// fileRows reads the file that has the rows.
func (l *loader) fileRows(n *node) []*row {
	named, ok := n.str()
	if !ok || named == "" || !n.sound() {
		l.report(n, "file must be the path of a list of rows, such as registries.csv; got %s", n.show())
		return nil
	}
	read, known := map[string]func(string, []byte) []*row{
		".csv": l.csvRows, ".yaml": l.yamlRows, ".yml": l.yamlRows, ".json": l.yamlRows,
	}[strings.ToLower(filepath.Ext(named))]
	if !known {
		l.report(n, "file %s: its name must end in .csv, .yaml, .yml or .json", quote(named))
		return nil
	}
	text, err := l.readFile(named, maxMatrixFile)
	if err != nil {
		l.report(n, "%v", err)
		return nil
	}
	path := named
	if !filepath.IsAbs(named) {
		path = filepath.Join(l.folder(), named)
	}
	src := bytes.TrimPrefix([]byte(text), byteOrderMark)
	if at, message := illegible(src); message != "" && (at.line > 1 || !strings.HasSuffix(path, ".json")) {
		l.addTo(path, at, "%s", message)
		return nil
	}
	before := len(l.found)
	rows := read(path, src)
	if len(rows) == 0 && len(l.found) == before {
		l.addTo(path, place{1, 1}, "the file has no rows")
	}
	return rows
}

// yamlRows reads a list of mappings; JSON is YAML.
func (l *loader) yamlRows(path string, src []byte) []*row {
	sub := newLoader(path, src, Options{}, l.set)
	doc, at, message := parseAs(src, yaml.SequenceNode, "list of rows", "the file of a matrix is a list of rows, such as - {name: eu}")
	if message != "" {
		l.addTo(path, at, "%s", message)
		return nil
	}
	root := sub.tree(doc)
	if root != nil {
		sub.scalars(root)
	}
	for _, f := range sub.found {
		l.addTo(path, f.at, "%s", f.message)
	}
	if root == nil || len(sub.found) > 0 {
		return nil
	}
	return l.readRows(path, root.items)
}

// csvRows reads a table with a header. A field that is empty is a value that the row does not have.
func (l *loader) csvRows(path string, src []byte) (rows []*row) {
	r := csv.NewReader(bytes.NewReader(src))
	r.TrimLeadingSpace, r.Comment = true, '#'
	head, err := r.Read()
	if err != nil {
		l.csvProblem(path, err)
		return nil
	}
	if !l.csvHead(path, r, head) {
		return nil
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			l.csvProblem(path, err)
			return nil
		}
		line, col := r.FieldPos(0)
		made := &row{file: path, at: place{line, col}, values: map[string]any{}, loose: true}
		for i, text := range fields {
			line, col := r.FieldPos(i)
			n := &node{value: strings.TrimSpace(text), at: place{line, col}}
			if n.value != "" && l.usableValue(path, head[i], n) {
				made.set(head[i], n.value)
			}
		}
		if len(made.keys) == 0 {
			l.addTo(path, made.at, "a row without a value")
		}
		rows = append(rows, made)
	}
}

// csvHead looks at the names of the columns.
func (l *loader) csvHead(path string, r *csv.Reader, head []string) bool {
	before := len(l.found)
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
		line, col := r.FieldPos(i)
		if slices.Contains(head[:i], head[i]) {
			l.addTo(path, place{line, col}, "a second column %s", quote(head[i]))
			continue
		}
		l.usableKey(path, head[i], place{line, col})
	}
	return len(l.found) == before
}

func (l *loader) csvProblem(path string, err error) {
	at, message := place{1, 1}, err.Error()
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		at, message = place{max(e.Line, 1), max(e.Column, 1)}, e.Err.Error()
		if errors.Is(e.Err, csv.ErrFieldCount) {
			message = "the row has another number of fields than the first line"
		}
	}
	if errors.Is(err, io.EOF) {
		message = "the file is empty: its first line has the names of the columns, such as name,url"
	}
	l.addTo(path, at, "not CSV: %s", strings.ToValidUTF8(message, string(utf8.RuneError)))
}
