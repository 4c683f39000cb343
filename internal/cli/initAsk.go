package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/runbook"
	"go.yaml.in/yaml/v3"
)

// initQuestion is what init asks for, and where the answer stands in a template.
type initQuestion struct {
	value *string
	ask   string
	path  []string
}

// inquire asks for what a runbook cannot do without, where somebody is there to answer. What the flags say is checked
// before the first question, and each answer before the next one, so that no answer is given in vain.
func (a *app) inquire(ctx context.Context, d *draft, src string) error {
	if !a.attended() {
		return nil
	}
	if _, _, err := d.checked(src, unset); err != nil {
		return &exitError{engine.Usage, fmt.Errorf("nothing was written: %w", err)}
	}
	for _, q := range []initQuestion{
		{&d.source, "URL of the source registry", []string{"spec", "vars", "source"}},
		{&d.target, "URL of the target registry", []string{"spec", "vars", "target"}},
		{&d.name, "name of this migration", []string{"metadata", "name"}},
	} {
		if *q.value != "" {
			continue
		}
		if err := a.inquireOne(ctx, d, q, src); err != nil {
			return err
		}
	}
	return nil
}

// inquireOne asks until the answer makes a runbook; an empty one does, as the template is whole.
func (a *app) inquireOne(ctx context.Context, d *draft, q initQuestion, src string) error {
	for {
		fmt.Fprintf(a.stderr, "%s%s: ", q.ask, standard(src, q.path))
		*q.value = strings.TrimSpace(a.line(ctx))
		if ctx.Err() != nil {
			return &exitError{engine.Interrupted, errors.New("stopped by a signal; nothing was written")}
		}
		_, _, err := d.checked(src, unset)
		if err == nil || *q.value == "" {
			return nil
		}
		a.complain("", err.Error())
	}
}

// unset is an environment without variables: one that is set would hide the default that was given.
func unset(string) (string, bool) { return "", false }

// checked is the runbook of the draft, with all that validate would say against it.
func (d *draft) checked(src string, getenv func(string) (string, bool)) (string, *runbook.Runbook, error) {
	text, err := d.write(src)
	if err != nil {
		return "", nil, err
	}
	rb, problems := runbook.Load(d.file, []byte(text), runbook.Options{Getenv: getenv, Lax: true})
	if len(problems) > 0 {
		return "", nil, problems[0]
	}
	return text, rb, nil
}

// standard shows what an empty answer stands for, "" where the template has nothing of the kind.
func standard(src string, path []string) string {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil || len(doc.Content) == 0 {
		return "" // writing it tells
	}
	n := under(doc.Content[0], path...)
	if given := under(n, "default"); given != nil {
		n = given
	}
	if n == nil || n.Value == "" {
		return ""
	}
	return " [" + n.Value + "]"
}

// overridden are the variables of the environment that hide an answer, so that a plan would look elsewhere than it said.
func (a *app) overridden(d *draft, src string) (names []string) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil || len(doc.Content) == 0 {
		return nil // it was checked before
	}
	for _, answer := range []struct{ name, given string }{{"source", d.source}, {"target", d.target}} {
		env := under(doc.Content[0], "spec", "vars", answer.name, "env")
		if env == nil || answer.given == "" {
			continue
		}
		if value, set := a.getenv(env.Value); set && value != answer.given {
			names = append(names, env.Value)
		}
	}
	return names
}
