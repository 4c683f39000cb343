package objectstest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// ServeHTTP answers as S3 does, for any bucket that is named first in the path. It believes every signature.
func (m *Memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, key, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !ok || key == "" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
	var err error
	switch r.Method {
	case http.MethodGet:
		err = m.get(w, r, key)
	case http.MethodPut:
		err = m.put(w, r, key)
	case http.MethodDelete:
		if err = m.Delete(r.Context(), key); err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		refuse(w, http.StatusNotFound, "NoSuchKey")
	case errors.Is(err, objects.ErrChanged):
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
	case err != nil:
		panic(http.ErrAbortHandler) // cuts the connection
	}
}

func (m *Memory) get(w http.ResponseWriter, r *http.Request, key string) error {
	o, err := m.Get(r.Context(), key)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", `"`+o.Tag+`"`)
	h.Set("Last-Modified", o.Written.UTC().Format(http.TimeFormat))
	h.Set("Date", o.Now.UTC().Format(http.TimeFormat))
	_, err = w.Write(o.Body)
	return err
}

func (m *Memory) put(w http.ResponseWriter, r *http.Request, key string) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	match := strings.Trim(r.Header.Get("If-Match"), `"`)
	if (match == "") != (r.Header.Get("If-None-Match") == "*") {
		refuse(w, http.StatusBadRequest, "NoCondition") // each write here has one
		return nil
	}
	tag, err := m.Put(r.Context(), key, body, match)
	if err == nil {
		w.Header().Set("ETag", `"`+tag+`"`)
	}
	return err
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code) // else nobody hears it
}
