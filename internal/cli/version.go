package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
)

// build is what the linker knows of the program.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"` // "" where it was not built from a checkout
	Time     string `json:"time,omitempty"`   // of the commit
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func built() build {
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	text := "srmigrate " + b.Version
	if b.Commit != "" {
		text += fmt.Sprintf(" (commit %.12s%s, %s)", b.Commit, pick(b.Modified, " with changes", ""), b.Time)
	}
	return text + " " + b.Go + " " + b.Platform
}

// version is the module's version as the linker knows it.
func version() string { return built().Version }

func (a *app) versionCmd() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the program's version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if output == "text" {
				return a.print(built().String() + "\n")
			}
			raw, err := json.MarshalIndent(built(), "", "  ")
			if err != nil {
				return &exitError{engine.Failed, err}
			}
			return a.print(string(raw) + "\n")
		},
	}
	choiceVar(c, &output, "output", "o", "print a line, or a JSON object", "text", "json")
	return c
}
