package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// spot is where the state of a call lies.
type spot struct {
	path    string // or the name in a bucket
	named   string // as --state takes it
	backend state.Backend
}

// locate finds out where the state lies: where --state says, else where the runbook does, else in the usual place. rb is nil
// where no runbook is named.
func (a *app) locate(in *input, rb *runbook.Runbook) error {
	of, text, name := "--state", in.state, ""
	var own runbook.State
	if rb != nil {
		own, name = rb.State, in.usual(rb.Name)
	}
	if text == "" {
		of, text = "spec.state", cmp.Or(own.URL, ".srmigrate/")
		if own.Unknown {
			return &exitError{engine.Usage, errors.New("spec.state refers to a var without a value: give it, or name the state with --state")}
		}
	}
	p, err := objects.Parse(text)
	switch {
	case err != nil:
		return &exitError{engine.Usage, fmt.Errorf("%s is no place for a state: %w", of, err)}
	case p.Folder() && rb == nil:
		return &exitError{engine.Usage, fmt.Errorf("%s names a folder: name the runbook as well, or the state in it", of)}
	case !p.Folder() && in.own() != "":
		return &exitError{engine.Usage, fmt.Errorf("%s names one state, and %s is one of several: let it end in / to name a folder", of, in.own())}
	}
	if p = p.In(name); p.Path != "" && own.Sealed {
		return &exitError{engine.Usage, fmt.Errorf("%s is a place on the disk, where nothing is encrypted, and spec.state.encryption asks for that: "+
			"name a place in a bucket, or take encryption out of the runbook", of)}
	}
	if p.Path != "" {
		in.spot = spot{path: state.Resolve(p.Path), backend: state.OnDisk(state.OS{})}
		return nil
	}
	return a.bucket(in, p, own)
}

// isFolder says whether a place can have several states.
func isFolder(place string) bool {
	p, err := objects.Parse(place)
	return err != nil || p.Folder() // what is wrong with it, locate says
}

// usual is the name of a state in a folder.
func (in *input) usual(name string) string {
	if own := in.own(); own != "" {
		name += "." + own
	}
	return name + ".state.json"
}

// bucket opens the one that the state lies in. Credentials are the business of its client, and never seen here.
func (a *app) bucket(in *input, p objects.Place, own runbook.State) error {
	env := func(names ...string) string {
		for _, name := range names {
			if value, _ := a.getenv(name); value != "" {
				return value
			}
		}
		return ""
	}
	p.Endpoint = cmp.Or(p.Endpoint, env("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
	p.Region = cmp.Or(p.Region, env("AWS_REGION", "AWS_DEFAULT_REGION"))
	p.NoIMDS = env("AWS_EC2_METADATA_DISABLED") == "true" && // a job may have a role of its own, which the machine is not asked for
		env("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI") == ""
	b, err := a.buckets.open(p.S3)
	var key []byte
	if own.Sealed && own.Key.Reveal() == "" && env("SRMIGRATE_STATE_KEY") == "" {
		return &exitError{engine.BadState, fmt.Errorf("state %s is encrypted, and its key is not known here: %s", p.Name(), keyHint(own.KeyAt))}
	}
	if text := cmp.Or(own.Key.Reveal(), env("SRMIGRATE_STATE_KEY")); err == nil && text != "" {
		key, err = objects.ParseKey(text)
	}
	if err == nil {
		b, err = objects.Sealed(b, key, func(key string) bool { return strings.HasSuffix(key, ".lock") })
	}
	if err != nil {
		return &exitError{engine.Usage, fmt.Errorf("state %s: %w", p.Name(), err)}
	}
	lease := cmp.Or(own.Lease, state.DefaultLease)
	in.spot = spot{path: p.Name(), named: p.URL(), backend: noting{state.InBucket(b, p.Prefix(), lease), a.leases, lease}}
	return nil
}

// keyHint says where the key of an encrypted state is looked for.
func keyHint(at string) string {
	how, of, _ := strings.Cut(at, ":")
	if how == "env" {
		return fmt.Sprintf("set environment variable %s, or SRMIGRATE_STATE_KEY, to it", of)
	}
	return fmt.Sprintf("it is read from %s %q, or from environment variable SRMIGRATE_STATE_KEY", how, of)
}

// assume takes the usual place of the state for a runbook that could not be read, and so does not say where it lies.
func (in *input) assume(name string) {
	in.spot = spot{path: state.Resolve(filepath.Join(".srmigrate", in.usual(name))), backend: state.OnDisk(state.OS{})}
}

// store is where the state lies, once that is located or assumed.
func (in *input) store() *state.Store {
	return state.NewStoreAt(in.spot.path, version(), in.spot.backend).Named(in.spot.named)
}
