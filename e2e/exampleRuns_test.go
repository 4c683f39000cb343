package e2e

import (
	"bytes"
	"net/http"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const onGuide = sandbox.ProfileGuide

// exampleRuns are all examples but those of one step, which have scripts.
var exampleRuns = []example{
	{file: "quickstart.yaml", copies: mirror, modes: modes{}, frozen: closed},
	{file: "cutover.yaml", copies: mirror, modes: modes{}, frozen: closed, rejects: "move-clients"},
	{
		file: "several-sources.yaml", before: another, copies: prefixed(".first"), second: prefixed(".second"), modes: modes{},
		frozen: closed, middle: closed, rejects: "move-clients",
	},
	{
		file: "fleet.yaml", before: fleetOf, cells: []string{"payments", "search"}, copies: prefixed(".payments"), second: prefixed(".search"),
		modes: modes{}, frozen: closed, middle: closed,
	},
	{file: "confluent-cloud.yaml", vars: []string{"rate=1000"}, copies: mirror, modes: modes{}, frozen: closed, rejects: "move-clients"},
	{file: "without-exporter.yaml", copies: mirror, modes: modes{}, frozen: closed, rejects: "move-clients"},
	{
		file: "without-exporter.yaml", profile: sandbox.ProfileCommunity, copies: mirror, modes: modes{}, frozen: closed,
		rejects: "move-clients",
	},
	{
		file: "rotate-credentials.yaml", before: rotated, copies: mirror,
		modes: modes{"": "IMPORT", ":.legacy:": "IMPORT", ":.payments:": "IMPORT"}, left: running,
	},
	{file: "guide/quickstart.yaml", copies: generated, modes: modes{}, frozen: closed},
	{file: "guide/quickstart.yaml", profile: onGuide, copies: mirror, modes: modes{}, frozen: modes{"": "READONLY"}},
	{file: "guide/01-procedure.yaml", copies: generated, modes: open(inGenerated), rejects: "move-clients"},
	{file: "guide/01-procedure.yaml", profile: onGuide, copies: mirror, modes: open(), rejects: "move-clients"},
	{file: "guide/02-procedure-basic-auth.yaml", copies: generated, modes: open(inGenerated), rejects: "move-clients"},
	{file: "guide/02-procedure-basic-auth.yaml", profile: onGuide, copies: mirror, modes: open(), rejects: "move-clients"},
	{file: "guide/03-procedure-tls.yaml", copies: generated, modes: open(inGenerated), rejects: "move-clients"},
	{file: "guide/03-procedure-tls.yaml", profile: onGuide, copies: mirror, modes: open(), rejects: "move-clients"},
	{file: "guide/04-context-auto.yaml", copies: generated, modes: open(inGenerated)},
	{file: "guide/04-context-auto.yaml", profile: onGuide, copies: mirror, modes: open()},
	{file: "guide/05-context-custom.yaml", copies: only(".", ".from-cluster-a"), modes: open(":.from-cluster-a:")},
	{
		file: "guide/05-context-custom.yaml", vars: everything, copies: prefixed(".from-cluster-a"),
		modes: open(":.from-cluster-a:", ":.from-cluster-a.legacy:", ":.from-cluster-a.payments:"),
	},
	{file: "guide/05-context-custom.yaml", profile: onGuide, seed: oneContext, copies: only(".", ".from-cluster-a"), modes: open()},
	{file: "guide/05-context-custom.yaml", profile: onGuide, vars: payments, copies: only(".payments", ".from-cluster-a"), modes: open()},
	{file: "guide/06-context-none.yaml", copies: only(".", "."), modes: open()},
	{file: "guide/06-context-none.yaml", vars: everything, copies: mirror, modes: open(":.legacy:", ":.payments:")},
	{file: "guide/06-context-none.yaml", profile: onGuide, seed: oneContext, copies: mirror, modes: open()},
	{file: "guide/06-context-none.yaml", profile: onGuide, vars: payments, copies: only(".payments", "."), modes: open()},
	{file: "guide/07-context-default.yaml", copies: only(".payments", "."), modes: open()},
	{file: "guide/07-context-default.yaml", profile: onGuide, refused: "dialect guide, which does not know contextType DEFAULT"},
	{
		file: "guide/08-filtered.yaml", before: domains, copies: domainsTo(generatedContext),
		modes: open(inGenerated+"user-signup-value", inGenerated+"order-placed-value"),
	},
	{file: "guide/08-filtered.yaml", profile: onGuide, before: domains, copies: domainsTo("."), modes: open()},
	{file: "guide/09-monitoring.yaml", copies: generated, modes: modes{"": "IMPORT", inGenerated: "IMPORT"}, left: running},
	{file: "guide/09-monitoring.yaml", profile: onGuide, copies: mirror, modes: modes{"": "IMPORT"}, left: running},
	{
		file: "guide/10-rollback-no-clients-moved.yaml", copies: generated, modes: modes{"": "IMPORT", inGenerated: "IMPORT"}, left: running,
		rejects: "go", rest: settled{modes: open(inGenerated)},
	},
	{
		file: "guide/10-rollback-no-clients-moved.yaml", profile: onGuide, copies: mirror, modes: modes{"": "IMPORT"}, left: running,
		rejects: "go", rest: settled{modes: open()},
	},
	{file: "guide/11-rollback-some-clients-moved.yaml", copies: generated, modes: open(inGenerated), rejects: "second-group"},
	{file: "guide/11-rollback-some-clients-moved.yaml", profile: onGuide, copies: mirror, modes: open(), rejects: "second-group"},
	{
		file: "guide/12-rollback-all-clients-moved.yaml", vars: mirroring, before: damaged, copies: mirror,
		modes: modes{":.legacy:": "READWRITE", ":.payments:": "READWRITE"}, rejects: "resync",
	},
	{file: "guide/12-rollback-all-clients-moved.yaml", profile: onGuide, before: damaged, copies: mirror, modes: modes{}, rejects: "resync"},
	{file: "guide/13-rollback-clean-up.yaml", before: leftovers, copies: generated, modes: open(inGenerated), rest: settled{exporters: true}},
	{file: "guide/13-rollback-clean-up.yaml", profile: onGuide, before: leftovers, copies: mirror, modes: open(), rest: settled{exporters: true}},
	{
		file: "guide/14-chained.yaml", vars: mirroring, copies: mirror, modes: open(":.legacy:", ":.payments:"),
		middle: open(":.legacy:", ":.payments:"), rejects: "move-clients",
	},
	{file: "guide/14-chained.yaml", profile: onGuide, copies: mirror, modes: open(), middle: open(), rejects: "move-clients"},
}

// oneContext is a number of subjects that are all in the default context.
const oneContext = 14

const inGenerated = ":" + generatedContext + ":"

// open are the modes that a recursive READWRITE leaves: on /mode, and where it has lifted an IMPORT.
func open(lifted ...string) modes {
	m := modes{"": "READWRITE"}
	for _, place := range lifted {
		m[place] = "READWRITE"
	}
	return m
}

var (
	everything = []string{"subjects=:*:"}
	payments   = []string{"subjects=:.payments:*"}
	mirroring  = []string{"contextType=NONE", "subjects=:*:"}
	running    = []string{"migration-exporter RUNNING"}
	closed     = modes{"": "READONLY", ":.legacy:": "READONLY", ":.payments:": "READONLY"}
)

// domains registers what the filter is for, and names that only look like it.
func domains(s *stage) {
	for _, subject := range []string{"user-signup-value", "order-placed-value", "userdata-value", ":.payments:order-paid-value"} {
		s.request(http.MethodPost, s.source, "/subjects/"+subject+"/versions", `{"schema":"\"string\""}`)
	}
}

// another source holds other subjects under the same names.
func another(s *stage) {
	s.t.Helper()
	if err := s.middle.judged.(*sandbox.Registry).Seed(sandbox.Seed{Subjects: 25, Seed: 7}); err != nil {
		s.t.Fatal(err)
	}
}

// fleetOf is a matrix of two registries, the second as another.
func fleetOf(s *stage) {
	another(s)
	keep(s.t, s.dir, "fleet.csv", []byte("name,url\npayments,"+s.source.URL+"\nsearch,"+s.middle.URL+"\n"))
}

// damaged is what a migration has left from which somebody deleted a subject.
func damaged(s *stage) {
	s.did("guide/06-context-none.yaml", "guide/04-context-auto.yaml")
	s.request(http.MethodDelete, s.target, "/subjects/shipments-value", "")
	s.request(http.MethodDelete, s.target, "/subjects/shipments-value?permanent=true", "")
}

// leftovers are those of somebody who gave up while the exporter was running.
func leftovers(s *stage) { s.did("guide/09-monitoring.yaml", "guide/09-monitoring.yaml") }

// did runs another example first, from a folder of its own.
func (s *stage) did(confluent, guide string) {
	s.t.Helper()
	first := *s
	first.place = &place{t: s.t, dir: s.t.TempDir(), source: s.source, target: s.target}
	first.x.file, first.x.vars = confluent, everything
	if s.x.profile == onGuide {
		first.x.file = guide
	}
	first.load()
	first.through(0, "")
	s.source.forget()
	s.target.forget()
}

func (s *stage) request(method string, r *side, path, body string) {
	s.t.Helper()
	q, err := http.NewRequest(method, r.URL+path, bytes.NewBufferString(body))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
	r.forget()
}
