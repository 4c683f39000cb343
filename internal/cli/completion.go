package cli

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"sigs.k8s.io/yaml"
)

// completions adds the command that prints scripts for shells, and what may stand where.
func completions(root *cobra.Command) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() } // or an unknown shell would be help, too
		}
	}
	complete(root)
}

// complete goes through all commands. One that takes a FILE means a runbook.
func complete(root *cobra.Command) {
	for _, c := range root.Commands() {
		complete(c)
		if c.ValidArgsFunction == nil && strings.Contains(c.Use, "FILE") {
			c.ValidArgsFunction = completeArgs(c.Use)
		}
		for flag, complete := range map[string]cobra.CompletionFunc{
			"var": completeVar, "vars-file": withExtension("yaml", "yml"), "state": withExtension("json"), "verify": withExtension("json"),
			"approve": ofRunbook(outline.questions), "template": completeTemplate, "only": completeCells,
			"source": ofRunbook(outline.registries), "target": ofRunbook(outline.registries),
			"profile": oneOf(sandbox.Profiles()...), "server": oneOf(sandbox.Servers()...),
		} {
			if c.Flags().Lookup(flag) != nil {
				_ = c.RegisterFlagCompletionFunc(flag, complete) // fails only for a flag that is not there, or has one
			}
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if of, ok := f.Value.(choice); ok {
				_ = c.RegisterFlagCompletionFunc(f.Name, oneOf(of.words...)) // likewise
			}
		})
	}
}

// completeArgs is for commands of a FILE, of several, or of a FILE and one of its steps that ask.
func completeArgs(use string) cobra.CompletionFunc {
	file, step := withExtension("yaml", "yml"), ofRunbook(outline.questions)
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0 || strings.Contains(use, "FILE..."):
			return file(c, args, typed)
		case len(args) == 1 && strings.Contains(use, "STEP"):
			return step(c, args, typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func withExtension(extensions ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return extensions, cobra.ShellCompDirectiveFilterFileExt
	}
}

func oneOf(words ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// ofRunbook offers what the runbook has that has been typed, as far as it can be read.
func ofRunbook(words func(outline) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words(outlineOf(args[0])), cobra.ShellCompDirectiveNoFileComp
	}
}

func completeTemplate(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all, err := templates()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names(all), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeVar names vars of the runbook. Their values stay in it.
func completeVar(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 || strings.Contains(typed, "=") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(outlineOf(args[0]).Vars)) {
		if strings.HasPrefix(name, typed) {
			list = append(list, name+"=")
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// outline is what completions take from a runbook, which may not be valid yet.
type outline struct {
	Vars       map[string]any   `json:"vars"`
	Registries map[string]any   `json:"registries"`
	Matrix     map[string]any   `json:"matrix"`
	Steps      []map[string]any `json:"steps"`
}

func (o outline) registries() []string { return slices.Sorted(maps.Keys(o.Registries)) }

// questions are the steps that ask for approval.
func (o outline) questions() (ids []string) {
	for _, st := range o.Steps {
		if id, ok := st["id"].(string); ok && st["approve"] != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func outlineOf(file string) outline {
	var rb struct {
		Spec outline `json:"spec"`
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return outline{}
	}
	src, err := os.ReadFile(file)
	if err != nil || yaml.Unmarshal(src, &rb) != nil {
		return outline{}
	}
	return rb.Spec
}
