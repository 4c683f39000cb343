package registry_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// An import that got another id says which, so that what was made can be taken back.
func TestImportOfAnotherID(t *testing.T) {
	for body, want := range map[string]string{`{"id":4}`: "4", `{}`: "none"} {
		s := serve(t, answer(200, body))
		err := client(t, s.URL, nil).ImportRow(t.Context(), &registry.Row{
			Schema: registry.Schema{Subject: "a", Version: 3, ID: 7, SchemaType: "AVRO"}, Raw: []byte(`"\"string\""`),
		})
		wrong, ok := errors.AsType[*registry.ImportError](err)
		if !ok || wrong.ID != 7 || wrong.Version != 3 {
			t.Fatalf("%s: got %v", body, err)
		}
		if got := "none"; wrong.Got != nil {
			if got = fmt.Sprint(*wrong.Got); got != want {
				t.Errorf("%s: got id %s", body, got)
			}
		} else if got != want {
			t.Errorf("%s: got id %s", body, got)
		}
	}
}

// What is soft-deleted, or gone, already is as good as deleted; so a lost answer is asked for again.
func TestWithdrawAndPurge(t *testing.T) {
	for _, c := range []struct {
		body string
		do   func(*registry.Client) error
	}{
		{`{"error_code":40406,"message":"m"}`, func(c *registry.Client) error { return c.Withdraw(t.Context(), "a", 2) }},
		{`{"error_code":40402,"message":"m"}`, func(c *registry.Client) error { return c.Purge(t.Context(), "a", 2) }},
	} {
		s := serve(t, inTurn(answer(503, ""), answer(404, c.body)))
		if err := c.do(client(t, s.URL, nil)); err != nil || len(s.requests()) != 2 {
			t.Errorf("got %v after %q", err, s.requests())
		}
	}
	s := serve(t, answer(422, `{"error_code":42206,"message":"referred to"}`))
	if err := client(t, s.URL, nil).Withdraw(t.Context(), "a", 2); err == nil {
		t.Error("a refusal is no error")
	}
}

// A deletion whose answer was lost is refused when it is sent again; where half of that refusal arrives, it is sent once
// more, since only the whole tells that it is done.
func TestWithdrawAfterHalfARefusal(t *testing.T) {
	s := serve(t, inTurn(
		cutAfter(""),
		cutAfter("HTTP/1.1 404 Not Found\r\nContent-Length: 90\r\n\r\n{\"error_code\":40406,"),
		answer(404, `{"error_code":40406,"message":"deleted already"}`),
	))
	if err := client(t, s.URL, nil).Withdraw(t.Context(), "s", 1); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if got := s.requests(); len(got) != 3 {
		t.Errorf("sent %q, want it three times", got)
	}
}

// Some servers write an empty list as null.
func TestVersionsOfNothing(t *testing.T) {
	for body, want := range map[string]string{"null": "[]", "[]": "[]", "[1, 3]": "[1 3]", " null\n": "[]"} {
		got, err := client(t, serve(t, answer(200, body)).URL, nil).Versions(t.Context(), "a", true)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, %v", body, got, err)
		}
	}
	for _, body := range []string{"", "nul", "[1", `{"a":1}`, `[1]2`} {
		if got, err := client(t, serve(t, answer(200, body)).URL, nil).Versions(t.Context(), "a", true); err == nil {
			t.Errorf("%q: got %v", body, got)
		}
	}
}
