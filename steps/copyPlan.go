package steps

import (
	"fmt"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// copyTask is one request of a copy: a version is registered, or soft-deleted.
type copyTask struct {
	*compare.Wanted
	withdraw bool
	waits    int         // for so many others
	next     []*copyTask // that wait for this one
}

func (c *copyTask) String() string { return fmt.Sprintf("%s version %d", c.Subject, c.Version) }

// after makes a task wait for another one, if there are both.
func (c *copyTask) after(first *copyTask) {
	if c == nil || first == nil || first == c {
		return
	}
	first.next = append(first.next, c)
	c.waits++
}

// copyPlan orders what is left, so that each request finds what it needs.
type copyPlan struct {
	t              *compare.Transfer
	sends, deletes map[compare.Key]*copyTask
	all            []*copyTask
}

func planCopy(t *compare.Transfer) *copyPlan {
	p := &copyPlan{t: t, sends: map[compare.Key]*copyTask{}, deletes: map[compare.Key]*copyTask{}}
	left := t.Left()
	for _, w := range left {
		if !w.There {
			p.sends[w.Key] = p.add(&copyTask{Wanted: w})
		}
		if w.Withdraw {
			p.deletes[w.Key] = p.add(&copyTask{Wanted: w, withdraw: true})
		}
	}
	p.bySubject(left)
	for _, w := range left {
		for _, k := range w.References {
			p.refers(w, p.meant(w, k))
		}
	}
	return p
}

func (p *copyPlan) add(c *copyTask) *copyTask {
	p.all = append(p.all, c)
	return c
}

// bySubject has a version wait for the lower ones of its subject, and its deletion for the higher ones that have the same
// id: a server purges what is soft-deleted when its id comes again.
func (p *copyPlan) bySubject(left []*compare.Wanted) {
	var last *copyTask
	ids := map[int][]*copyTask{}
	for _, w := range left {
		if last != nil && last.Subject != w.Subject {
			last = nil
			clear(ids)
		}
		p.deletes[w.Key].after(p.sends[w.Key])
		if d := p.deletes[w.Key]; d != nil {
			ids[w.ID] = append(ids[w.ID], d)
		}
		send := p.sends[w.Key]
		if send == nil {
			continue
		}
		send.after(last)
		for _, d := range ids[w.ID] {
			if d.Version < w.Version {
				d.after(send)
			}
		}
		last = send
	}
}

// refers has a version come after what it refers to, and go before it. What refers to a soft-deleted version and is live
// came when that was deleted already, since nothing lets one be deleted that is in use; so it is here.
func (p *copyPlan) refers(w *compare.Wanted, to compare.Key) {
	p.sends[w.Key].after(p.sends[to])
	p.deletes[to].after(p.deletes[w.Key])
	if !w.Deleted {
		p.sends[w.Key].after(p.deletes[to])
	}
}

// meant is the version that a reference to the latest one stands for.
func (p *copyPlan) meant(w *compare.Wanted, k compare.Key) compare.Key {
	if latest := p.t.Latest(k.Subject); k.Version == 0 && latest != nil && k.Subject != w.Subject {
		return latest.Key
	}
	return k
}

// ready are the tasks that wait for nothing.
func (p *copyPlan) ready() (list []*copyTask) {
	for _, c := range p.all {
		if c.waits == 0 {
			list = append(list, c)
		}
	}
	return list
}

// circle names tasks that wait for each other; none where every one's turn comes.
func (p *copyPlan) circle() (names []string) {
	waits, ready := map[*copyTask]int{}, p.ready()
	for _, c := range p.all {
		waits[c] = c.waits
	}
	for len(ready) > 0 {
		c := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		delete(waits, c)
		for _, n := range c.next {
			if waits[n]--; waits[n] == 0 {
				ready = append(ready, n)
			}
		}
	}
	for _, c := range p.all {
		if _, stuck := waits[c]; stuck {
			names = append(names, c.String())
		}
	}
	return names
}
