package event

// Code is what a kind of finding is known by, in runbooks, pipelines and documents. It never changes its meaning.
type Code struct {
	Code string
	Says string // what it finds, in a line
	// Firm says why no runbook may allow it, and what to do instead; "" where one may.
	Firm string
}

// Codes are all codes of this program, in order. What is found under any other code cannot be allowed.
func Codes() []Code {
	return []Code{
		{
			Code: "SRM001", Says: "an exporter or IMPORT is there already, so an earlier run's state may be missing",
			Firm: "what a runbook allows stays allowed, also on the day when a state is really lost; do what the finding says",
		},
		{
			Code: "SRM002", Says: "IMPORT would be refused over live subjects, or purge soft-deleted ones",
			Firm: "a registry refuses it, or takes versions away for good; do what the finding says",
		},
	}
}
