package registry

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// owned are the headers that the client or the connection sets, in canonical form.
var owned = []string{
	"Accept", "Accept-Encoding", "Confluent-Accept-Unknown-Properties", "Connection", "Content-Encoding",
	"Content-Length", "Content-Type", "Expect", "Host", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// CheckHeaderName returns why no header of this name can be added to requests.
func CheckHeaderName(name string) error {
	const marks = "!#$%&'*+-.^_`|~"
	isToken := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(marks, r))
	})
	switch {
	case !isToken:
		return fmt.Errorf("%q is no name of a header", name)
	case slices.Contains(owned, http.CanonicalHeaderKey(name)):
		return fmt.Errorf("header %s is set by the client itself", name)
	}
	return nil
}

// CheckHeaderValue returns why a header cannot have this value, without showing it.
func CheckHeaderValue(v Secret) error {
	text := v.Reveal()
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return errors.New("its value has a line break or another control character in it")
	}
	if strings.TrimSpace(text) == "" {
		return errors.New("its value is empty")
	}
	return nil
}

// headers checks what the config adds to every request.
func (c Config) headers() (http.Header, error) {
	h := http.Header{}
	for name, value := range c.Headers {
		err := CheckHeaderName(name)
		if err == nil {
			err = CheckHeaderValue(value)
		}
		if err != nil {
			return nil, fmt.Errorf("registry %q: header %q: %w", c.Name, name, err)
		}
		h.Set(name, value.Reveal())
	}
	if h.Get("Authorization") != "" && c.hasLogin() {
		return nil, fmt.Errorf("registry %q: header Authorization goes without any other credentials", c.Name)
	}
	for name, value := range map[string]string{
		"Authorization": c.fixedAuthorization(), headerLogicalCluster: c.LogicalCluster, headerIdentityPool: c.IdentityPool,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h, nil
}
