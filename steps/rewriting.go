package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// rewriting names the places to which this run is giving something back in two requests, of which the first takes away
// what tells whose it is. It is saved before that request, so that a run cut short between the two knows its own work.
type rewriting struct {
	RunID  string   `json:"runId"`
	Places []string `json:"places"`
}

// rewritingFile is the same for every step that restores there: another one may have to finish the work.
func rewritingFile(what, name string) string { return "rewriting." + what + "." + name + ".json" }

// saveRewriting adds places of a registry; what is "mode" or "config".
func saveRewriting(env *Env, what, name string, places []string) error {
	earlier, err := loadRewriting(env, what, name)
	if err != nil || len(places) == 0 {
		return err
	}
	all := rewriting{RunID: env.RunID, Places: sortPlaces(slices.Concat(earlier, places))}
	return env.Files.Write(rewritingFile(what, name), func(w io.Writer) error { return json.NewEncoder(w).Encode(all) })
}

// loadRewriting returns the places of a registry that this run began to rewrite.
func loadRewriting(env *Env, what, name string) ([]string, error) {
	var r rewriting
	if err := readSide(env, rewritingFile(what, name), &r); err != nil || r.RunID != env.RunID {
		return nil, err
	}
	return r.Places, nil
}

// readSide decodes a side file; one that is not there leaves v as it is.
func readSide(env *Env, name string, v any) error {
	f, err := env.Files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read from
	if err := json.NewDecoder(f).Decode(v); err != nil {
		return fmt.Errorf("%s cannot be read: %w", env.Files.Path(name), err)
	}
	return nil
}
