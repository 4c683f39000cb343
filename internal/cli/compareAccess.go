package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/steps"
)

// access is how one side of a compare is reached without a file. What takes more to say than this stands in one.
type access struct {
	side                      string // source or target
	at                        string // a URL; the name of a registry where there is a file
	username, password, token string // where each is found: env:NAME or file:PATH
	ca, cert, key             string // PEM files
}

func (s *access) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.at, s.side, "", "the `URL` of the "+s.side+"; with FILE the name of a registry")
	f.StringVar(&s.username, s.side+"-username", "", "where the user name or API key is found: `env:NAME|file:PATH`")
	f.StringVar(&s.password, s.side+"-password", "", "where the password or API secret is found: `env:NAME|file:PATH`")
	f.StringVar(&s.token, s.side+"-token", "", "where the bearer token is found: `env:NAME|file:PATH`")
	f.StringVar(&s.ca, s.side+"-ca", "", "trust the certificates in this PEM `file` instead of the system's")
	f.StringVar(&s.cert, s.side+"-cert", "", "show the certificate in this PEM `file`; needs the key")
	f.StringVar(&s.key, s.side+"-key", "", "the private key of the certificate, a PEM `file`")
}

// check finds what does not go together. No value is repeated that might be a secret in the wrong place.
func (s *access) check(runbook string) error {
	flag := "--" + s.side
	if runbook != "" {
		if slices.ContainsFunc([]string{s.username, s.password, s.token, s.ca, s.cert, s.key}, func(v string) bool { return v != "" }) {
			return fmt.Errorf("%s-…: with FILE the registry's credentials and certificates come from there", flag)
		}
		if strings.Contains(s.at, "/") {
			return fmt.Errorf("%s takes the name of a registry of FILE; leave out FILE to give URLs", flag)
		}
		return nil
	}
	if s.at == "" {
		return fmt.Errorf("%s is missing: name both registries by URL, or give a FILE that declares them", flag)
	}
	if u, err := url.Parse(s.at); err != nil && strings.Contains(s.at, "@") || err == nil && u.User != nil {
		return fmt.Errorf("%s has credentials in its URL, where every list of processes shows them: "+
			"name where they are found with %s-username and %s-password", flag, flag, flag)
	}
	if (s.username == "") != (s.password == "") {
		return fmt.Errorf("%s-username and %s-password go together", flag, flag)
	}
	if s.token != "" && s.username != "" {
		return fmt.Errorf("%s-token stands beside %s-username; a registry takes one of them", flag, flag)
	}
	if (s.cert == "") != (s.key == "") {
		return fmt.Errorf("%s-cert and %s-key go together", flag, flag)
	}
	return nil
}

// compared is the two registries, taken from the runbook or from the flags.
func (a *app) compared(in *comparison) (*steps.Env, error) {
	env := &steps.Env{Registries: map[string]*registry.Client{}, Dialects: map[string]string{}, Dir: "."}
	in.step.Source, in.step.Target = "source", "target"
	if in.file != "" {
		return env, a.fromRunbook(in, env)
	}
	a.redactor = new(registry.Redactor)
	for _, s := range []*access{&in.source, &in.target} {
		c, err := a.client(s, in.verbose)
		if err != nil {
			return nil, &exitError{engine.Usage, err}
		}
		env.Registries[s.side] = c.With(registry.Retry{Attempts: 3, Backoff: 500 * time.Millisecond, MaxBackoff: 10 * time.Second, Jitter: 0.2}, nil)
	}
	return env, nil
}

func (a *app) fromRunbook(in *comparison, env *steps.Env) error {
	in.registries = true
	rb, err := a.load(&in.input, false)
	if err != nil {
		return err
	}
	clients, err := a.clients(rb, in.verbose, false)
	if err != nil {
		return &exitError{engine.Refused, err}
	}
	var names []string
	for _, r := range rb.Registries {
		names = append(names, r.Name)
		env.Registries[r.Name], env.Dialects[r.Name] = clients[r.Name].With(rb.Retry, nil), r.Dialect
	}
	in.step.Source, in.step.Target = cmp.Or(in.source.at, "source"), cmp.Or(in.target.at, "target")
	for _, name := range []string{in.step.Source, in.step.Target} {
		if env.Registries[name] == nil {
			return &exitError{engine.Usage, fmt.Errorf("%s has no registry %q: %s", in.file, name, didYouMean(name, names))}
		}
	}
	return nil
}

func (a *app) client(s *access, verbose bool) (*registry.Client, error) {
	config := registry.Config{Name: s.side, URL: s.at, Redactor: a.redactor, Logger: a.logger(verbose)}
	var errs [6]error
	var username, key registry.Secret
	username, errs[0] = a.secret(s.side+"-username", s.username)
	config.Password, errs[1] = a.secret(s.side+"-password", s.password)
	config.Token, errs[2] = a.secret(s.side+"-token", s.token)
	config.TLS.CA, errs[3] = pem(s.side+"-ca", s.ca)
	config.TLS.Cert, errs[4] = pem(s.side+"-cert", s.cert)
	text, err := pem(s.side+"-key", s.key)
	key, errs[5] = registry.NewSecret(text), err
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	config.Username, config.TLS.Key = username.Reveal(), key
	return registry.New(config)
}

// secret reads what the flag says where to find. The flag's own value is not repeated: it may be the secret.
func (a *app) secret(flag, where string) (registry.Secret, error) {
	kind, name, _ := strings.Cut(where, ":")
	var value string
	switch {
	case where == "":
		return registry.Secret{}, nil
	case kind == "env" && name != "":
		value, _ = a.getenv(name)
	case kind == "file" && name != "":
		text, err := os.ReadFile(name)
		if err != nil {
			return registry.Secret{}, fmt.Errorf("--%s: %w", flag, err)
		}
		value = strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	default:
		return registry.Secret{}, fmt.Errorf("--%s takes env:NAME or file:PATH, never the value itself: a list of processes would show it", flag)
	}
	if value == "" {
		return registry.Secret{}, fmt.Errorf("--%s: %s %q is empty or not set", flag, kind, name)
	}
	return registry.NewSecret(value), nil
}

func pem(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--%s: %w", flag, err)
	}
	return string(text), nil
}
