package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

func (a *app) sandboxCmd() *cobra.Command {
	var o sandbox.PairOptions
	var server, profile, auth, oauth string
	var faults []string
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve two registries in memory, with a working exporter",
		Long: `Sandbox serves a filled source and an empty target on loopback until it is signalled. When both
answer it prints one line of JSON with their URLs.

Profiles: confluent is Confluent Platform as it is; guide is what a well-known migration guide says of
it (PUT creates an exporter, AUTO keeps contexts, * is every subject, /mode covers every context, and
the target has to be in IMPORT); community has no exporter; lax is another maker's registry, whose
exporters are kept and copy nothing.

With --tls the folder gets ca.pem, server.pem, server-key.pem, client.pem, client-key.pem, and
client-keystore.pem, which holds both of the client. An exporter trusts that CA when its config says
schema.registry.ssl.truststore.location: DIR/ca.pem and schema.registry.ssl.truststore.type: PEM.

With --oauth there is also an identity provider, which gives tokens for these client credentials at
the URL that the line has as "tokens". --auth can be given as $SRMIGRATE_SANDBOX_AUTH instead, where
no list of processes shows it, --oauth as $SRMIGRATE_SANDBOX_OAUTH and --bearer as
$SRMIGRATE_SANDBOX_BEARER. Where several are demanded, any will do.

` + sandbox.FaultGrammar,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Source.Server, o.Target.Server = server, server
			o.Source.Profile, o.Target.Profile = profile, profile
			o.Source.Exporters, o.Target.Exporters = true, true
			var err error
			if o.User, o.Password, err = a.credentials("--auth", auth, "SRMIGRATE_SANDBOX_AUTH", "USER:PASS"); err != nil {
				return err
			}
			if o.Client, o.ClientSecret, err = a.credentials("--oauth", oauth, "SRMIGRATE_SANDBOX_OAUTH", "CLIENT:SECRET"); err != nil {
				return err
			}
			for _, spec := range faults {
				f, err := sandbox.ParseFault(spec)
				if err != nil {
					return err
				}
				o.Faults = append(o.Faults, f)
			}
			if o.Bearer == "" {
				o.Bearer, _ = a.getenv("SRMIGRATE_SANDBOX_BEARER")
			}
			if err := o.Check(); err != nil {
				return err
			}
			pair, err := sandbox.Start(c.Context(), o)
			if err != nil {
				return &exitError{engine.Failed, err}
			}
			if err := json.NewEncoder(a.stdout).Encode(urls{pair.SourceURL, pair.TargetURL, pair.TokenURL}); err != nil {
				return &exitError{engine.Failed, err}
			}
			<-c.Context().Done()
			if err := pair.Close(); err != nil {
				return &exitError{engine.Failed, err}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&o.SourceAddr, "source", "127.0.0.1:0", "where the source listens, as `host:port`")
	f.StringVar(&o.TargetAddr, "target", "127.0.0.1:0", "where the target listens, as `host:port`")
	f.StringVar(&server, "server", "8.1.1", "the Confluent Platform `version` to imitate: 7.4.0, 7.6.2 or 8.1.1")
	f.StringVar(&profile, "profile", "confluent", "whose `behaviour` to imitate: confluent, guide, community or lax")
	f.IntVar(&o.Seed.Subjects, "subjects", 0, "how many subjects the source holds (default 330)")
	f.IntVar(&o.Seed.Versions, "versions", 0, "live versions of each generated subject (default 1 to 4)")
	f.IntVar(&o.TargetSubjects, "target-subjects", 0, "how many subjects of its own the target holds")
	f.StringVar(&auth, "auth", "", "demand basic authentication, as `USER:PASS`")
	f.StringVar(&o.Bearer, "bearer", "", "demand this bearer `token`")
	f.StringVar(&oauth, "oauth", "", "demand a token that is given for client credentials, as `CLIENT:SECRET`")
	f.DurationVar(&o.TokenLife, "token-life", time.Hour, "how long such a token holds")
	f.StringVar(&o.TLS, "tls", "", "serve HTTPS, with certificates from this `folder`; they are made if there are none")
	f.BoolVar(&o.MutualTLS, "mtls", false, "demand a client certificate; needs --tls")
	f.StringArrayVar(&faults, "fault", nil, "something that goes wrong, as the `spec` above; can be repeated")
	f.Int64Var(&o.Seed.Seed, "seed", 0, "what the content is drawn from")
	f.DurationVar(&o.Source.Starting, "starting", 300*time.Millisecond, "how long an exporter stays STARTING")
	f.DurationVar(&o.Source.Pace, "pace", 0, "how long an exporter takes for each version")
	return c
}

// credentials splits a pair, from the flag or from the environment. What is wrong with it is told without it.
func (a *app) credentials(flag, value, env, form string) (user, password string, err error) {
	from := flag
	if value == "" {
		from = "$" + env
		value, _ = a.getenv(env)
	}
	user, password, ok := strings.Cut(value, ":")
	if value != "" && (!ok || user == "" || password == "") {
		return "", "", fmt.Errorf("%s: want %s", from, form)
	}
	return user, password, nil
}

// urls is the line that says the sandbox is ready.
type urls struct {
	Source string `json:"source"`
	Target string `json:"target"`
	Tokens string `json:"tokens,omitempty"` // of the identity provider
}
