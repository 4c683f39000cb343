package registry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Whatever a server does with what it was sent, no error and no log line shows it.
func TestNoSecretInErrorsAndLogs(t *testing.T) {
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body) // a GET has none
			w.Header().Set("X-Request-ID", canary)
			w.WriteHeader(status)
			text := r.Header.Get("Authorization") + fmt.Sprint(body) + strings.Join(encodings(canary), " ")
			_ = json.NewEncoder(w).Encode(map[string]any{"error_code": status*100 + 1, "message": text, "trace": text, "state": "RUNNING"})
		}
	}
	for _, status := range []int{200, 301, 400, 401, 404, 409, 500} {
		s := serve(t, echo(status))
		var l log
		c := client(t, s.URL, func(cfg *registry.Config) {
			cfg.Username, cfg.Password, cfg.Logger = "user", registry.NewSecret(canary), l.logger()
		})
		for _, err := range everyCall(t.Context(), c) {
			mustHide(t, fmt.Sprintf("error after %d", status), fmt.Sprintf("%v %+v", err, err))
		}
		st, _ := c.ExporterStatus(t.Context(), canary)
		mustHide(t, "trace", st.Trace)
		mustHide(t, "log", l.String())
		if !strings.Contains(l.String(), "PUT") {
			t.Errorf("no requests in the log: %s", l.String())
		}
	}
}

// A config value is known as a secret before it is sent, addresses are not.
func TestExporterConfigIsRedacted(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(409)
		_, _ = w.Write([]byte(`{"error_code":40951,"message":"http://target:8081 USER_INFO ` +
			`user:hunter22 hunter22 aHVudGVyMjI= hidden7 in http://u:hidden7@target"}`))
	})
	err := client(t, s.URL, nil).CreateExporter(t.Context(), registry.Exporter{Name: "e", Config: map[string]registry.Secret{
		"schema.registry.url":           registry.NewSecret("http://u:hidden7@target"),
		"basic.auth.credentials.source": registry.NewSecret("USER_INFO"),
		"basic.auth.user.info":          registry.NewSecret("user:hunter22"),
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"http://target:8081 USER_INFO [redacted] [redacted] [redacted] [redacted] in http://[redacted]@target"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func everyCall(ctx context.Context, c *registry.Client) []error {
	var errs []error
	add := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	e := registry.Exporter{Name: canary, Config: map[string]registry.Secret{"k": registry.NewSecret(canary)}}
	_, _, err := c.Mode(ctx, canary)
	add(err)
	add(c.SetMode(ctx, canary, canary, true))
	_, err = c.ClearMode(ctx, canary)
	add(err)
	_, _, err = c.Config(ctx, canary)
	add(err)
	_, err = c.Contexts(ctx)
	add(err)
	_, err = c.Subjects(ctx, canary, true)
	add(err)
	_, err = c.Version(ctx, canary, 1, true)
	add(err)
	_, err = c.Schemas(ctx, registry.SchemaQuery{Prefix: canary}, func() func(*registry.Row) error { return nil })
	add(err)
	_, err = c.ExporterNames(ctx)
	add(err)
	_, err = c.Exporter(ctx, canary)
	add(err)
	add(c.CreateExporter(ctx, e))
	add(c.UpdateExporter(ctx, e))
	add(c.DeleteExporter(ctx, canary))
	add(c.ResetExporter(ctx, canary))
	add(c.Import(ctx, registry.Schema{Subject: canary, Version: 1, Schema: canary}))
	_, err = c.DeleteSubject(ctx, canary, true)
	add(err)
	return errs
}
