package steps

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// BackupFile is the side file with the versions that steps were going to take from a registry, one a line, as they were.
// It only ever grows: runs that share a state share it.
const BackupFile = "backup.jsonl"

// savedVersion is a line of it. What the registry sent stands there to the byte.
type savedVersion struct {
	Run        string          `json:"run"`
	Step       string          `json:"step"`
	Registry   string          `json:"registry"`
	Subject    string          `json:"subject"`
	Version    int             `json:"version"`
	ID         int             `json:"id"`
	SchemaType string          `json:"schemaType"`
	Schema     json.RawMessage `json:"schema"`
	References json.RawMessage `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Deleted    *bool           `json:"deleted"`
}

// keptBackup is what a record says of it.
type keptBackup struct {
	File     string `json:"file"`
	Versions int    `json:"versions"`
}

// saveVersions adds versions of a registry to the backup, and is done when they are on the disk. The same version, saved
// again by the same step and unchanged, makes no second line; one that is gone has nothing to lose.
func saveVersions(ctx context.Context, env *Env, c *registry.Client, keys []versionKey) (*keptBackup, error) {
	before, err := readBackup(env)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(before)) {
		known[line] = true
	}
	saved := 0
	err = env.Files.Write(BackupFile, func(w io.Writer) error {
		saved = 0
		if _, err := w.Write(before); err != nil {
			return err
		}
		for some := range slices.Chunk(keys, readsAtOnce) {
			lines, err := savedLines(ctx, env, c, some)
			if err != nil {
				return err
			}
			for _, line := range lines {
				saved++
				if known[line] {
					continue
				}
				if _, err := io.WriteString(w, line); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return &keptBackup{env.Files.Path(BackupFile), saved}, err
}

// readBackup returns what was saved before, in whole lines.
func readBackup(env *Env) ([]byte, error) {
	f, err := env.Files.Open(BackupFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read from
	raw, err := io.ReadAll(f)
	if len(raw) > 0 && !bytes.HasSuffix(raw, []byte("\n")) {
		raw = append(raw, '\n')
	}
	return raw, err
}

// savedLines reads a few versions at a time.
func savedLines(ctx context.Context, env *Env, c *registry.Client, keys []versionKey) ([]string, error) {
	lines := make([]string, len(keys))
	g, ctx := errgroup.WithContext(ctx)
	for i, k := range keys {
		g.Go(func() (err error) {
			lines[i], err = savedLine(ctx, env, c, k)
			return err
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" }), err
}

// savedLine is "" for a version that is gone.
func savedLine(ctx context.Context, env *Env, c *registry.Client, k versionKey) (string, error) {
	raw, err := c.VersionAsSent(ctx, k.Subject, k.Version)
	if registry.NotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	v := savedVersion{SchemaType: "AVRO"} // where the server leaves it out
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	v.Run, v.Step, v.Registry, v.Subject = env.RunID, env.StepID, c.Name(), k.Subject
	if v.Deleted == nil {
		_, err := c.Version(ctx, k.Subject, k.Version, false)
		gone := registry.NotFound(err)
		if err != nil && !gone {
			return "", err
		}
		v.Deleted = &gone
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	err = enc.Encode(v)
	return line.String(), err
}

// savedByOthers are the versions of a registry that other steps of this run have saved: those were allowed to go.
func savedByOthers(env *Env, registry string) (map[versionKey]bool, error) {
	raw, err := readBackup(env)
	if err != nil {
		return nil, err
	}
	saved := map[versionKey]bool{}
	for line := range bytes.Lines(raw) {
		var v savedVersion
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, fmt.Errorf("%s has a line that cannot be read: %w", env.Files.Path(BackupFile), err)
		}
		if v.Run == env.RunID && v.Step != env.StepID && v.Registry == registry {
			saved[versionKey{v.Subject, v.Version}] = true
		}
	}
	return saved, nil
}

// Backups counts the versions that a run has saved.
func Backups(file io.Reader, run string) (int, error) {
	type place struct {
		registry string
		versionKey
	}
	saved := map[place]bool{}
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var v savedVersion
		switch err := lines.Decode(&v); {
		case err == io.EOF:
			return len(saved), nil
		case err != nil:
			return 0, fmt.Errorf("it has a line that cannot be read: %w", err)
		}
		if v.Run == run {
			saved[place{v.Registry, versionKey{v.Subject, v.Version}}] = true
		}
	}
}
