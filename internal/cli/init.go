package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/examples"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// recommended is the template of someone who names none.
const recommended = "cutover"

// draft is a runbook in the making.
type draft struct {
	file, template string
	list, force    bool
	name           string
	source, target string
	exporter       string
	access         [2]initAccess // of source and target
}

// initAccess is where credentials are found; a runbook never holds them.
type initAccess struct{ username, password string }

func (a *app) initCmd() *cobra.Command {
	var d draft
	c := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a runbook to begin with",
		Long: `Init writes a commented runbook for a procedure: the recommended cut-over, if no other
--template is named. What the flags do not say it asks for on a terminal, and again where
an answer makes no runbook; an empty one is for the template's value. Elsewhere the
template's own defaults stay. Credentials are named, never written: env:NAME or file:PATH.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d.file = append(args, "migration.yaml")[0]
			if d.list {
				return a.listTemplates()
			}
			return a.init(c.Context(), &d)
		},
	}
	f := c.Flags()
	f.StringVar(&d.template, "template", recommended, "the `procedure`; --list shows all")
	f.BoolVar(&d.list, "list", false, "list the templates")
	f.BoolVar(&d.force, "force", false, "write over FILE")
	f.StringVar(&d.name, "name", "", "metadata.name of the runbook, a DNS `label`")
	f.StringVar(&d.source, "source", "", "`URL` of the source registry")
	f.StringVar(&d.target, "target", "", "`URL` of the target registry")
	f.StringVar(&d.exporter, "exporter", "", "`name` of the exporter")
	for i, side := range []string{"source", "target"} {
		f.StringVar(&d.access[i].username, side+"-username", "", "where the "+side+"'s user name is found, as `env:NAME` or file:PATH")
		f.StringVar(&d.access[i].password, side+"-password", "", "where the "+side+"'s password is found, as `env:NAME` or file:PATH")
	}
	return c
}

// templates are the runbooks that can be begun with, by name. One with a matrix is nothing without the file beside it.
func templates() (map[string]string, error) {
	found := map[string]string{}
	err := fs.WalkDir(examples.FS, ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(file) != ".yaml" || path.Dir(file) == "steps" {
			return err
		}
		src, err := examples.FS.ReadFile(file)
		if strings.Contains(string(src), "\n  matrix:\n") {
			return err
		}
		found[strings.TrimSuffix(file, ".yaml")] = string(src)
		return err
	})
	return found, err
}

func (a *app) listTemplates() error {
	all, err := templates()
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	var b strings.Builder
	for _, name := range names(all) {
		fmt.Fprintf(&b, "%-40s %s\n", name, purpose(all[name]))
	}
	return a.print(b.String())
}

// names puts the recommended template first.
func names(all map[string]string) []string {
	list := []string{}
	for name := range all {
		list = append(list, name)
	}
	slices.SortFunc(list, func(x, y string) int {
		if (x == recommended) != (y == recommended) {
			return pick(x == recommended, -1, 1)
		}
		return strings.Compare(x, y)
	})
	return list
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// purpose is the first sentence of the comment on top.
func purpose(src string) string {
	var words []string
	for line := range strings.Lines(src) {
		text, ok := strings.CutPrefix(line, "# ")
		if !ok {
			break
		}
		if strings.HasPrefix(text, "yaml-language-server") {
			continue
		}
		words = append(words, strings.TrimSpace(text))
	}
	sentence, _, _ := strings.Cut(strings.Join(words, " "), ". ")
	return strings.TrimSuffix(sentence, ".")
}

func (a *app) init(ctx context.Context, d *draft) error {
	all, err := templates()
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	src, ok := all[d.template]
	if !ok {
		return &exitError{engine.Usage, fmt.Errorf("there is no template %q: %s", d.template, didYouMean(d.template, names(all)))}
	}
	if err := a.fresh(d); err != nil {
		return err
	}
	if err := a.inquire(ctx, d, src); err != nil {
		return err
	}
	text, rb, err := d.checked(src, a.getenv)
	if err != nil {
		return &exitError{engine.Usage, fmt.Errorf("nothing was written: %w", err)}
	}
	return a.handOver(d, rb, text)
}

// fresh refuses to write over something.
func (a *app) fresh(d *draft) error {
	if _, err := os.Stat(d.file); d.file != "-" && !d.force && !errors.Is(err, fs.ErrNotExist) {
		return &exitError{engine.Usage, fmt.Errorf("%s is there already; name another file, or --force", d.file)}
	}
	return placed(d.file)
}

// placed refuses a file whose folder is not there: nobody asked for one.
func placed(file string) error {
	if _, err := os.Stat(filepath.Dir(file)); errors.Is(err, fs.ErrNotExist) {
		return &exitError{engine.Usage, fmt.Errorf("%s cannot be written: there is no folder %s; make it, or name another", file, filepath.Dir(file))}
	}
	return nil
}

// handOver writes the runbook and says what to do with it.
func (a *app) handOver(d *draft, rb *runbook.Runbook, text string) error {
	if d.file == "-" {
		return a.print(text)
	}
	err := state.Replace(state.Shared{}, d.file, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return &exitError{engine.Failed, fmt.Errorf("%s cannot be written: %w", d.file, err)}
	}
	t := a.text()
	for _, name := range a.overridden(d, text) {
		t.Row("note", name, "it is set here, and goes before what stands in "+d.file+"; unset it if that is what you mean")
	}
	t.Row("wrote", d.file, fmt.Sprintf("%s, %s; read it, it is yours to change", rb.Name, count(len(rb.Steps), "step")))
	t.Command("next", quoted([]string{"srmigrate", "plan", d.file}))
	return nil
}
