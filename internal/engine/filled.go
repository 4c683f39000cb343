package engine

import "github.com/srmigrate/srmigrate/runbook"

// filled is the step with what is known only now put in: the run's id, and what earlier steps have put out. Both are in
// the state, so that a resume finds the same values.
func (w *work) filled() (*runbook.Step, error) {
	st, err := w.step.Filled(func(path string) (string, error) {
		id, name, ok := runbook.OutputPath(path)
		if !ok {
			return w.env.RunID, nil
		}
		return w.env.Output(id, name)
	})
	return &st, err
}
