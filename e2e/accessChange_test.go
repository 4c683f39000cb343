package e2e

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// A password that is changed in its file, in the middle of a run, is taken from there; nothing is sent twice and nothing fails.
func TestAPasswordIsRotatedInARun(t *testing.T) {
	login := logins()["basic"]
	login.registry = "auth: {basic: {username: me, password: {file: password}}}"
	e := enter(t, access{}, secured()["http"])
	front := func(to string) *httptest.Server {
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		behind := httputil.NewSingleHostReverseProxy(u)
		behind.ErrorLog = log.New(io.Discard, "", 0)
		var n atomic.Int32
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 45 {
				keep(t, e.dir, "password", []byte(canary+"new\n"))
			}
			password := canary + "old"
			if n.Load() >= 45 {
				password = canary + "new"
			}
			if _, p, _ := r.BasicAuth(); p != password {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			r.Header.Del("Authorization")
			behind.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		return s
	}
	keep(t, e.dir, "password", []byte(canary+"old\n"))
	text := strings.Replace(e.text, "source: {url: "+e.pair.SourceURL, "source: {url: "+front(e.pair.SourceURL).URL+", "+login.registry, 1)
	e.write(text)
	code, out, errs := e.srmigrate("run", "-v", "runbook.yaml")
	if code != 0 || strings.Count(errs, "credentials were refused and read again") != 1 || strings.Contains(errs, "status=401") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

// A token that is refused once is replaced.
func TestATokenIsReplacedInARun(t *testing.T) {
	for _, fault := range []string{"source:POST /exporters:unauthorized:1", "target:GET /:unauthorized:9+1"} {
		e := enter(t, logins()["oauth"], secured()["https"], fault)
		if code, out, errs := e.srmigrate("run", "runbook.yaml"); code != 0 {
			t.Errorf("%s: exit %d\n%s%s", fault, code, out, errs)
		}
	}
}

// The proxy of the environment is used, and its password is shown nowhere.
func TestAProxyFromTheEnvironment(t *testing.T) {
	e := enter(t, access{}, secured()["http"])
	var through atomic.Int32
	hosts := map[string]string{"source.example:8081": e.pair.SourceURL, "target.example:8081": e.pair.TargetURL}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") == "" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		u, err := url.Parse(hosts[r.Host])
		if err != nil {
			t.Error(err)
			return
		}
		through.Add(1)
		httputil.NewSingleHostReverseProxy(u).ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	of := func(user string) string {
		return "http_proxy=http://" + user + strings.TrimPrefix(proxy.URL, "http://")
	}
	compare := []string{"compare", "--source", "http://source.example:8081", "--target", "http://target.example:8081"}
	clean := e.env
	e.env = append(clean[:len(clean):len(clean)], of("me:"+url.QueryEscape(canary)+"@"), "no_proxy=")
	if code, out, errs := e.srmigrate(append(compare, "-v")...); code != 10 || through.Load() == 0 {
		t.Errorf("exit %d, %d requests came through\n%s%s", code, through.Load(), out, errs)
	}
	e.env = append(clean[:len(clean):len(clean)], of(""), "no_proxy=")
	if code, out, errs := e.srmigrate(compare...); code != 11 || !strings.Contains(out+errs, "407 Proxy Authentication Required") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}
