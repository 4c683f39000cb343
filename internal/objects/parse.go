package objects

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Place is where a state lies, as a person names it: a path on the disk, or a key in a bucket.
type Place struct {
	Path string // "" for one in a bucket
	S3
	Key   string // "" for the bucket itself
	Query string // what follows the ? of the URL
}

// Folder says whether it only names what a state lies in.
func (p Place) Folder() bool {
	if p.Path != "" {
		return strings.HasSuffix(p.Path, "/") || strings.HasSuffix(p.Path, string(filepath.Separator))
	}
	return p.Key == "" || strings.HasSuffix(p.Key, "/")
}

// In is the place of a state of that name where this one is a folder, and this one otherwise.
func (p Place) In(name string) Place {
	switch {
	case !p.Folder():
	case p.Path != "":
		p.Path = filepath.Join(p.Path, name)
	default:
		p.Key += name
	}
	return p
}

// URL is that of an object in a bucket, as a command line takes it: Parse makes the same place of it.
func (p Place) URL() string {
	text := p.Prefix() + strings.NewReplacer("%", "%25", "#", "%23", "?", "%3F").Replace(p.Key)
	if p.Query != "" {
		text += "?" + p.Query
	}
	return text
}

// Name is the place for whoever reads it, and what the parts of a state are told apart by: the bucket, and the key as it is.
func (p Place) Name() string { return p.Prefix() + p.Key }

// Prefix is what stands before a key.
func (p Place) Prefix() string { return "s3://" + p.Bucket + "/" }

// slip is what is hardly ever meant for a path.
var slip = regexp.MustCompile(`(?i)^(s3|file):`)

// Parse reads a path, a file:// URL, or s3://BUCKET/KEY?endpoint=URL&region=NAME&pathStyle=true. What it does not take it
// does not repeat: somebody may have put credentials there.
func Parse(text string) (Place, error) {
	scheme, rest, is := strings.Cut(text, "://")
	switch {
	case text == "":
		return Place{}, errors.New("it is empty")
	case !is && slip.MatchString(text):
		return Place{}, errors.New("a URL has two slashes behind its colon, as in s3://BUCKET/KEY; a path that begins so is written with ./ before it")
	case !is:
		return Place{Path: text}, nil
	case scheme == "file":
		if !strings.HasPrefix(rest, "/") {
			return Place{}, errors.New("file:// is followed by a path that begins with /, as in file:///var/lib/srmigrate/")
		}
		path, err := url.PathUnescape(rest)
		if err != nil {
			return Place{}, errors.New("what follows file:// is no path: % is written %25 there")
		}
		return Place{Path: path}, nil
	case scheme != "s3":
		return Place{}, fmt.Errorf("states lie on a disk (a path, or file:///PATH) or in S3 and what speaks it (s3://BUCKET/KEY), not in %q", scheme+"://")
	}
	return parseS3(text)
}

func parseS3(text string) (Place, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Place{}, errors.New("it is no URL; s3://BUCKET/KEY is one, with %25, %23 and %3F for %, # and ? in a key")
	case u.User != nil:
		return Place{}, errors.New("credentials are never part of it: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role")
	case strings.Contains(text, "#"):
		return Place{}, errors.New("# is no part of it; one in a key is written %23, and a ? in a key %3F")
	case u.Host == "" || u.Port() != "":
		return Place{}, errors.New("it is not s3://BUCKET/KEY; a server of your own is named by ?endpoint=http://HOST:PORT behind that")
	}
	p := Place{S3: S3{Bucket: u.Host}, Key: strings.TrimPrefix(u.Path, "/"), Query: u.RawQuery}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Place{}, errors.New("what follows the ? cannot be read")
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		switch value := q.Get(name); name {
		case "endpoint":
			p.Endpoint = value
		case "region":
			p.Region = value
		case "pathStyle":
			if value != "true" && value != "false" {
				return Place{}, errors.New("pathStyle is true or false")
			}
			p.Hosted = value == "false"
		default:
			return Place{}, errors.New("behind the ? stand endpoint, region and pathStyle, and nothing else; a ? in a key is written %3F")
		}
	}
	if p.Endpoint != "" {
		if _, err := p.Open(); err != nil { // nothing is sent
			return Place{}, err
		}
	}
	return p, nil
}
