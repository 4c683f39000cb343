package state

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
)

// Nobody gets a lock at a server that writes whatever it is asked to, and the next one is told the same.
func TestAServerThatIgnoresConditionsIsRefused(t *testing.T) {
	for header, ignored := range map[string]func(tag string) bool{
		"If-None-Match": func(tag string) bool { return tag == "" },
		"If-Match":      func(tag string) bool { return tag != "" },
	} {
		synctest.Test(t, func(t *testing.T) {
			m := new(objectstest.Memory)
			m.Ignore(ignored)
			for range 2 {
				if _, err := bucketStore(m).Lock("srmigrate run x"); err == nil || !strings.Contains(err.Error(), "the server ignores "+header+": ") {
					t.Errorf("got %v, want that it ignores %s", err, header)
				}
			}
			if _, held, err := bucketStore(m).Held(); held || err != nil {
				t.Errorf("the lock is held: %v, %v", held, err)
			}
			m.Ignore(nil)
			_, unlock := lockedStore(t, m)
			if err := unlock(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A bucket that is away while it is tried gives no lock, and does not leave one behind that stands for ever.
func TestWhetherConditionsAreHeededHasToBeKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		puts := 0
		m.Befall(func(method, _ string) objectstest.Fault {
			if method == "PUT" {
				puts++
			}
			if puts > 1 {
				return objectstest.Before
			}
			return objectstest.None
		})
		if _, err := bucketStore(m).Lock("srmigrate run x"); err == nil || !strings.Contains(err.Error(), "whether the server heeds If-None-Match is not known") {
			t.Errorf("got %v", err)
		}
		m.Befall(nil)
		_, err := bucketStore(m).Lock("srmigrate run x")
		if _, ok := errors.AsType[*LockedError](err); !ok {
			t.Errorf("got %v, want that the lease of the first is waited for", err)
		}
		time.Sleep(DefaultLease + 2*slack)
		_, unlock := lockedStore(t, m)
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
}
