package compare

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sync"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Shelf is every version of a registry as it came, soft-deleted ones too. What
// it holds is in a file; in memory it has some dozen bytes of each.
type Shelf struct {
	Moved bool // the registry was written to while it was read

	file   *os.File
	out    *bufio.Writer
	at     int64
	holder *holder
	live   map[Key]bool

	mu   sync.Mutex
	list map[string][]slot
	err  error // of the file; the first one
}

// A slot is where a version is in the file.
type slot struct {
	version, size int
	from          int64
}

// Shelve reads every version of a registry into a file, which has to be empty
// and to stay open until nobody asks the shelf any more. What comes or goes
// meanwhile is in it or not, and what stays is.
func Shelve(ctx context.Context, c *registry.Client, file *os.File) (*Shelf, error) {
	s := &Shelf{file: file, out: bufio.NewWriterSize(file, 1<<16), holder: newHolder(sameName)}
	s.holder.schemas, s.holder.late = map[Key]*registry.Schema{}, true
	r := &reader{c: c, deleted: true, still: []bool{true, false}, holder: s.holder, sink: s}
	err := r.read(ctx)
	if s.err != nil {
		return nil, &FileError{file.Name(), s.err}
	}
	if isMoved(err) {
		err = fmt.Errorf("%s %w", c.URL(), err)
	}
	if err != nil {
		return nil, err
	}
	s.holder.schemas, s.Moved = nil, r.moved.Load()
	// After all of them: what comes in between is not taken for soft-deleted.
	if s.live, err = liveKeys(ctx, c); err != nil {
		return nil, err
	}
	if err := s.out.Flush(); err != nil {
		return nil, &FileError{file.Name(), err}
	}
	return s, nil
}

// Subjects are the names of all subjects, sorted; of some all versions are soft-deleted.
func (s *Shelf) Subjects() []string {
	names := make([]string, 0, len(s.list))
	for name := range s.list {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Each gives every version, by subject and number. Its text is a JSON string, as
// it came, and Deleted is set. An error from each ends it.
func (s *Shelf) Each(each func(*registry.Schema) error) error {
	for _, subject := range s.Subjects() {
		for _, at := range s.list[subject] {
			v, err := s.get(at)
			if err != nil {
				return &FileError{s.file.Name(), err}
			}
			deleted := !s.live[Key{subject, at.version}]
			v.Subject, v.Deleted = subject, &deleted
			if err := each(v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Shelf) get(at slot) (*registry.Schema, error) {
	b := make([]byte, at.size)
	if _, err := io.ReadFull(io.NewSectionReader(s.file, at.from, int64(at.size)), b); err != nil {
		return nil, err
	}
	v := new(registry.Schema)
	return v, json.Unmarshal(b, v)
}

func (s *Shelf) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = map[string][]slot{} // what is in the file already is not looked at any more
}

// put takes the versions of a subject. Of those that came before in the same
// form, as when a subject goes on over a page, nothing new is there.
func (s *Shelf) put(subject string, versions kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.list[subject]
	slots := make([]slot, 0, len(versions.list))
	for _, v := range versions.list {
		if came := s.holder.taken(Key{subject, v.version}); came != nil {
			slots = append(slots, s.write(came))
			continue
		}
		if i, ok := slices.BinarySearchFunc(before, v.version, func(a slot, n int) int { return a.version - n }); ok {
			slots = append(slots, before[i])
		}
	}
	s.list[subject] = slots
}

func (s *Shelf) write(v *registry.Schema) slot {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = s.out.Write(b)
	}
	if s.err == nil {
		s.err = err
	}
	at := slot{v.Version, len(b), s.at}
	s.at += int64(len(b))
	return at
}

// taken returns what came of a version since it was last asked for, nil for nothing.
func (h *holder) taken(k Key) *registry.Schema {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.schemas[k]
	delete(h.schemas, k)
	return v
}

func (s *Shelf) lend(string, *bulk) kept { return kept{} }

func (s *Shelf) drop(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.list, subject)
}

func (s *Shelf) has(subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list[subject] != nil
}

func (s *Shelf) subjects() iter.Seq[string] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Values(s.Subjects())
}
