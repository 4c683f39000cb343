// Package runbook turns a file into a checked Runbook, or into every problem the file has.
package runbook

import (
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/steps"
)

// Runbook is a checked runbook: every reference resolves, every default is filled in, every expression compiles.
type Runbook struct {
	File            string // as the user named it; "-" for stdin
	Name            string // metadata.name, a DNS label
	Cell            string // of the matrix; "" where there is none
	Description     string
	Vars            map[string]any    // resolved; absent where only the name is known, or the var is secret
	Plain           []string          // the vars that are no secrets, in file order
	Secrets         []registry.Secret // the values of secret vars
	Given           map[string]string // where vars come from that are not the runbook's own: FromFlag, FromFile, env:NAME or file:PATH
	Registries      []Registry        // in file order
	Steps           []Step
	Findings        []Finding // dangers that the runbook alone tells, in file order
	RollbackTimeout time.Duration
	Window          Window
	Notifications   Notifications
	State           State
	Retry           registry.Retry // defaults.retry
}

// Folder is where relative paths of the runbook begin; for one from stdin that is the working directory.
func (rb *Runbook) Folder() string { return folder(rb.File) }

// Registry is one entry of spec.registries.
type Registry struct {
	Name     string
	URL      string   // the first
	Others   []string // further URLs of the same registry
	Dialect  string   // Confluent or Guide
	Username string
	Password registry.Secret
	Token    registry.Secret
	OAuth    registry.OAuth
	// LogicalCluster and IdentityPool are what a token is for, on Confluent Cloud.
	LogicalCluster, IdentityPool string
	Credentials                  string // where they come from, such as "env:USER and env:PASSWORD"; "" where they stand in the file
	// Renew reads the credentials that come from files again, see registry.Config.
	Renew       func(registry.Config) (registry.Config, error)
	Headers     map[string]registry.Secret
	TLS         registry.TLS
	Timeout     time.Duration              // per request, 0 for the client's default
	RateLimit   float64                    // requests per second, 0 for no limit
	Concurrency int                        // requests at a time, 0 for no limit
	Export      map[string]registry.Secret // exporter config with which a source server reaches this registry
	Line        int
	Allow       []steps.Consent // findings about the registry itself
	OwnTLS      bool            // tls names certificates
	Curl        string          // how a person calls curl on it, see registry.Config
}

// Config is what a client of the registry needs, but for what the program itself decides.
func (r Registry) Config() registry.Config {
	return registry.Config{
		Name: r.Name, URL: r.URL, Others: r.Others, Username: r.Username, Password: r.Password, Token: r.Token, OAuth: r.OAuth,
		LogicalCluster: r.LogicalCluster, IdentityPool: r.IdentityPool, Credentials: r.Credentials, Renew: r.Renew,
		Headers: r.Headers, TLS: r.TLS, Timeout: r.Timeout, RateLimit: r.RateLimit, Concurrency: r.Concurrency, Curl: r.Curl,
	}
}

// The dialects that a registry may speak: they decide what contextType and patterns mean there.
const (
	Confluent = "confluent"
	Guide     = compare.GuideDialect
)

// Step is one step, or one entry of a rollback list.
type Step struct {
	ID          string // undo steps are named <id>.undo-1 and so on
	Type        string
	Description string
	Line, Col   int
	Step        steps.Step
	When        string        // the condition under which the step runs, "" for always
	Timeout     time.Duration // 0: as long as it takes
	Retry       registry.Retry
	Rollback    []Step // what runs if this step fails, or a later one does; auto is expanded
	OnFailure   OnFailure
	NoReturn    bool
	Allow       []steps.Consent // findings that do not stop the run
	// Late are the texts of the parameters, by JSON pointer, that have references to what is known only when the step
	// is reached: by turns text and reference, text first and last. Filled puts the values in.
	Late   map[string][]string
	Vars   []string // the vars that parameters and rollback name
	Digest string   // of type, parameters, condition and rollback; no secret enters it

	rest   *unfilled // what Filled needs
	sealed []byte    // what Digest is of
}

// The ways in which a command line gives vars.
const (
	FromFlag = "--var"
	FromFile = "--vars-file"
)

// OnFailure is what a failed step means for the run.
type OnFailure string

// The values of onFailure.
const (
	Rollback OnFailure = "rollback"
	Stop     OnFailure = "stop"
	Continue OnFailure = "continue"
)

// Problem is one thing wrong with a runbook, with its place in the file; line 0 is for what came from outside of it.
type Problem struct {
	File      string
	Line, Col int
	Step      string // id, "" outside of steps
	Message   string
	Cell      string // of the matrix, with the place of its row; "" where it is not about one
}

func (p Problem) Error() string {
	at := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
	if p.Line == 0 {
		at = p.File + ": "
	}
	if p.Step != "" {
		at += "step " + p.Step + ": "
	}
	if p.Cell != "" {
		return at + p.Message + " (" + p.Cell + ")"
	}
	return at + p.Message
}

// Options say what a runbook may take from outside of its file.
type Options struct {
	Vars     map[string]string                // --var k=v
	FileVars map[string]string                // --vars-file, see ReadVars; Vars go over them
	Getenv   func(name string) (string, bool) // nil: no environment, as for validate
	// Lax leaves values alone that the environment does not have, and checks them by type only.
	Lax bool
	// Registries also takes a file that has registries alone, as a runbook has them under spec; its steps mean nothing then.
	Registries bool
	Stage      *Stage // where the runbook is rehearsed; nil: it is meant
	// Cell is the only one of the matrix, whatever it says by now; nil for those that it says.
	Cell *Cell
}

// Load reads a runbook. It returns either a Runbook or all problems in file order, never both.
func Load(file string, src []byte, o Options) (*Runbook, []Problem) {
	return load(file, src, o, installed)
}
