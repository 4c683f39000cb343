package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// named gives a test credentials of its own.
func named(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "bird", "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
}

func both(t *testing.T, at S3) (get, put error) {
	t.Helper()
	b, err := at.Open()
	if err != nil {
		t.Fatal(err)
	}
	_, get = b.Get(context.Background(), "x")
	_, put = b.Put(context.Background(), "x", []byte("y"), "")
	return get, put
}

// What a server refuses for good is not tried again, and whoever reads it is told what to do.
func TestARefusalSaysWhatToDo(t *testing.T) {
	named(t)
	for code, c := range map[string]struct {
		status int
		want   string
	}{
		"NoSuchBucket":                 {404, `make bucket "states", or check its name, and region and endpoint`},
		"AccessDenied":                 {403, "the credentials need s3:GetObject"},
		"InvalidAccessKeyId":           {403, "check AWS_ACCESS_KEY_ID"},
		"SignatureDoesNotMatch":        {403, "check AWS_SECRET_ACCESS_KEY"},
		"ExpiredToken":                 {400, "AWS_SESSION_TOKEN"},
		"RequestTimeTooSkewed":         {403, "the clock of this machine is further from the server's than that allows"},
		"AuthorizationHeaderMalformed": {400, `the bucket is in another region, "eu-7": name it by ?region=NAME`},
		"NotImplemented":               {501, "the server does not know what a state needs, which is If-None-Match and If-Match on PUT"},
		"Anything":                     {400, "it is so (Anything)"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(c.status)
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>it is so</Message><Region>eu-7</Region></Error>", code)
		}))
		get, put := both(t, S3{Bucket: "states", Endpoint: server.URL, Region: "us-east-1", NoIMDS: true})
		server.Close()
		for what, err := range map[string]error{"GET": get, "PUT": put} {
			_, unclear := errors.AsType[*Unclear](err)
			if err == nil || unclear || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s %s: got %v, want %q for good, and no secret", code, what, err, c.want)
			}
		}
	}
}

// Where no connection is made it is said what is looked for there, and by what name it goes.
func TestAServerThatIsNotReachedSaysWhatToCheck(t *testing.T) {
	named(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told of each handshake that fails
	secure.StartTLS()
	defer secure.Close()
	for at, want := range map[string]string{
		gone.URL: "connection refused; nothing listens there: see whether the object storage is up, and check its endpoint, which is named by AWS_ENDPOINT_URL_S3, or ?endpoint= behind the place",
		strings.Replace(plain.URL, "http:", "https:", 1): "it does not speak TLS there: write http:// in the endpoint",
		secure.URL: "name the PEM file of that CA in SSL_CERT_FILE",
	} {
		get, put := both(t, S3{Bucket: "states", Endpoint: at, NoIMDS: true})
		for what, err := range map[string]error{"GET": get, "PUT": put} {
			if _, unclear := errors.AsType[*Unclear](err); !unclear || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s %s: got %v, want %q, unclear, and no secret", what, at, err, want)
			}
		}
	}
}
