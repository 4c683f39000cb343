package sandbox

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faultKind is a kind of fault with the way its value is read.
type faultKind struct {
	name  string
	parse func(f *Fault, value string, valued bool) (action, error)
}

func faultKinds() []faultKind {
	return []faultKind{
		{"delay", parseDelay},
		{"status", parseStatus},
		{"429", parseTooMany},
		{"leader", bare(leaderless)},
		{"leader-lost", bare(leaderLost)},
		{"unauthorized", bare(expired)},
		{"unauthorized-after", parseExpiry},
		{"cut", bare(cutOff)},
		{"reset", bare(reset)},
		{"lose", bare(lose)},
		{"half", bare(halve)},
		{"html", answered200(http.StatusBadGateway, page)},
		{"text", answered200(http.StatusOK, line)},
		{"type", parseType},
		{"restart", parseRestart},
	}
}

// FaultKinds names every action of FaultGrammar once: unauthorized-after is
// unauthorized.
func FaultKinds() []string {
	var list []string
	for _, k := range faultKinds() {
		if k.name != "unauthorized-after" {
			list = append(list, k.name)
		}
	}
	return list
}

func (f *Fault) parseAction(text string) error {
	name, value, valued := strings.Cut(text, "=")
	kinds := faultKinds()
	i := slices.IndexFunc(kinds, func(k faultKind) bool { return k.name == name })
	if i < 0 {
		return fmt.Errorf("action %q: want %s", text, strings.Join(FaultKinds(), ", "))
	}
	var err error
	f.kind = name
	if f.act, err = kinds[i].parse(f, value, valued); err != nil {
		return fmt.Errorf("action %q: %w", text, err)
	}
	return nil
}

func number(s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("want a number from %d to %d", low, high)
	}
	return n, nil
}

// bare is for an action that takes no value.
func bare(a action) func(*Fault, string, bool) (action, error) {
	return func(_ *Fault, _ string, valued bool) (action, error) {
		if valued {
			return nil, errors.New("takes no value")
		}
		return a, nil
	}
}

// answered200 is for an action that has a status, which may be a good one.
func answered200(otherwise int, a func(int) action) func(*Fault, string, bool) (action, error) {
	return func(_ *Fault, value string, valued bool) (action, error) {
		if !valued {
			return a(otherwise), nil
		}
		n, err := number(value, 200, 599)
		return a(n), err
	}
}

func parseDelay(_ *Fault, value string, _ bool) (action, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return nil, errors.New("want a duration such as 2s")
	}
	return delay(d), nil
}

func parseStatus(_ *Fault, value string, _ bool) (action, error) {
	n, err := number(value, 400, 599)
	return answerStatus(n), err
}

func parseTooMany(_ *Fault, value string, valued bool) (action, error) {
	if !valued {
		return answerStatus(http.StatusTooManyRequests), nil
	}
	n, err := number(value, 0, 1<<31-1)
	return tooMany(n), err
}

func parseExpiry(f *Fault, value string, _ bool) (action, error) {
	n, err := number(value, 0, 1<<31-1)
	f.kind, f.skip = "unauthorized", n
	return expired, err
}

func parseType(_ *Fault, value string, _ bool) (action, error) {
	if _, _, err := mime.ParseMediaType(value); err != nil || !strings.Contains(value, "/") {
		return nil, errors.New("want a media type such as text/plain")
	}
	return declare(value), nil
}

func parseRestart(f *Fault, value string, valued bool) (action, error) {
	f.count = 1
	return bare(restart)(f, value, valued)
}
