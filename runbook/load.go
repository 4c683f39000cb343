package runbook

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// loader carries one file through its stages.
type loader struct {
	file   string
	src    []byte
	o      Options
	set    *typeSet
	types  []string // of steps
	found  []found
	unsaid int // problems beyond maxProblems
	root   *node
	vars   map[string]*variable
	names  []string // of the vars, in file order
	cell   *Cell    // of a runbook with a matrix, nil elsewhere
	lines  [][]byte // of src, once needed
	split  struct { // one of them, in characters
		number int
		runes  []rune
	}
}

func load(file string, src []byte, o Options, set *typeSet) (rb *Runbook, problems []Problem) {
	defer func() {
		if r := recover(); r != nil {
			rb, problems = nil, bug(file, r)
		}
	}()
	l := newLoader(file, src, o, set)
	rb = l.run()
	if len(l.found) > 0 {
		return nil, l.problems()
	}
	return rb, nil
}

func newLoader(file string, src []byte, o Options, set *typeSet) *loader {
	return &loader{file: file, src: bytes.TrimPrefix(src, byteOrderMark), o: o, set: set, types: set.types(), vars: map[string]*variable{}}
}

// bug is what a user sees of a panic.
func bug(file string, r any) []Problem {
	return []Problem{{File: file, Line: 1, Col: 1, Message: fmt.Sprintf("internal error: %v; please report it with the file", r)}}
}

// run takes the file through all stages. A stage goes on after problems with what could be read.
func (l *loader) run() *Runbook {
	if !l.read() {
		return nil
	}
	if f := l.root.get("spec").field("matrix"); f != nil {
		l.add(nil, f.at, "the runbook has a matrix: it is read for one cell at a time")
		return nil
	}
	c := l.prepare()
	return l.finish(c)
}

// prepare is what does not depend on a cell.
func (l *loader) prepare() *contract {
	c, err := document()
	if err != nil {
		panic(err) // a test compiles it
	}
	l.walk(l.root, c.shape())
	l.hideDefaults()
	l.scalars(l.root)
	return c
}

func (l *loader) finish(c *contract) *Runbook {
	l.putIntoVars()
	l.declareVars()
	l.noteVars()
	l.substituteAll()
	l.stage()
	l.resolveSecrets(l.root)
	l.judge(l.root, c, "the runbook")
	return l.assemble()
}

// read turns the bytes into nodes; false when nothing more can be said about the file.
func (l *loader) read() bool {
	if at, message := unreadable(l.src); message != "" {
		l.add(nil, at, "%s", message)
		return false
	}
	doc, at, message := parseYAML(l.src)
	if message != "" {
		l.add(nil, at, "%s", message)
		return false
	}
	if l.root = l.tree(doc); l.root != nil && l.o.Registries {
		l.alone()
	}
	return l.root != nil
}

// folder is where relative paths of the runbook begin.
func (l *loader) folder() string { return folder(l.file) }

func folder(file string) string {
	if file == "-" {
		return "."
	}
	return filepath.Dir(file)
}
