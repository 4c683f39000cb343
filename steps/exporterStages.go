package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// stages is how far a change of an exporter has come, as far as a look at the exporter does not tell: a server hides
// its config, and an offset moves on as soon as the exporter does.
type stages struct {
	Began string `json:"began"` // as in the step's record: another attempt's file says nothing
	Put   bool   `json:"put"`
	Reset bool   `json:"reset"`
}

func stagesFile(id string) string { return id + ".stages.json" }

func (s stages) save(env *Env) error {
	return env.Files.Write(stagesFile(env.StepID), func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
}

// loadStages returns what is known of the step that began then.
func loadStages(env *Env, id, began string) (stages, error) {
	fresh := stages{Began: began}
	f, err := env.Files.Open(stagesFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return fresh, err
	}
	defer func() { _ = f.Close() }() // it was only read from
	var s stages
	if err := json.NewDecoder(f).Decode(&s); err != nil {
		return fresh, fmt.Errorf("%s cannot be read: %w", env.Files.Path(stagesFile(id)), err)
	}
	if s.Began != began {
		return fresh, nil
	}
	return s, nil
}
