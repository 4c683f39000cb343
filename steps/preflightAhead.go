package steps

import "context"

// alone looks at what a mirror of the source would meet on the target, where no later step copies and so looks by itself.
func (s *survey) alone(ctx context.Context) error {
	if len(s.coming()) > 0 || len(s.findings) > 0 && s.refusal() != nil {
		return nil
	}
	e := s.asExporter()
	w, err := e.copying(ctx, s.env, s.source, s.target)
	if err != nil {
		return err
	}
	w.versions = false // it copies nothing, so what it goes over stands in the way of others as before
	conflicts, err := w.conflictFindings(ctx, s.env)
	if err != nil {
		return err
	}
	contexts, err := s.source.Contexts(ctx)
	if err != nil {
		return err
	}
	shared, err := e.sharedIDs(ctx, s.env, s.source, s.target, w.mapping, contexts, len(conflicts) > 0)
	if err != nil {
		return err
	}
	found := append(conflicts, shared...)
	for _, f := range found {
		s.found(f, s.env.Allow)
	}
	if len(found) == 0 {
		s.saw("nothing on %s is in the way of a mirror of %s, and no id stands for two schemas", s.target.Name(), s.source.Name())
	}
	return nil
}

// ahead asks the later steps that copy what they would find just before their effect, with what the runbook allows them.
func (s *survey) ahead(ctx context.Context) error {
	if s.refusal() != nil {
		return nil // it is refused already, and they may not be able to look
	}
	for _, u := range s.coming() {
		finder, ok := u.Step.(Finder)
		if !ok {
			continue
		}
		env := *s.env
		env.StepID, env.Allow = u.ID, u.Allow
		found, err := finder.Find(ctx, &env)
		if err != nil {
			return err
		}
		for _, f := range found {
			s.found(f, u.Allow)
		}
		if len(found) == 0 {
			s.saw("nothing is in the way of step %s", u.ID)
		}
	}
	return nil
}
