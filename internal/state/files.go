package state

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// OnDisk keeps a state and what lies beside it in files.
func OnDisk(disk Disk) Backend { return onDisk{disk} }

// onDisk keeps the pieces as files. Nobody but the holder of the lock writes them, so it needs no marks.
type onDisk struct{ disk Disk }

// Prepare makes the folder of a file. Where there is no lock file yet the folder may be the work of a process that died
// before it was durable, so it is made sure of.
func (d onDisk) Prepare(name string) error {
	dir := filepath.Dir(name)
	if err := d.folder(dir); err != nil {
		return err
	}
	if _, err := d.disk.ReadFile(lockName(name)); errors.Is(err, fs.ErrNotExist) {
		return d.entrench(dir)
	}
	return nil
}

// entrench makes a folder durable, and those that it lies in. One that may not be read is not the work of this program.
func (d onDisk) entrench(dir string) error {
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		if err := d.disk.SyncDir(parent); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// folder makes a folder that is still there after a crash.
func (d onDisk) folder(dir string) error {
	made, err := d.disk.Mkdir(dir)
	parent := filepath.Dir(dir)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := d.folder(parent); err != nil {
			return err
		}
		made, err = d.disk.Mkdir(dir)
	}
	if err != nil || !made {
		return err
	}
	return d.disk.SyncDir(parent)
}

func (d onDisk) Read(name string) ([]byte, Mark, error) {
	raw, err := d.disk.ReadFile(name)
	return raw, Latest, err
}

func (d onDisk) Replace(name string, _ Mark, fill func(io.Writer) error) (Mark, error) {
	return Latest, Replace(d.disk, name, fill)
}

// Add writes a file of another name first, so that it is never there by halves, and the first one counts.
func (d onDisk) Add(name string, raw []byte) error {
	tmp := name + "." + rand.Text()[:6]
	err := Replace(d.disk, tmp, func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
	if err != nil {
		return err
	}
	err = d.disk.Link(tmp, name)
	return errors.Join(err, d.disk.Remove(tmp), d.disk.SyncDir(filepath.Dir(name)))
}

func (d onDisk) Copy(from, to string) error {
	if err := d.disk.Link(from, to); err != nil {
		return err
	}
	return d.disk.SyncDir(filepath.Dir(to))
}

func (d onDisk) Remove(name string) error { return d.disk.Remove(name) }

// Others are the files beside it that are named as a state is by default.
func (d onDisk) Others(name string) (list []string, err error) {
	files, err := os.ReadDir(filepath.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		other := filepath.Join(filepath.Dir(name), f.Name())
		if strings.HasSuffix(other, ".state.json") && other != filepath.Clean(name) {
			list = append(list, other)
		}
	}
	return list, err
}

func (d onDisk) ReadLog(name string) ([]byte, error) { return d.disk.ReadFile(name) }

// OpenLog waits for no disk: what is in it is evidence, and no run reads it to go on.
func (d onDisk) OpenLog(name string) (Log, []byte, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // a pipe would never end
		return nil, nil, both(both(err, errors.New("it is no regular file")), f.Close())
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, both(err, f.Close())
	}
	return logFile{f}, raw, nil
}

// logFile is an open file of which the kernel has what was appended.
type logFile struct{ *os.File }

func (f logFile) Append(raw []byte) error {
	_, err := f.Write(raw)
	return err
}

func (f logFile) Cut(whole int) error { return f.Truncate(int64(whole)) }
func (f logFile) Flush() error        { return nil }
func (f logFile) Close() error        { return both(f.Sync(), f.File.Close()) }

// Lock takes the lock file, which stays for ever: removing it would let two processes hold two different files of that
// name. Who holds it is written into it.
func (d onDisk) Lock(name string, h Holder) (Lock, error) {
	l, err := d.disk.Lock(name)
	switch {
	case err != nil:
		return nil, err
	case l == nil:
		return nil, &LockedError{Path: name, Holder: d.holder(name)}
	}
	raw, err := json.Marshal(h)
	if err == nil {
		err = d.put(name, raw)
	}
	if err != nil {
		return nil, both(err, l.Unlock())
	}
	return l, nil
}

// Held holds the lock for an instant.
func (d onDisk) Held(name string) (h Holder, held bool, err error) {
	held, err = d.disk.Locked(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return h, false, nil
	case err != nil || !held:
		return h, false, err
	}
	return d.holder(name), true, nil
}

// Break puts a new lock file in place of the one that is held.
func (d onDisk) Break(name string) error {
	tmp := name + ".new"
	if err := d.put(tmp, nil); err != nil {
		return err
	}
	return d.disk.Rename(tmp, name)
}

func (d onDisk) holder(name string) Holder {
	var h Holder
	raw, err := d.disk.ReadFile(name)
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return Holder{} // the message does without it
	}
	return h
}

// put writes into a file of that name; who holds it, or that it is there, need not outlive a crash.
func (d onDisk) put(name string, raw []byte) error {
	f, err := d.disk.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return both(err, f.Close())
}
