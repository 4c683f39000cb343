package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	mediaV1      = "application/vnd.schemaregistry.v1+json"
	mediaAny     = "application/vnd.schemaregistry+json"
	mediaJSON    = "application/json"
	mediaOctets  = "application/octet-stream"
	requestIDKey = "X-Request-ID"

	maxBody = 16 << 20
)

// body decodes what was sent; nothing leaves v as it is.
func (q *request) body(v any) error {
	b, err := io.ReadAll(io.LimitReader(q.Body, maxBody))
	if err != nil {
		return plain(http.StatusBadRequest, "HTTP 400 Bad Request")
	}
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return plain(http.StatusBadRequest, "Cannot deserialize the request: "+err.Error())
	}
	return nil
}

// flag is true for any spelling of true, as in Java.
func (q *request) flag(key string) bool {
	return strings.EqualFold(q.query.Get(key), "true")
}

// number reads a parameter, or gives the default.
func (q *request) number(key string, otherwise int) (int, error) {
	s := q.query.Get(key)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, plain(http.StatusNotFound, "HTTP 404 Not Found")
	}
	return n, nil
}

// page reads offset and limit; a limit below 0 is none.
func (q *request) page() (offset, limit int, err error) {
	offset, err = q.number("offset", 0)
	if err != nil {
		return 0, 0, err
	}
	limit, err = q.number("limit", -1)
	return max(offset, 0), limit, err
}

// cut applies a page to a list that is already complete.
func cut[T any](list []T, offset, limit int) []T {
	list = list[min(offset, len(list)):]
	if limit >= 0 {
		list = list[:min(limit, len(list))]
	}
	return list
}

// checkMedia refuses bodies of a type the server does not read. A body
// without a type is read.
func checkMedia(hr *http.Request) error {
	sent := hr.Header.Get("Content-Type")
	if sent == "" || hr.ContentLength == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(sent)
	if err != nil || !slices.Contains([]string{mediaV1, mediaAny, mediaJSON, mediaOctets}, media) {
		return plain(http.StatusUnsupportedMediaType, "HTTP 415 Unsupported Media Type")
	}
	return nil
}

// setRequestID gives the client's id back, or a new one.
func setRequestID(w http.ResponseWriter, hr *http.Request) {
	id := hr.Header.Get(requestIDKey)
	if id == "" {
		id = rand.Text()
	}
	w.Header().Set(requestIDKey, id)
}

// answerMedia is the most specific type that the client accepts.
func answerMedia(hr *http.Request) string {
	accept := hr.Header.Get("Accept")
	for _, m := range []string{mediaV1, mediaAny, mediaJSON} {
		if strings.Contains(accept, m) {
			return m
		}
	}
	return mediaV1
}

func writeAnswer(w http.ResponseWriter, hr *http.Request, answer any) {
	switch v := answer.(type) {
	case noContent:
		w.WriteHeader(http.StatusNoContent)
	case rawText:
		write(w, hr, http.StatusOK, []byte(v))
	default:
		writeJSON(w, hr, http.StatusOK, v)
	}
}

func writeError(w http.ResponseWriter, hr *http.Request, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{http.StatusInternalServerError, 50001, "Error in the backend data store -- " + err.Error()}
	}
	writeJSON(w, hr, e.Status, e)
}

func writeJSON(w http.ResponseWriter, hr *http.Request, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error_code":500,"message":"Internal Server Error"}`)
	}
	write(w, hr, status, b)
}

func write(w http.ResponseWriter, hr *http.Request, status int, b []byte) {
	w.Header().Set("Content-Type", answerMedia(hr))
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away is not this server's problem
}
