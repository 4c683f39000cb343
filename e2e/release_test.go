package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Two people who build the same sources get the same program, wherever they do it.
func TestBuildsAreReproducible(t *testing.T) {
	var built [2][]byte
	for i := range built {
		dir := filepath.Join(t.TempDir(), "srmigrate")
		if out, err := exec.Command("git", "clone", "-q", "--no-local", "--depth=1", "file://"+root(t), dir).CombinedOutput(); err != nil {
			t.Skipf("needs a git repository to clone: %v\n%s", err, out)
		}
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", "program", "./cmd/srmigrate")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var err error
		if built[i], err = os.ReadFile(filepath.Join(dir, "program")); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(built[i], []byte(dir)) {
			t.Errorf("the program names %s, where it was built", dir)
		}
	}
	if !bytes.Equal(built[0], built[1]) {
		t.Error("two builds of the same sources differ")
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
