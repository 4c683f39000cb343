package state

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Disk is all that the store asks of a file system. A write is durable only after Sync, a Create, Rename, Link,
// Remove or Mkdir only after SyncDir of the folder it happened in.
type Disk interface {
	Mkdir(dir string) (made bool, err error) // made is false when it is there; fs.ErrNotExist: its parent is not
	Create(name string) (File, error)        // truncates
	Rename(from, to string) error            // replaces
	Link(from, to string) error              // a second name; fs.ErrExist when there is such a file
	Remove(name string) error
	SyncDir(dir string) error
	ReadFile(name string) ([]byte, error)

	// Lock takes the lock file of that name, made where it is missing; nil without error while another process has it. It
	// goes with the process, whatever ends that, and stands while others find this very file under its name.
	Lock(name string) (Lock, error)
	// Locked says whether a process has the lock file; fs.ErrNotExist when there is none. It makes nothing.
	Locked(name string) (bool, error)
}

// File is a file that is being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// OS is the machine's own file system.
type OS struct{}

// Mkdir makes a folder that only its owner can enter.
func (OS) Mkdir(dir string) (made bool, err error) {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return false, nil
	} else if err == nil {
		return false, &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	err = os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return false, nil // another process was faster
	}
	return err == nil, err
}

// Create opens a file that only its owner can read: a state says much about a registry.
func (OS) Create(name string) (File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
}

// Shared is a disk whose files others may read as well, as far as the umask lets them: what goes into git or through CI.
type Shared struct{ OS }

// Create opens a file that everybody may read.
func (Shared) Create(name string) (File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
}

// Rename is atomic on every file system that a state should be kept on.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Link fails when to is there, which no rename does. On a file system without second names, as shared folders of
// cloud providers often are, it is a copy: one that a crash cut short is found damaged, and is never overwritten.
func (OS) Link(from, to string) error {
	err := os.Link(from, to)
	for _, lacks := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.ENOSYS} {
		if errors.Is(err, lacks) {
			return copyTo(from, to)
		}
	}
	return err
}

// copyTo makes a new file; fs.ErrExist when there is one of that name.
func copyTo(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return both(both(err, f.Sync()), f.Close())
}

// Remove deletes one file.
func (OS) Remove(name string) error { return os.Remove(name) }

// SyncDir makes the folder's entries durable.
func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}

// ReadFile reads a whole file.
func (OS) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

// Resolve follows symbolic links, so that a state has one name, and with it one lock. What is not there yet stays as
// it is written.
func Resolve(path string) string {
	for range 40 { // as many links as a kernel follows
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
		if dir := filepath.Dir(path); dir != path {
			path = filepath.Join(Resolve(dir), filepath.Base(path))
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}
