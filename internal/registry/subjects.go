package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// GET /contexts
//
// Contexts returns the names of all contexts, the default one "." first. A
// server without contexts has that one.
func (c *Client) Contexts(ctx context.Context) ([]string, error) {
	names, known, err := c.ContextsIfKnown(ctx)
	if err == nil && !known {
		return []string{"."}, nil
	}
	return names, err
}

// GET /contexts
//
// ContextsIfKnown is Contexts for who has to tell a server that has no contexts
// from one that has no other: known is false for the former.
func (c *Client) ContextsIfKnown(ctx context.Context) (names []string, known bool, err error) {
	var got []string
	err = c.do(ctx, call{method: http.MethodGet, path: "/contexts", read: list(&got)})
	if err != nil {
		if isUnknownRoute(err) {
			err = nil
		}
		return nil, false, err
	}
	names = []string{"."}
	for _, n := range got {
		n = strings.TrimSuffix(strings.TrimPrefix(n, ":"), ":")
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names[1:])
	return names, true, nil
}

// GET /subjects?subjectPrefix={prefix}&deleted={deleted}
//
// Subjects returns the names that begin with prefix: ":*:" stands for every
// context, ":.ctx:" for one, and "" leaves the choice to the server, which
// since 7.0.2 means all. With deleted those without a live version are included.
func (c *Client) Subjects(ctx context.Context, prefix string, deleted bool) ([]string, error) {
	return c.SubjectsKnown(ctx, prefix, deleted, func(string) string { return "" })
}

// SubjectsKnown is Subjects for who has most of the names already: what known
// returns for one takes its place, so that there need not be two of it in
// memory. It returns "" for what it does not know.
func (c *Client) SubjectsKnown(ctx context.Context, prefix string, deleted bool, known func(name string) string) ([]string, error) {
	q := url.Values{}
	if prefix != "" {
		q.Set("subjectPrefix", prefix)
	}
	if deleted {
		q.Set("deleted", "true")
	}
	var all []string
	seen := map[string]bool{}
	for {
		var page []string
		if err := c.do(ctx, call{method: http.MethodGet, path: "/subjects", query: q, stream: true, read: names(&page, c.buffers, known)}); err != nil {
			return nil, err
		}
		if len(all) == 0 && len(page)%1000 != 0 {
			return page, nil
		}
		fresh := 0
		for _, s := range page {
			if !seen[s] {
				seen[s] = true
				all = append(all, s)
				fresh++
			}
		}
		// 7.9.0 and 7.9.1 alone cap this listing, at a round number. Others do
		// not know offset in it and send the same again.
		if fresh == 0 || len(page)%1000 != 0 {
			return all, nil
		}
		q.Set("offset", strconv.Itoa(len(all)))
	}
}

// GET /contexts/{context}/subjects?deleted={deleted}
//
// ContextSubjects returns the names of one context, as the server spells them:
// qualified or not. Some servers list a context in this way only.
func (c *Client) ContextSubjects(ctx context.Context, name string, deleted bool) ([]string, error) {
	var got []string
	err := c.do(ctx, call{
		method: http.MethodGet, path: "/contexts/" + segment(name) + "/subjects",
		query: deletedQuery(deleted), stream: true, read: names(&got, c.buffers, func(string) string { return "" }),
	})
	if isUnknownRoute(err) {
		return nil, nil
	}
	return got, err
}

// GET /subjects/{subject}/versions?deleted={deleted}
//
// Versions returns the numbers of a subject's versions. Some servers write none as null.
func (c *Client) Versions(ctx context.Context, subject string, deleted bool) ([]int, error) {
	var vs []int
	err := c.do(ctx, call{
		method: http.MethodGet, path: "/subjects/" + segment(subject) + "/versions",
		query: deletedQuery(deleted), read: numbers(&vs),
	})
	return vs, err
}

// numbers reads an array of numbers; null is an empty one.
func numbers(v *[]int) func(io.Reader) error {
	return func(body io.Reader) error {
		b, err := io.ReadAll(body)
		if err != nil {
			return cut(err)
		}
		if string(bytes.TrimSpace(b)) == "null" {
			*v = []int{}
			return nil
		}
		return list(v)(bytes.NewReader(b))
	}
}

// GET /subjects/{subject}/versions/{version}?deleted={deleted}
//
// Version returns one version; -1 is the latest. A server that does not find
// an unqualified subject looks in every context: such an answer is not the
// subject asked for and counts as not found.
func (c *Client) Version(ctx context.Context, subject string, version int, deleted bool) (*Schema, error) {
	number := strconv.Itoa(version)
	if version < 0 {
		number = "latest"
	}
	r := call{
		method: http.MethodGet, path: "/subjects/" + segment(subject) + "/versions/" + number,
		query: deletedQuery(deleted),
	}
	var s *Schema
	r.read = into(&s)
	if err := c.do(ctx, r); err != nil {
		return nil, err
	}
	if err := c.isOf(r, s, subject, version); err != nil {
		return nil, err
	}
	return s, nil
}

// GET /subjects/{subject}/versions/{version}?deleted={deleted}
//
// VersionRow is Version as a row of a listing would have it.
func (c *Client) VersionRow(ctx context.Context, subject string, version int, deleted bool) (*Row, error) {
	r := call{
		method: http.MethodGet, path: "/subjects/" + segment(subject) + "/versions/" + strconv.Itoa(version),
		query: deletedQuery(deleted),
	}
	var row *Row
	r.read = func(body io.Reader) (err error) {
		row, err = oneRow(body)
		return err
	}
	if err := c.do(ctx, r); err != nil {
		return nil, err
	}
	return row, c.isOf(r, &row.Schema, subject, version)
}

func deletedQuery(deleted bool) url.Values {
	if !deleted {
		return nil
	}
	return url.Values{"deleted": {"true"}}
}

// bare drops the default context's own prefix, which is the same as none.
func bare(subject string) string { return strings.TrimPrefix(subject, ":.:") }

// GET /subjects/{subject}/versions/{version}?deleted=true
//
// VersionAsSent is Version, soft-deleted or not, with the answer as the server
// wrote it: to the byte, and with fields that this program does not know.
func (c *Client) VersionAsSent(ctx context.Context, subject string, version int) (json.RawMessage, error) {
	r := call{
		method: http.MethodGet, path: "/subjects/" + segment(subject) + "/versions/" + strconv.Itoa(version),
		query: deletedQuery(true),
	}
	var raw json.RawMessage
	r.read = into(&raw)
	if err := c.do(ctx, r); err != nil {
		return nil, err
	}
	var s Schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("GET %s: %w", c.at(r), err)
	}
	return raw, c.isOf(r, &s, subject, version)
}

// isOf refuses an answer that is about another version than the one asked for.
func (c *Client) isOf(r call, s *Schema, subject string, version int) error {
	if bare(s.Subject) == bare(subject) && (version < 0 || s.Version == version) {
		return nil
	}
	return &Error{
		Method: r.method, URL: c.at(r), Status: http.StatusNotFound, Code: 40401,
		Message: "the server answered with version " + strconv.Itoa(s.Version) + " of subject " + strconv.Quote(s.Subject),
	}
}
