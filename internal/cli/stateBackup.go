package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// savedBackup is the content of the backup beside a state; false when there is none.
func savedBackup(store *state.Store) (content []byte, there bool, err error) {
	f, err := store.Open(steps.BackupFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err == nil {
		content, err = io.ReadAll(f)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, true, &exitError{engine.BadState, fmt.Errorf("the backup cannot be read: %w", err)}
	}
	return content, true, nil
}

// showBackup prints the backup, as a person may see it.
func (a *app) showBackup(store *state.Store, runbook string) error {
	if _, err := loaded(store, runbook); err != nil {
		return err
	}
	content, there, err := savedBackup(store)
	if err != nil || there {
		return errors.Join(err, a.print(inert(a.redactor.Redact(string(content)))))
	}
	return &exitError{engine.BadState, fmt.Errorf("there is no %s: no run of this state was allowed to lose a version", store.SidePath(steps.BackupFile))}
}

// tellBackup says that there is one.
func (a *app) tellBackup(store *state.Store) error {
	content, there, err := savedBackup(store)
	if err != nil || !there {
		return err
	}
	_, err = fmt.Fprintf(a.stderr, "srmigrate: versions that were saved before they were lost: %d, in %s; --backup prints them\n",
		bytes.Count(content, []byte("\n")), store.SidePath(steps.BackupFile))
	return err
}
