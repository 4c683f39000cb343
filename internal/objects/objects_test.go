package objects

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
)

const canary = "c4nRedThroat"

func TestAPlaceIsReadAsItIsWritten(t *testing.T) {
	for text, want := range map[string]Place{
		"x.state.json":           {Path: "x.state.json"},
		`C:\states\x.state.json`: {Path: `C:\states\x.state.json`},
		"file:///var/lib/x%20y/": {Path: "/var/lib/x y/"},
		"s3://b/k/x.state.json":  {S3: S3{Bucket: "b"}, Key: "k/x.state.json"},
		"s3://b":                 {S3: S3{Bucket: "b"}},
		"s3://b/k?endpoint=http://127.0.0.1:7070&region=eu-1":   {S3: S3{Bucket: "b", Endpoint: "http://127.0.0.1:7070", Region: "eu-1"}, Key: "k", Query: "endpoint=http://127.0.0.1:7070&region=eu-1"},
		"s3://b/k/?endpoint=https://s3.example&pathStyle=false": {S3: S3{Bucket: "b", Endpoint: "https://s3.example", Hosted: true}, Key: "k/", Query: "endpoint=https://s3.example&pathStyle=false"},
	} {
		if got, err := Parse(text); got != want || err != nil {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"gs://b/k":                     `or in S3 and what speaks it (s3://BUCKET/KEY), not in "gs://"`,
		"azblob://b/k":                 `not in "azblob://"`,
		"":                             "it is empty",
		"file://host/x":                "file:// is followed by a path",
		"s3:///k":                      "it is not s3://BUCKET/KEY",
		"s3:/b/k":                      "a URL has two slashes behind its colon",
		"S3:b/k":                       "a URL has two slashes behind its colon",
		"s3://b:80/k":                  "?endpoint=http://HOST:PORT",
		"s3://u:" + canary + "@b/k":    "credentials are never part of it",
		"s3://b/k?secret=" + canary:    "endpoint, region and pathStyle, and nothing else",
		"s3://b/k?pathStyle=" + canary: "pathStyle is true or false",
		"s3://b/k?endpoint=http://u:" + canary + "@x":      "credentials are never part of it",
		"s3://b/k?endpoint=http://127.0.0.1:1/" + canary:   "the endpoint is not http(s)://host[:port]",
		"s3://b/k?endpoint=127.0.0.1:1&" + canary + "=%zz": "cannot be read",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %v, want %q, and no secret", text, err, want)
		}
	}
}

// Whatever is in a key, the URL that is told of it leads there again.
func TestAURLLeadsBackToItsPlace(t *testing.T) {
	for _, key := range []string{"k", "a#b/x?y", "100%", "%23", "a b+c&d=e", "ä/ß;:@", "//x", ""} {
		for _, query := range []string{"", "region=eu-1"} {
			want := Place{S3: S3{Bucket: "b"}, Key: key, Query: query}
			if query != "" {
				want.Region = "eu-1"
			}
			if got, err := Parse(want.URL()); got != want || err != nil {
				t.Errorf("%s: got %+v, %v; want %+v", want.URL(), got, err, want)
			}
		}
	}
	for text, want := range map[string]string{"s3://b/a#b": "# is no part of it; one in a key is written %23", "s3://b/a?b": "a ? in a key is written %3F", "s3://b/100%": "%25"} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestAFolderTakesAName(t *testing.T) {
	for text, want := range map[string]string{
		"s3://b": "s3://b/x", "s3://b/k/?region=r": "s3://b/k/x?region=r", "s3://b/k": "s3://b/k",
	} {
		p, err := Parse(text)
		if got := p.In("x").URL(); got != want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", text, got, err, want)
		}
	}
	if p := (Place{Path: "a/"}).In("x"); p.Path != "a/x" {
		t.Errorf("got %s", p.Path)
	}
}

func TestAKeyIsThirtyTwoBytes(t *testing.T) {
	for text, ok := range map[string]bool{
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=": true, strings.Repeat("0f", 32): true,
		"": false, canary: false, "AAAA": false, strings.Repeat("0f", 31): false,
	} {
		if _, err := ParseKey(text); (err == nil) != ok || err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: got %v, want it taken %v and never told", text, err, ok)
		}
	}
}

// one is a bucket with one object.
type one struct{ o *Object }

func (b *one) Get(context.Context, string) (*Object, error) {
	if b.o == nil {
		return nil, fs.ErrNotExist
	}
	o := *b.o
	return &o, nil
}

func (b *one) Put(_ context.Context, _ string, body []byte, _ string) (string, error) {
	b.o = &Object{Body: body}
	return "", nil
}

func (b *one) Delete(context.Context, string) error { return errors.ErrUnsupported }

func TestOnlyTheKeyOpensWhatIsSealed(t *testing.T) {
	b, ctx := new(one), context.Background()
	with := func(key []byte) Bucket {
		s, err := Sealed(b, key, func(key string) bool { return strings.HasSuffix(key, ".lock") })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	key, other := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	if _, err := with(key).Put(ctx, "a/x", []byte(canary), ""); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b.o.Body, []byte(canary)) || !bytes.HasPrefix(b.o.Body, []byte(sealedHead)) {
		t.Errorf("%q was sent", b.o.Body)
	}
	if o, err := with(key).Get(ctx, "b/x"); err != nil || string(o.Body) != canary {
		t.Errorf("got %+v, %v", o, err)
	}
	for what, c := range map[string]struct {
		key  []byte
		name string
		want string
	}{
		"another key":  {other, "a/x", "another key"},
		"another name": {key, "a/y", "or was altered"},
		"no key":       {nil, "a/x", "no key is given"},
	} {
		if _, err := with(c.key).Get(ctx, c.name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", what, err, c.want)
		}
	}
	b.o.Body = []byte("clear")
	if _, err := with(key).Get(ctx, "a/x"); err == nil || !strings.Contains(err.Error(), "it is not encrypted") {
		t.Errorf("a clear one: got %v, want a refusal", err)
	}
	for _, s := range []Bucket{with(nil), with(key)} {
		if o, err := s.Get(ctx, "a/x.lock"); err != nil || string(o.Body) != "clear" {
			t.Errorf("a lock: got %+v, %v", o, err)
		}
	}
}
