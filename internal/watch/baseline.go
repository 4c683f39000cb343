package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// baselineVersion is the format of the file.
const baselineVersion = 1

// Baseline is what the source held at one moment: its live versions, by subject.
type Baseline struct {
	Version  int              `json:"version"`
	Taken    time.Time        `json:"taken"`
	Registry string           `json:"registry,omitempty"` // what it says of itself, "" where it does not
	URL      string           `json:"url"`
	Subjects map[string][]int `json:"subjects"` // ascending
}

// holds reads what a registry holds now.
func holds(ctx context.Context, c *registry.Client, at time.Time) (*Baseline, error) {
	b := &Baseline{Version: baselineVersion, Taken: at, URL: c.URL(), Subjects: map[string][]int{}}
	id, known, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if known {
		b.Registry = id
	}
	err = compare.Keys(ctx, c, false, func(k compare.Key, _ bool) error {
		b.Subjects[k.Subject] = append(b.Subjects[k.Subject], k.Version)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Read reads a baseline that Write wrote.
func Read(r io.Reader) (*Baseline, error) {
	dec := json.NewDecoder(r)
	b := new(Baseline)
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	if b.Version > baselineVersion {
		return nil, fmt.Errorf("is of a newer srmigrate (format %d, this one knows %d)", b.Version, baselineVersion)
	}
	if b.Version < 1 || b.Taken.IsZero() || b.Subjects == nil {
		return nil, errors.New("is damaged: it is no list of what a registry held")
	}
	return b, nil
}

// Write writes the baseline.
func (b *Baseline) Write(w io.Writer) error { return json.NewEncoder(w).Encode(b) }

// Versions counts them.
func (b *Baseline) Versions() (n int) {
	for _, list := range b.Subjects {
		n += len(list)
	}
	return n
}

// OtherError says that the baseline is of another registry.
type OtherError struct{ Before, Now string }

func (e *OtherError) Error() string {
	return fmt.Sprintf("is of another registry: it was %s, now it is %s", e.Before, e.Now)
}

// matches refuses to compare two registries by time.
func (b *Baseline) matches(now *Baseline) error {
	if b.Registry == "" || now.Registry == "" { // one that does not say who it is, is known by its address
		if b.URL == now.URL {
			return nil
		}
		return &OtherError{b.URL, now.URL}
	}
	if b.Registry == now.Registry {
		return nil
	}
	return &OtherError{fmt.Sprintf("%s at %s", b.Registry, b.URL), fmt.Sprintf("%s at %s", now.Registry, now.URL)}
}

// changes are the versions that came and those that went, in order.
func (b *Baseline) changes(now *Baseline) (came, went []compare.Key) {
	return missing(b, now), missing(now, b)
}

// missing are the versions of one that the other does not have.
func missing(from, of *Baseline) (keys []compare.Key) {
	for _, subject := range slices.Sorted(maps.Keys(of.Subjects)) {
		for _, v := range of.Subjects[subject] {
			if _, there := slices.BinarySearchFunc(from.Subjects[subject], v, cmp.Compare); !there {
				keys = append(keys, compare.Key{Subject: subject, Version: v})
			}
		}
	}
	return keys
}
