package compare

import "time"

// A course is how far the reading of one side has come. A nil one notes nothing.
type course struct {
	*meter
	rows, subjects int  // read in this pass
	before         int  // rows read in those before it
	named          int  // subjects that there are to read, once they are known
	behind         int  // passes that come after this one
	twice          bool // each subject's list is asked for once more behind them

	since    time.Time // when reading began, or went on otherwise
	from     int       // rows that were read by then
	finished int       // pages or subjects since
}

// pass begins to read all over again.
func (c *course) pass() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before += c.rows
	c.rows, c.subjects = 0, 0
	c.goesOn()
}

// goesOn forgets how fast it went, because from now on it goes in another way.
func (c *course) goesOn() { c.since, c.from, c.finished = time.Now(), c.rows, 0 }

// next is the pass that was behind.
func (c *course) next() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind--
}

// knows how many subjects there are; one by one is how they are read, or in the listing.
func (c *course) knows(subjects int, oneByOne bool) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.named, c.twice = subjects, oneByOne
	c.goesOn()
}

// read adds what came; less than nothing is what has to come again, or came before.
func (c *course) read(rows, subjects int) {
	if c == nil || rows == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows, c.subjects = c.rows+rows, c.subjects+subjects
	c.tell(c.reading(time.Now()))
}

// finish notes that a page or a subject is there as a whole.
func (c *course) finish() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished++
}

// left is how many rows are still to be read, about; false while nobody knows.
func (c *course) left() (int, bool) {
	if c.named == 0 || c.subjects == 0 {
		return 0, false
	}
	all := float64(c.rows) * max(float64(c.named)/float64(c.subjects), 1)
	return int(all) - c.rows + c.behind*int(all), true
}

// soon is too little time to say how fast something goes.
const soon = time.Second

// rate is how many rows come in a second.
func (c *course) rate(now time.Time) float64 {
	took := now.Sub(c.since)
	if took < soon {
		return 0
	}
	return float64(c.rows-c.from) / took.Seconds()
}

// lasts is how long the rows that are left take; 0 while too little was read to tell. The first pages
// come late, because many are under way at once.
func (c *course) lasts(left int, now time.Time) time.Duration {
	rate := c.rate(now)
	if rate <= 0 || c.finished < 2*concurrency && 3*c.subjects < c.named {
		return 0
	}
	rows := float64(left)
	if c.twice { // a request more, where a subject takes one and one a row
		perSubject := float64(c.rows) / float64(c.subjects)
		rows += float64(c.named) * perSubject / (1 + perSubject)
	}
	return time.Duration(rows / rate * float64(time.Second))
}

// A pageCount counts the rows of a page as they come.
type pageCount struct {
	*course
	last                         string
	rows, subjects, told, toldOf int
}

// many is after how many rows of a page it is told.
const many = 500

// begin forgets what came of an attempt that failed.
func (p *pageCount) begin() {
	p.read(-p.told, -p.toldOf)
	*p = pageCount{course: p.course}
}

func (p *pageCount) add(subject string) {
	if p.rows++; subject != p.last {
		p.last = subject
		p.subjects++
	}
	if p.rows-p.told == many {
		p.flush()
	}
}

func (p *pageCount) flush() {
	p.read(p.rows-p.told, p.subjects-p.toldOf)
	p.told, p.toldOf = p.rows, p.subjects
}
