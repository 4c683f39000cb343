package state

import (
	"io"
	"os"
)

// Disk is all that the store asks of a file system. A write is durable only after Sync, a Create, Rename or Remove
// only after SyncDir of the folder it happened in.
type Disk interface {
	Create(name string) (File, error) // truncates
	Rename(from, to string) error     // replaces
	Remove(name string) error
	SyncDir(dir string) error
	ReadFile(name string) ([]byte, error)
}

// File is a file that is being written.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// OS is the machine's own file system.
type OS struct{}

// Create opens a file that only its owner can read: a state says much about a registry.
func (OS) Create(name string) (File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
}

// Rename is atomic on every file system that a state should be kept on.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

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
