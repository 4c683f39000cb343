package registry_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestUselessAnswers(t *testing.T) {
	cases := map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"html":          {answer(200, "<html>login</html>"), "HTML"},
		"empty":         {answer(200, ""), "empty"},
		"no content":    {answer(204, ""), "empty"},
		"garbage":       {answer(200, "hello"), "is not JSON"},
		"wrong shape":   {answer(200, `["a"]`), "not what was asked for"},
		"no mode":       {answer(200, `{}`), "no mode"},
		"null":          {answer(200, `null`), "null"},
		"json cut":      {answer(200, `{"mode":`), "cut"},
		"trailing html": {answer(200, `{"mode":"READONLY"}<html>`), "is not JSON"},
		"length cut":    {cutAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"mo"), "cut"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.h)
			_, _, err := client(t, s.URL, nil).Mode(t.Context(), "")
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "GET "+s.URL+"/mode: ") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if cut := strings.Contains(tc.want, "cut"); registry.IsTemporary(err) != cut {
				t.Errorf("temporary: got %v, want %v", !cut, cut)
			}
		})
	}
}

func TestUselessLists(t *testing.T) {
	for name, tc := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"html":        {answer(200, "<html>"), "HTML"},
		"empty":       {answer(200, ""), "empty"},
		"object":      {answer(200, `{"a":1}`), "no list"},
		"null":        {answer(200, `null`), "no list"},
		"null inside": {answer(200, `["a",null]`), "null in it"},
		"cut":         {answer(200, `["a","b"`), "cut"},
		"cut early":   {answer(200, `[`), "cut"},
		"cut chunks":  {cutAfter("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[\"a\"\r\n"), "cut"},
		"trailing":    {answer(200, `["a"]["b"]`), "goes on"},
		"numbers":     {answer(200, `[1]`), "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.h)
			got, err := client(t, s.URL, nil).Subjects(t.Context(), "", false)
			if err == nil || !strings.Contains(err.Error(), tc.want) || got != nil {
				t.Errorf("got %v, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		h    http.HandlerFunc
		code int
		want string
	}{
		"registry":  {answer(422, `{"error_code":42205,"message":"not\n permitted"}`), 42205, "422 Unprocessable Entity, code 42205: not permitted"},
		"generic":   {answer(404, `{"error_code":404,"message":"HTTP 404 Not Found"}`), 404, "404 Not Found"},
		"empty":     {answer(405, ""), 0, "405 Method Not Allowed"},
		"html":      {answer(403, "<html>secret page</html>"), 0, "403 Forbidden: an HTML page instead of a registry's answer"},
		"text":      {answer(401, "who are you\nthen"), 0, "401 Unauthorized: who are you then"},
		"number":    {answer(400, `17`), 0, "400 Bad Request: 17"},
		"cut":       {cutAfter("HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\n{\"error"), 0, `409 Conflict: {"error`},
		"very long": {answer(400, strings.Repeat("x", 1<<20)), 0, "400 Bad Request: xxxx"},
		"odd code":  {answer(409, `{"error_code":"40950","message":"m"}`), 40950, "409 Conflict, code 40950: m"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.h)
			err := client(t, s.URL, nil).SetMode(t.Context(), "x", "READONLY", true)
			e, ok := errors.AsType[*registry.Error](fmt.Errorf("wrapped: %w", err))
			if !ok {
				t.Fatalf("got %v, want an Error", err)
			}
			if want := "PUT " + s.URL + "/mode/x?force=true: " + tc.want; e.Code != tc.code || !strings.HasPrefix(e.Error(), want) {
				t.Errorf("got %d, %.200s, want %d, %s", e.Code, e, tc.code, want)
			}
			if len(e.Error()) > 4000 || len(s.requests()) != 1 {
				t.Errorf("%d bytes of error, %d requests", len(e.Error()), len(s.requests()))
			}
		})
	}
}
