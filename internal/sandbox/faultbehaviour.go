package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

func (f *Fault) parseBehaviour(text string) error {
	if f.side == SideExporter {
		return errors.New("exporters are on a side: want source or target before what they do")
	}
	kind, value, valued := strings.Cut(text, "=")
	if valued && kind == "stall" {
		n, err := number(value, 0, 1<<31-1)
		f.behave = func(o *Options) { o.Stall, o.StallAfter = true, n }
		if err != nil {
			return fmt.Errorf("behaviour %q: %w", text, err)
		}
		return nil
	}
	f.behave = map[string]func(*Options){
		"stall":        func(o *Options) { o.Stall = true },
		"no-import":    func(o *Options) { o.NoImport = true },
		"no-force":     func(o *Options) { o.NoForce = true },
		"no-configs":   func(o *Options) { o.NoConfigs = true },
		"reassign-ids": func(o *Options) { o.ReassignIDs = true },
	}[text]
	if f.behave == nil {
		return fmt.Errorf("behaviour %q: want stall[=N], no-import, no-force, no-configs or reassign-ids, "+
			"or METHOD PATH:ACTION", text)
	}
	return nil
}

// behaviours applies the faults that are not about requests.
func behaviours(o Options, side string, faults []Fault) Options {
	for _, f := range faults {
		if f.behave != nil && f.side == side {
			f.behave(&o)
		}
	}
	return o
}
