package simulate

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/srmigrate/srmigrate/internal/state"
)

// memory is a disk that outlives the processes of a schedule and forgets at a power failure what was not synced: the
// bytes of a file without Sync, the entries of a folder without SyncDir.
type memory struct {
	mu    sync.Mutex
	dirs  map[string]*folder
	locks map[*inode]bool
}

// folder is what is in a folder, what of it is durable, and what was done since, in order.
type folder struct {
	now, durable map[string]*inode
	pending      []change
	made         bool // by the program
}

// inode is a file whatever its names are.
type inode struct{ now, durable []byte }

// change is one entry that was set, or taken away.
type change struct {
	name string
	file *inode // nil: removed
	also *change
}

func newMemory(dir string) *memory {
	m := &memory{dirs: map[string]*folder{}, locks: map[*inode]bool{}}
	for ; ; dir = filepath.Dir(dir) {
		m.dirs[dir] = newFolder()
		if dir == filepath.Dir(dir) {
			return m
		}
	}
}

func newFolder() *folder {
	return &folder{now: map[string]*inode{}, durable: map[string]*inode{}}
}

// survive says how many of n things that were not synced a power failure leaves.
type survive func(n int) int

// fail is a power failure: a journal keeps a beginning of what was done in each folder, and a file a beginning of its
// new bytes.
func (m *memory) fail(keep survive) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.locks = map[*inode]bool{}
	for _, dir := range slices.Sorted(maps.Keys(m.dirs)) {
		d := m.dirs[dir]
		for _, c := range d.pending[:keep(len(d.pending))] {
			c.apply(d.durable)
		}
		d.now, d.pending = maps.Clone(d.durable), nil
		for _, name := range slices.Sorted(maps.Keys(d.now)) {
			f := d.now[name]
			if n := keep(len(f.now)); !bytes.Equal(f.now, f.durable) && n > 0 {
				f.durable = bytes.Clone(f.now[:n])
			}
			f.now = bytes.Clone(f.durable)
		}
	}
	maps.DeleteFunc(m.dirs, func(dir string, d *folder) bool {
		return d.made && m.dirs[filepath.Dir(dir)].now[filepath.Base(dir)] == nil // and its parent was not synced
	})
}

// end is a process that ends, however: its locks go, everything else stays.
func (m *memory) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.locks = map[*inode]bool{}
}

func (c change) apply(to map[string]*inode) {
	if c.also != nil {
		c.also.apply(to)
	}
	if c.file == nil {
		delete(to, c.name)
		return
	}
	to[c.name] = c.file
}

func (d *folder) do(c change) {
	c.apply(d.now)
	d.pending = append(d.pending, c)
}

// at finds the folder of a file.
func (m *memory) at(op, name string) (*folder, string, error) {
	d := m.dirs[filepath.Dir(name)]
	if d == nil {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return d, filepath.Base(name), nil
}

func (m *memory) find(op, name string) (*folder, *inode, error) {
	d, base, err := m.at(op, name)
	if err == nil && d.now[base] == nil {
		err = &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, nil, err
	}
	return d, d.now[base], nil
}

func (m *memory) Mkdir(dir string) (made bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dirs[dir] != nil {
		return false, nil
	}
	d, base, err := m.at("mkdir", dir)
	if err != nil {
		return false, err
	}
	d.do(change{name: base, file: &inode{}})
	m.dirs[dir] = newFolder()
	m.dirs[dir].made = true
	return true, nil
}

func (m *memory) Create(name string) (state.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, base, err := m.at("open", name)
	if err != nil {
		return nil, err
	}
	f := d.now[base]
	if f == nil {
		f = &inode{}
		d.do(change{name: base, file: f})
	}
	f.now = nil
	return &open{m, f}, nil
}

func (m *memory) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, f, err := m.find("rename", from)
	if err != nil {
		return err
	}
	if filepath.Dir(from) != filepath.Dir(to) {
		return errors.New("the memory renames within a folder only")
	}
	d.do(change{name: filepath.Base(to), file: f, also: &change{name: filepath.Base(from)}})
	return nil
}

func (m *memory) Link(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, f, err := m.find("link", from)
	if err != nil {
		return err
	}
	d, base, err := m.at("link", to)
	if err != nil {
		return err
	}
	if d.now[base] != nil {
		return &fs.PathError{Op: "link", Path: to, Err: fs.ErrExist}
	}
	d.do(change{name: base, file: f})
	return nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, _, err := m.find("remove", name)
	if err == nil {
		d.do(change{name: filepath.Base(name)})
	}
	return err
}

func (m *memory) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dirs[dir]
	if d == nil {
		return &fs.PathError{Op: "open", Path: dir, Err: fs.ErrNotExist}
	}
	d.durable, d.pending = maps.Clone(d.now), nil
	return nil
}

func (m *memory) ReadFile(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, f, err := m.find("open", name)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(f.now), nil
}

func (m *memory) Lock(name string) (state.Lock, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, base, err := m.at("open", name)
	if err != nil {
		return nil, err
	}
	if d.now[base] == nil {
		d.do(change{name: base, file: &inode{}})
	}
	f := d.now[base]
	if m.locks[f] {
		return nil, nil
	}
	m.locks[f] = true
	return &locked{m, name, f}, nil
}

func (m *memory) Locked(name string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, f, err := m.find("open", name)
	return m.locks[f], err
}

// surviving is what would be left of a file if the power failed now and took all it can.
func (m *memory) surviving(name string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dirs[filepath.Dir(name)]
	if d == nil || d.durable[filepath.Base(name)] == nil {
		return nil
	}
	return d.durable[filepath.Base(name)].durable
}

// files are all that a person would find, by path.
func (m *memory) files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]byte{}
	for dir, d := range m.dirs {
		for name, f := range d.now {
			if path := filepath.Join(dir, name); m.dirs[path] == nil {
				all[path] = bytes.Clone(f.now)
			}
		}
	}
	return all
}

// open is a file that is being written.
type open struct {
	m *memory
	f *inode
}

func (o *open) Write(b []byte) (int, error) {
	o.m.mu.Lock()
	defer o.m.mu.Unlock()
	o.f.now = append(o.f.now, b...)
	return len(b), nil
}

func (o *open) Sync() error {
	o.m.mu.Lock()
	defer o.m.mu.Unlock()
	o.f.durable = o.f.now // to which more is only ever appended
	return nil
}

func (o *open) Close() error { return nil }

// locked is a lock in memory.
type locked struct {
	m    *memory
	name string
	f    *inode
}

func (l *locked) Stands() bool {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	_, f, err := l.m.find("open", l.name)
	return err == nil && f == l.f && l.m.locks[f]
}

func (l *locked) Unlock() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	delete(l.m.locks, l.f)
	return nil
}
