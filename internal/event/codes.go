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
		{Code: "SRM020", Says: "an exporter in dialect guide needs IMPORT, and no earlier step sets it"},
		{Code: "SRM021", Says: "contextType AUTO puts a context of the server's making in front of every subject"},
		{Code: "SRM022", Says: "several contexts become one, where ids may collide"},
		{Code: "SRM023", Says: "the pattern * leaves out contexts that have subjects"},
		{Code: "SRM024", Says: "the exporter's config has a key that no server is known to read"},
		{Code: "SRM025", Says: "the exporter's config names a source of credentials and lacks the credentials"},
		{
			Code: "SRM030", Says: "a file that a step writes has no place to stand",
			Firm: "the step would fail when its turn comes; do what the finding says",
		},
	}
}
