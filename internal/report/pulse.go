package report

import (
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// pulse decides which progress is worth a line in a log: what tells something new, else one every so often.
type pulse struct {
	said time.Time
	step string // whose progress that was
}

func (u *pulse) due(p event.StepProgress, quiet time.Duration) bool {
	if p.Repeated && u.step == p.ID && time.Since(u.said) < quiet {
		return false
	}
	u.said, u.step = time.Now(), p.ID
	return true
}
