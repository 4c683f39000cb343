package compare

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// A Progress is how far a comparison has come: with reading the versions of
// both sides and, after that, with the settings of places.
type Progress struct {
	What string        // Versions or Settings
	Done int           // of both sides together
	Of   int           // how many there are; 0 while nobody knows, and of versions about
	Rate float64       // a second
	Left time.Duration // about, until the comparison ends; 0 while nobody knows
}

// String says all of it, such as "12,000 of about 40,000 versions read, 5,400/s,
// about 5s left".
func (p Progress) String() string {
	parts := []string{p.Text()}
	if p.Rate >= 1 {
		parts = append(parts, commas(int(p.Rate))+"/s")
	}
	if p.Left > 0 {
		parts = append(parts, "about "+p.Left.String()+" left")
	}
	return strings.Join(parts, ", ")
}

// Text says how much is done.
func (p Progress) Text() string {
	of := ""
	if p.Of > 0 {
		of = " of " + commas(p.Of)
	}
	if p.What == Settings {
		return fmt.Sprintf("%s%s settings compared", commas(p.Done), of)
	}
	return fmt.Sprintf("%s%s versions read", commas(p.Done), strings.Replace(of, "of", "of about", 1))
}

// rounded is what an estimate is worth.
func rounded(d time.Duration) time.Duration {
	switch {
	case d < time.Minute:
		return d.Round(time.Second)
	case d < 10*time.Minute:
		return d.Round(10 * time.Second)
	}
	return d.Round(time.Minute)
}

// What a comparison has to do with.
const (
	Versions = "versions"
	Settings = "settings" // compatibility and modes
)

// A meter tells how far a comparison has come.
type meter struct {
	tell func(Progress)
	more bool // settings come after the versions

	mu       sync.Mutex
	courses  []*course
	settings Progress
	begun    time.Time // the settings
}

func newMeter(tell func(Progress), more bool) *meter { return &meter{tell: tell, more: more} }

func (m *meter) course(behind int) *course {
	c := &course{meter: m, behind: behind, since: time.Now()}
	m.courses = append(m.courses, c)
	return c
}

// reading is as far as both sides have come. The slower one says how long it takes.
func (m *meter) reading(now time.Time) Progress {
	p, left, known := Progress{What: Versions}, 0, true
	for _, c := range m.courses {
		p.Done += c.before + c.rows
		p.Rate += c.rate(now)
		rows, knows := c.left()
		left, known = left+rows, known && knows
		p.Left = max(p.Left, c.lasts(rows, now))
		if rows > 0 && c.lasts(rows, now) == 0 {
			known = false
		}
	}
	if left > 0 && known {
		p.Of = p.Done + left
	}
	if p.Left = rounded(p.Left); p.Of == 0 || m.more {
		p.Left = 0
	}
	return p
}

// setting tells that one more of so many places was asked for its setting.
func (m *meter) setting(of int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, now := &m.settings, time.Now()
	if p.Of == 0 {
		p.What, p.Of, m.begun = Settings, of, now
	}
	p.Done++
	if took := now.Sub(m.begun); took >= soon {
		p.Rate = float64(p.Done) / took.Seconds()
		p.Left = rounded(time.Duration(float64(p.Of-p.Done) / p.Rate * float64(time.Second)))
	}
	m.tell(*p)
}
