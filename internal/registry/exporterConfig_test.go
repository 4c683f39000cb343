package registry_test

import (
	"errors"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Where an exporter writes to is shown; with which password, nowhere.
func TestExporterTarget(t *testing.T) {
	for body, want := range map[string]string{
		`{"schema.registry.url":"http://t:1"}`:                                                      "http://t:1",
		`{"schema.registry.url":"http://u:p@t:1, http://u:p@o/x?k=p","basic.auth.user.info":"u:p"}`: "http://t:1,http://o/x",
		`{"schema.registry.url":"http://t\n\u001b[31m"}`:                                            "an unreadable address",
		`{"other":7}`: "",
		`{}`:          "",
	} {
		s := serve(t, routes(map[string]route{`GET /exporters/a%2Fb/config`: {200, body}}))
		if got, err := client(t, s.URL, nil).ExporterTarget(t.Context(), "a/b"); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
		}
	}
	s := serve(t, answer(404, `{"error_code":404}`))
	if _, err := client(t, s.URL, nil).ExporterTarget(t.Context(), "e"); !errors.Is(err, registry.ErrNoExporters) {
		t.Errorf("got %v", err)
	}
}
