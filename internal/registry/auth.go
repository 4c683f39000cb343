package registry

import (
	"encoding/base64"
	"strings"
)

// Headers by which Confluent Cloud learns whom a bearer token is for.
const (
	headerLogicalCluster = "Target-Sr-Cluster"
	headerIdentityPool   = "Confluent-Identity-Pool-Id"
)

// hasLogin reports whether requests bring credentials along, but for headers.
func (c Config) hasLogin() bool {
	return c.OAuth != OAuth{} || !c.Token.IsZero() || c.Username != "" || !c.Password.IsZero()
}

// fixedAuthorization is the header of credentials that need no endpoint to be asked first, "" for none.
func (c Config) fixedAuthorization() string {
	switch {
	case !c.Token.IsZero():
		return "Bearer " + c.Token.Reveal()
	case c.Username != "" || !c.Password.IsZero():
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password.Reveal()))
	}
	return ""
}

// AddCredentials makes known what a client of this config sends along with its requests.
func (r *Redactor) AddCredentials(c Config) {
	if !c.Password.IsZero() {
		r.Add(c.Password.Reveal(), c.Username+":"+c.Password.Reveal())
	}
	r.Add(c.Token.Reveal())
	if s := c.OAuth.ClientSecret; !s.IsZero() {
		r.Add(s.Reveal(), c.OAuth.ClientID+":"+s.Reveal())
	}
	for _, v := range c.Headers {
		_, token, _ := strings.Cut(v.Reveal(), " ") // such as Bearer in front
		r.Add(v.Reveal(), token)
	}
}
