package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (f *Fault) parseAction(text string) error {
	kind, value, valued := strings.Cut(text, "=")
	var err error
	switch kind {
	case "delay":
		f.act, err = parseDelay(value)
	case "status":
		f.act, err = parseStatus(value)
	case "429":
		f.act, err = parseTooMany(value, valued)
	case "html":
		f.act, err = parseHTML(value, valued)
	case "unauthorized-after":
		f.act = func(w http.ResponseWriter, q *http.Request, _ http.Handler) { unauthorized(w, q) }
		f.skip, err = number(value, 0, 1<<31-1)
	case "cut", "lose", "half":
		f.act = map[string]action{"cut": cutOff, "lose": lose, "half": halve}[kind]
		if valued {
			err = errors.New("takes no value")
		}
	default:
		return fmt.Errorf("action %q: want delay, status, 429, cut, lose, half, html or unauthorized-after", text)
	}
	if err != nil {
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

func parseDelay(value string) (action, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return nil, errors.New("want a duration such as 2s")
	}
	return delay(d), nil
}

func parseStatus(value string) (action, error) {
	n, err := number(value, 400, 599)
	return answerStatus(n), err
}

func parseTooMany(value string, valued bool) (action, error) {
	if !valued {
		return answerStatus(http.StatusTooManyRequests), nil
	}
	n, err := number(value, 0, 1<<31-1)
	return tooMany(n), err
}

func parseHTML(value string, valued bool) (action, error) {
	if !valued {
		return page(http.StatusBadGateway), nil
	}
	n, err := number(value, 200, 599)
	return page(n), err
}
