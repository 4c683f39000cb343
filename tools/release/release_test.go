// Package release checks .goreleaser.yaml as the program reads it that makes a release.
package release

import (
	"os"
	"slices"
	"testing"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func TestConfiguration(t *testing.T) {
	f, err := os.Open("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := config.LoadReader(f) // a field that it does not know is an error
	if err != nil {
		t.Fatal(err)
	}
	for what, there := range map[string]bool{
		"archives": len(p.Archives) > 0, "checksums": p.Checksum.NameTemplate != "", "an SBOM": len(p.SBOMs) > 0,
		"deb and rpm": slices.Equal(p.NFPMs[0].Formats, []string{"deb", "rpm"}), "a Homebrew cask": len(p.Casks) > 0,
		"an image": len(p.DockersV2) > 0, "builds without a path of the machine": slices.Contains(p.Builds[0].Flags, "-trimpath"),
	} {
		if !there {
			t.Errorf("there is no word of %s", what)
		}
	}
	if _, err := os.Stat("../../" + p.DockersV2[0].Dockerfile); err != nil {
		t.Error(err)
	}
}
