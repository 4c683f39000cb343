package state_test

import (
	"path/filepath"
	"testing"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/internal/state/conformance"
)

func TestTheDiskConforms(t *testing.T) {
	conformance.Test(t, func(t *testing.T) conformance.Place {
		name := filepath.Join(t.TempDir(), "folder", "x.state.json")
		return conformance.Place{Name: name, Open: func() state.Backend { return state.OnDisk(state.OS{}) }}
	})
}
