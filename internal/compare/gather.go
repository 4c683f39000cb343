package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const (
	// errOrder means that rows do not come by subject and version, each once.
	errOrder = sentinel("the rows of GET /schemas are in no order")
	// errPrefix means that the server takes no notice of subjectPrefix.
	errPrefix = sentinel("the server ignores subjectPrefix in GET /schemas")
	// errOffset means that the server takes no notice of offset.
	errOffset = sentinel("the server ignores offset in GET /schemas")
	// errLost means that a version came twice, and another perhaps not at all.
	errLost = sentinel("GET /schemas lists versions twice")
)

// A part is what of a registry one listing is about: everything, or the
// subjects of one context that begin in one way.
type part struct {
	everything bool // of every context, as servers do that know ":*:"
	plain      bool // what the server sends when nothing is said about it
	context    string
	prefix     string
	byPath     bool // the server lists a context only below its own route
	alone      bool // the prefix is a subject, and others that begin with it are not meant
	subjects   int  // that it had when it was cut out
}

func (p part) query() registry.SchemaQuery {
	switch {
	case p.everything:
		return registry.SchemaQuery{Prefix: ":*:"}
	case p.plain:
		return registry.SchemaQuery{}
	case p.byPath && p.context != ".":
		return registry.SchemaQuery{Context: p.context, Prefix: p.prefix}
	}
	return registry.SchemaQuery{Prefix: qualify(p.context, p.prefix)}
}

func (p part) covers(subject string) bool {
	if p.everything || p.plain {
		return true
	}
	context, name := SplitSubject(subject)
	return context == p.context && strings.HasPrefix(name, p.prefix)
}

func (p part) String() string {
	if p.everything || p.plain {
		return "everything"
	}
	return strconv.Quote(qualify(p.context, p.prefix) + "*")
}

// A gatherer puts the rows of a listing that is in order together to subjects
// and hands each on when it is whole. The last one it keeps: more may follow.
type gatherer struct {
	part
	sink        sink
	rows        int
	subjects    int // begun
	first, last row
	versions    []held // of the last subject
	bulk        *bulk  // that all of them are in, if there is one
}

func (g *gatherer) add(r row) error {
	switch {
	case !g.covers(r.subject):
		return errPrefix
	case g.rows > 0 && g.last.compare(r) >= 0:
		return errOrder
	case g.last.subject != r.subject:
		g.flush()
		g.subjects++
		if g.bulk = r.bulk; g.bulk != nil {
			g.versions = g.bulk.list
		}
	case g.bulk != r.bulk:
		g.bulk = nil
	}
	if g.rows == 0 {
		g.first = r
	}
	g.versions = append(g.versions, r.held)
	g.last = r
	g.rows++
	return nil
}

// flush hands on the last subject.
func (g *gatherer) flush() {
	if len(g.versions) > 0 {
		g.sink.put(g.last.subject, kept{g.versions, g.bulk})
		g.versions, g.bulk = nil, nil
	}
}

// clone lets a page be read into what may have to be thrown away.
func (g *gatherer) clone() *gatherer {
	c := *g
	c.versions, c.bulk = slices.Clone(g.versions), nil // it may be put several times
	return &c
}

func shiftedAt(last row) error {
	return &movedError{fmt.Sprintf("the row of %q version %d moved between two pages of GET /schemas", last.subject, last.version)}
}
