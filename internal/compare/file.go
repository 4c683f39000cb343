package compare

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func (p idPair) compare(q idPair) int {
	return cmp.Or(strings.Compare(p.source, q.source), cmp.Compare(p.sourceID, q.sourceID),
		strings.Compare(p.target, q.target), cmp.Compare(p.targetID, q.targetID))
}

// A file is written beside its path and takes its place in one step.
type file struct {
	path, tmp string
	f         *os.File // nil once it is closed
	*bufio.Writer
}

// Placed reports why no file can come to stand at a path: its folder is
// missing or cannot be written to, or something else than a file is there.
func Placed(path string) error {
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return cannot(path, fmt.Errorf("there is no folder %q; make it first", dir))
	case err != nil:
		return cannot(path, err)
	case !info.IsDir():
		return cannot(path, fmt.Errorf("%q is no folder", dir))
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return writable(path)
	case err != nil:
		return cannot(path, err)
	case !info.Mode().IsRegular():
		return cannot(path, errors.New("what is there is no ordinary file"))
	}
	return writable(path)
}

// writable tries it out: only the system knows who may write where.
func writable(path string) error {
	path = followed(path)
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return cannot(path, err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return cannot(path, err)
	}
	return nil
}

// followed is the file that a link leads to, so that a link stays one.
func followed(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

func create(path string) (*file, error) {
	if err := Placed(path); err != nil {
		return nil, err
	}
	path = followed(path)
	f, err := draft(path)
	if err != nil {
		return nil, cannot(path, err)
	}
	return &file{path: path, tmp: f.Name(), f: f, Writer: bufio.NewWriter(f)}, nil
}

// draft makes a file of a name that no other writer has. os.CreateTemp would keep it from everybody but its owner.
func draft(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path+"."+rand.Text()[:8]+".tmp", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666) //nolint:gosec // the umask is the user's
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// keep makes what was written the file.
func (f *file) keep() error {
	err := f.Flush()
	if err == nil {
		err = f.f.Sync()
	}
	err = errors.Join(err, f.f.Close())
	f.f = nil
	if err == nil {
		err = os.Rename(f.tmp, f.path)
	}
	if err != nil {
		_ = os.Remove(f.tmp) // the first error is the one to tell
	}
	return f.said(err)
}

// drop forgets what was written.
func (f *file) drop() {
	if f.f == nil {
		return
	}
	_ = f.f.Close() // nobody will read it
	_ = os.Remove(f.tmp)
	f.f = nil
}

// said names the file in an error of its writing.
func (f *file) said(err error) error {
	if err == nil {
		return nil
	}
	return cannot(f.path, err)
}

// A FileError is about a file of a comparison, not about a registry.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("%q cannot be written: %v", e.Path, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

func cannot(path string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &FileError{path, err}
}
