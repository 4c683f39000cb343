package report

import (
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// pulse decides which progress is worth a line in a log: what tells something new, but the longer a wait lasts the more
// seldom, else one every so often.
type pulse struct {
	said time.Time
	step string // whose progress that was
}

func (u *pulse) due(p event.StepProgress, quiet time.Duration) bool {
	pause := min(p.Elapsed/20, quiet)
	if p.Repeated {
		pause = quiet
	}
	if u.step == p.ID && time.Since(u.said) < pause {
		return false
	}
	u.said, u.step = time.Now(), p.ID
	return true
}
