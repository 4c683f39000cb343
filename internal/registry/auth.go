package registry

import (
	"net/http"
	"strings"
)

// authorize adds what a request needs to be let in. A nil one adds nothing.
type authorize func(*http.Request) error

// authorization picks the way that the config asks for.
func (c Config) authorization() authorize {
	switch {
	case !c.Token.IsZero():
		return func(req *http.Request) error {
			req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
			return nil
		}
	case c.Username != "" || !c.Password.IsZero():
		return func(req *http.Request) error {
			req.SetBasicAuth(c.Username, c.Password.Reveal())
			return nil
		}
	}
	return nil
}

// addCredentials makes known what the client sends along with every request.
func (r *Redactor) addCredentials(c Config) {
	if !c.Password.IsZero() {
		r.Add(c.Password.Reveal(), c.Username+":"+c.Password.Reveal())
	}
	r.Add(c.Token.Reveal())
	for _, v := range c.Headers {
		_, token, _ := strings.Cut(v.Reveal(), " ") // such as Bearer in front
		r.Add(v.Reveal(), token)
	}
}
