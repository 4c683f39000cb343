package cli

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
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
			c.ValidArgsFunction = completeRunbook(strings.Contains(c.Use, "FILE..."))
		}
		for flag, complete := range map[string]cobra.CompletionFunc{
			"var": completeVar, "vars-file": withExtension("yaml", "yml"), "state": withExtension("json"),
		} {
			if c.Flags().Lookup(flag) != nil {
				_ = c.RegisterFlagCompletionFunc(flag, complete) // fails only for a flag that is not there, or has one
			}
		}
	}
}

func completeRunbook(many bool) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && !many {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return withExtension("yaml", "yml")(c, args, typed)
	}
}

func withExtension(extensions ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return extensions, cobra.ShellCompDirectiveFilterFileExt
	}
}

// completeVar names the vars of the runbook that has been typed, as far as it can be read. Their values stay in it.
func completeVar(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 || args[0] == "-" || strings.Contains(typed, "=") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, name := range varsIn(args[0]) {
		if strings.HasPrefix(name, typed) {
			names = append(names, name+"=")
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func varsIn(file string) []string {
	var rb struct {
		Spec struct {
			Vars map[string]any `json:"vars"`
		} `json:"spec"`
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil
	}
	src, err := os.ReadFile(file)
	if err != nil || yaml.Unmarshal(src, &rb) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(rb.Spec.Vars))
}
