package compare_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"
)

// A downloader reads a registry and keeps nothing of it.
type downloader struct {
	base   string
	client *http.Client
}

func newDownloader(base string) downloader {
	return downloader{base, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
}

// get counts the rows of a listing as they come, without reading them.
func (d downloader) get(path string) (rows int, err error) {
	resp, err := d.client.Get(d.base + path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	c := &counter{}
	_, err = io.CopyBuffer(struct{ io.Writer }{c}, resp.Body, make([]byte, 64<<10))
	return c.rows, err
}

// A counter counts `{"subject":`, wherever writes end.
type counter struct {
	rows int
	rest []byte
}

func (c *counter) Write(p []byte) (int, error) {
	sign := []byte(`{"subject":`)
	edge := append(c.rest, p[:min(len(p), len(sign)-1)]...)
	c.rows += bytes.Count(edge, sign) + bytes.Count(p, sign)
	c.rest = append(c.rest[:0], p[max(0, len(p)-len(sign)+1):]...)
	return len(p), nil
}

func (d downloader) names(path string) (names []string, err error) {
	resp, err := d.client.Get(d.base + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return names, json.NewDecoder(resp.Body).Decode(&names)
}

// whole is one request, for servers that send everything at once.
func (d downloader) whole() error {
	_, err := d.get("/schemas?subjectPrefix=" + url.QueryEscape(":*:"))
	return err
}

// pages advances the offset until a page is empty.
func (d downloader) pages() error {
	for offset := 0; ; {
		n, err := d.get(fmt.Sprintf("/schemas?subjectPrefix=%s&offset=%d", url.QueryEscape(":*:"), offset))
		if err != nil || n == 0 {
			return err
		}
		offset += n
	}
}

// parts is the cheapest way that is known for servers with a cap.
func (d downloader) parts() error {
	names, err := d.names("/subjects?subjectPrefix=" + url.QueryEscape(":*:"))
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(8)
	for _, p := range compareParts(names) {
		g.Go(func() error {
			for offset := 0; ; {
				n, err := d.get(fmt.Sprintf("/schemas?subjectPrefix=%s&offset=%d", url.QueryEscape(p), offset))
				if err != nil || n == 0 {
					return err
				}
				offset += n
			}
		})
	}
	return g.Wait()
}

// naive reads as the usual tools do: two requests a subject, one a version, ten
// at a time. It compares nothing.
func (d downloader) naive() error {
	names, err := d.names("/subjects?subjectPrefix=" + url.QueryEscape(":*:"))
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(10)
	for _, n := range names {
		g.Go(func() error {
			at := "/subjects/" + strings.ReplaceAll(url.PathEscape(n), "%3A", ":") + "/versions"
			for _, path := range []string{at, at + "/latest", at + "/1", at + "/2", at + "/3"} {
				if _, err := d.get(path); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// download reads both registries at once.
func download(how string, urls []string) error {
	var g errgroup.Group
	for _, u := range urls {
		d := newDownloader(u)
		g.Go(map[string]func() error{"whole": d.whole, "pages": d.pages, "parts": d.parts, "naive": d.naive}[how])
	}
	return g.Wait()
}
