package simulate

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// loaded is a runbook that no process runs: each gets a copy of it, because steps remember things as long as their process
// lives.
type loaded struct {
	text string
	rb   *runbook.Runbook
}

// errRunbook is a runbook that does not load: the scenario is wrong.
var errRunbook = errors.New("the runbook has problems")

func load(text string) (*runbook.Runbook, error) {
	rb, problems := runbook.Load("simulated.yaml", []byte(text), runbook.Options{Getenv: environment})
	if len(problems) > 0 {
		return nil, fmt.Errorf("%w: %v", errRunbook, problems)
	}
	return rb, nil
}

// copied is the runbook of a scenario, read once for all of its schedules.
func (s *scenario) copied() (*runbook.Runbook, error) {
	text := s.runbook()
	if s.loaded.text != text {
		rb, err := load(text)
		if err != nil {
			return nil, err
		}
		s.loaded = loaded{text, rb}
	}
	rb := *s.loaded.rb
	rb.Steps = copiesOf(rb.Steps)
	return &rb, nil
}

func copiesOf(list []runbook.Step) []runbook.Step {
	list = slices.Clone(list)
	for i := range list {
		st := reflect.ValueOf(list[i].Step).Elem()
		own := reflect.New(st.Type())
		own.Elem().Set(st)
		list[i].Step = own.Interface().(steps.Step)
		list[i].Rollback = copiesOf(list[i].Rollback)
	}
	return list
}

// untouched says whether the runbook is still what the file says: that no process has written to what all share.
func (l loaded) untouched() error {
	if l.rb == nil {
		return nil
	}
	rb, err := load(l.text)
	if err == nil && !reflect.DeepEqual(rb, l.rb) {
		err = errors.New("a process has changed the runbook that others run as well")
	}
	return err
}
