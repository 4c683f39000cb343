package event

// Code is what a kind of finding is known by, in runbooks, pipelines and documents. It never changes its meaning.
type Code struct {
	Code     string
	Says     string // what it finds, in a line; the title of its page in docs/lint
	Severity string // error or warning
	// Live says that it takes the registries to tell; what the runbook alone tells of it, validate tells as well.
	Live bool
	// Cells says that it is about several cells of a matrix together, so that a run of one cannot tell.
	Cells bool
	// Firm says why no runbook may allow it, and what to do instead; "" where one may.
	Firm string
}

// Unused is the code of an allow that allows nothing.
const Unused = "SRM090"

// CellsMeet is the code of cells that would write over each other.
const CellsMeet = "SRM015"

// Literal is the code of a secret that stands in a runbook.
const Literal = "SRM050"

// Codes are all codes of this program, in order. What is found under any other code cannot be allowed.
func Codes() []Code {
	all := registryCodes()
	all = append(all, exporterCodes()...)
	all = append(all, orderCodes()...)
	all = append(all, fileCodes()...)
	all = append(all, readyCodes()...)
	return append(all, Code{Code: Unused, Severity: "warning", Live: true, Says: "an allow allows nothing"})
}

// registryCodes are about what is on the registries already.
func registryCodes() []Code {
	const refused = "a registry refuses it; do what the finding says"
	return []Code{
		{
			Code: "SRM001", Severity: "error", Live: true,
			Says: "an exporter or IMPORT is there already, so an earlier run's state may be missing",
			Firm: "what a runbook allows stays allowed, also on the day when a state is really lost; do what the finding says",
		},
		{Code: "SRM002", Severity: "error", Live: true, Says: "IMPORT would be refused over live subjects", Firm: refused},
		{Code: "SRM003", Severity: "error", Live: true, Says: "IMPORT would purge soft-deleted versions"},
		{Code: "SRM004", Severity: "error", Live: true, Says: "source and target are one registry"},
		{Code: "SRM005", Severity: "error", Live: true, Says: "an exporter would write into a context that it reads"},
		{Code: "SRM006", Severity: "warning", Live: true, Says: "both registries use the same ids, or soon will"},
		{Code: "SRM007", Severity: "warning", Live: true, Says: "IMPORT stays below the place that is opened"},
		{
			Code: "SRM010", Severity: "error", Live: true,
			Says: "an import would overwrite versions of the target that have other content, or purge them",
		},
		{
			Code: "SRM011", Severity: "error", Live: true, Says: "a copy meets other content where it would write",
			Firm: "a copy never writes over other content; do what the finding says",
		},
		{
			Code: "SRM012", Severity: "error", Live: true, Says: "a version to be copied refers to something that the target will not have",
			Firm: "the registry would refuse it, in the middle of the copy; do what the finding says",
		},
		{Code: "SRM013", Severity: "error", Live: true, Says: "versions would be deleted that this run did not create"},
		{
			Code: "SRM014", Severity: "error", Live: true, Says: "more would be deleted than was meant, or what others need",
			Firm: "the step itself says how much is meant, and the registry refuses the rest; do what the finding says",
		},
		{Code: CellsMeet, Severity: "error", Live: true, Cells: true, Says: "cells of a matrix would write over each other on one target"},
	}
}

// exporterCodes are about what an exporter is told to do.
func exporterCodes() []Code {
	return []Code{
		{Code: "SRM020", Severity: "error", Live: true, Says: "an exporter in dialect guide needs IMPORT, and no earlier step sets it"},
		{Code: "SRM021", Severity: "warning", Live: true, Says: "contextType AUTO puts a context of the server's making in front of every subject"},
		{Code: "SRM022", Severity: "warning", Live: true, Says: "several contexts become one, where ids collide"},
		{Code: "SRM023", Severity: "warning", Live: true, Says: "the pattern * leaves out contexts that have subjects"},
		{Code: "SRM024", Severity: "warning", Live: true, Says: "the exporter's config has a key that no server is known to read"},
		{Code: "SRM025", Severity: "error", Live: true, Says: "the exporter's config names credentials and a source of them that do not go together"},
		{Code: "SRM026", Severity: "warning", Says: "the exporter's config says nothing of TLS, and the target has certificates of its own"},
	}
}

// orderCodes are about steps, and the order in which they stand.
func orderCodes() []Code {
	return []Code{
		{
			Code: "SRM030", Severity: "error", Live: true, Says: "a file that a step writes has no place to stand",
			Firm: "the step would fail when its turn comes; do what the finding says",
		},
		{Code: "SRM040", Severity: "warning", Says: "clients move although the source was not frozen"},
		{Code: "SRM041", Severity: "warning", Says: "a freeze stays when the run fails"},
		{Code: "SRM042", Severity: "warning", Says: "an approval behind a freeze waits without end"},
		{Code: "SRM043", Severity: "warning", Says: "nothing proves what was copied last"},
		{Code: "SRM044", Severity: "warning", Says: "a wait has no timeout"},
		{Code: "SRM045", Severity: "warning", Says: "a step that could be undone is not"},
		{Code: "SRM046", Severity: "warning", Says: "a step needs an exporter that an earlier step deletes"},
		{Code: "SRM047", Severity: "error", Live: true, Says: "a step is about an exporter that is not there"},
		{Code: "SRM048", Severity: "warning", Says: "an exporter that the run makes stays, while another one is deleted"},
		{Code: "SRM049", Severity: "warning", Live: true, Says: "a target is READONLY again after the copy, as it was before"},
	}
}

// fileCodes are about what stands in the file.
func fileCodes() []Code {
	return []Code{
		{Code: Literal, Severity: "warning", Says: "a secret stands in the runbook"},
		{Code: "SRM051", Severity: "warning", Says: "credentials go over plain HTTP"},
		{Code: "SRM052", Severity: "warning", Says: "TLS does not verify whom it talks to"},
	}
}

// readyCodes are about whether two registries are ready for a migration.
func readyCodes() []Code {
	return []Code{
		{Code: "SRM060", Severity: "error", Live: true, Says: "credentials may not read what a migration has to look at"},
		{
			Code: "SRM061", Severity: "error", Live: true, Says: "the source has no exporters, and a step needs one",
			Firm: "no exporter can be made there; do what the finding says",
		},
		{Code: "SRM062", Severity: "error", Live: true, Says: "the target has no contexts, and copies would go to some"},
		{
			Code: "SRM063", Severity: "error", Live: true, Says: "the target has no modes, so nothing can come there under its id",
			Firm: "nothing can be let in there under its id and version; do what the finding says",
		},
		{Code: "SRM064", Severity: "warning", Live: true, Says: "the target is too old for what the source may hold"},
		{Code: "SRM065", Severity: "warning", Live: true, Says: "a canary has nothing to be of, and proves nothing"},
		{Code: "SRM066", Severity: "warning", Says: "a canary of an exporter is asked for, and no later step makes one"},
		{Code: "SRM067", Severity: "error", Live: true, Says: "a canary goes to a registry that an exporter copies on"},
	}
}
