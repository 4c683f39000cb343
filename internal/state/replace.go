package state

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/srmigrate/srmigrate/internal/planted"
)

// Write replaces a side file, unless the lock was lost, see Save; it implements the steps' Files. What fill itself
// fails with is returned as it is: the file may well be fine, and what it was to hold could not be found out.
func (s *Store) Write(name string, fill func(io.Writer) error) error {
	if err := s.StillHeld(); err != nil {
		return err
	}
	filling := &filling{fill: fill, still: s.StillHeld}
	_, err := s.at.Replace(s.sidePath(name), Latest, filling.fillIn)
	switch {
	case err == nil:
		return nil
	case filling.own != nil:
		return err
	}
	return &Error{s.sidePath(name), "cannot be written", bare(err)}
}

// filling tells what a function failed with from what the file failed with.
type filling struct {
	fill  func(io.Writer) error
	still func() error // asked once more behind fill, which may have read a registry for minutes
	own   error
}

func (f *filling) fillIn(w io.Writer) error {
	out := &noting{Writer: w}
	buf := bufio.NewWriter(out)
	err := f.fill(buf)
	if err == nil {
		err = f.still()
	}
	if err == nil {
		err = buf.Flush()
	}
	if out.err == nil {
		f.own = err
	}
	return err
}

// noting is a writer that remembers that it failed.
type noting struct {
	io.Writer
	err error
}

func (n *noting) Write(b []byte) (int, error) {
	count, err := n.Writer.Write(b)
	if err != nil {
		n.err = err
	}
	return count, err
}

// Open reads a side file; the error is fs.ErrNotExist when there is none.
func (s *Store) Open(name string) (io.ReadCloser, error) {
	raw, _, err := s.at.Read(s.sidePath(name))
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

// SidePath is the name under which a person finds a side file.
func (s *Store) SidePath(name string) string { return s.sidePath(name) }

func (s *Store) sidePath(name string) string {
	return strings.TrimSuffix(s.path, ".state.json") + "." + name
}

// replaceBy replaces a piece with these bytes.
func (s *Store) replaceBy(path string, was Mark, raw []byte) (Mark, error) {
	return s.at.Replace(path, was, func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}

// Replace writes beside the file, syncs, and only then renames over it: after a crash it is there whole, or as it was.
func Replace(disk Disk, path string, fill func(io.Writer) error) error {
	tmp := path + ".tmp"
	if planted.Is(planted.InPlace) {
		tmp = path
	}
	f, err := disk.Create(tmp)
	if err != nil {
		return err
	}
	if err := write(f, fill); err != nil {
		return both(err, disk.Remove(tmp))
	}
	if err := disk.Rename(tmp, path); err != nil {
		return both(err, disk.Remove(tmp))
	}
	if planted.Is(planted.NoSyncDir) {
		return nil
	}
	return disk.SyncDir(filepath.Dir(path))
}

func write(f File, fill func(io.Writer) error) error {
	err := fill(f)
	if err == nil && !planted.Is(planted.NoSync) {
		err = f.Sync()
	}
	return both(err, f.Close())
}

// both is err, and what went wrong beside it.
func both(err, also error) error {
	if err == nil || also == nil {
		return cmp.Or(err, also)
	}
	return errors.Join(err, also)
}

// bare drops the path that Error says already. It looks at err alone: what is wrapped or joined is told whole.
func bare(err error) error {
	switch e := err.(type) { //nolint:errorlint // see above
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
