package compare

import "github.com/srmigrate/srmigrate/internal/registry"

// A page makes what is kept of its rows. It looks at what the other side has of
// the same subjects, if that came first: what is the same as there is not kept
// again, and its text not even gone through.
type page struct {
	*reader
	namer
	bulk  *bulk
	other kept
	nth   int // of the other side's versions, where the next are
}

// turn is called for each row, and does something for each subject.
func (p *page) turn(subject string) {
	if subject == p.last {
		return
	}
	p.name(subject)
	size := 2 << 10
	if p.bulk != nil && p.other.bulk == nil {
		size = len(p.bulk.raw) + len(p.bulk.raw)/4 // subjects are like their neighbours
	}
	p.nth, p.other, p.bulk = 0, kept{}, p.holder.bulk(size)
	if p.bulk == nil {
		return
	}
	p.other = p.sink.lend(p.spelt, p.bulk)
}

// like returns the other side's version, nil if there is none.
func (p *page) like(version int) *held {
	for p.nth < len(p.other.list) && p.other.list[p.nth].version < version {
		p.nth++
	}
	if p.nth < len(p.other.list) && p.other.list[p.nth].version == version {
		return &p.other.list[p.nth]
	}
	return nil
}

// expect returns the text that the other side has of a version.
func (p *page) expect(subject string, version int) []byte {
	p.turn(subject)
	if v := p.like(version); v != nil {
		return v.raw[v.head:]
	}
	return nil
}

func (p *page) row(v *registry.Row) row {
	p.turn(v.Subject)
	return row{p.spelt, p.holder.hold(p.spelt, v, p.bulk, p.like(v.Version)), p.bulk}
}

// A namer spells the subjects of rows in the one way that is compared.
type namer struct {
	part
	last, spelt string
}

func (n *namer) name(subject string) string {
	if subject == n.last {
		return n.spelt
	}
	n.last, n.spelt = subject, bare(subject)
	if context, name := SplitSubject(subject); n.byPath && context == "." {
		n.spelt = qualify(n.context, name)
	}
	return n.spelt
}
