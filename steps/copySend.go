package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// do carries out one task. Requests that change nothing when they are sent again are sent again by the client, so a lost
// answer is none here.
func (w *copyWork) do(ctx context.Context, c *copyTask) error {
	if c.withdraw {
		if err := w.target.Withdraw(ctx, c.Subject, c.Version); err != nil {
			return fmt.Errorf("%s is soft-deleted on %s, and live on %s: %w", c, w.source(), w.Copy.target(), err)
		}
		return nil
	}
	if there, err := w.look(ctx, c); err != nil || there {
		return err
	}
	err := w.target.ImportRow(ctx, c.Row())
	if isBlocked(err) {
		if again, oerr := w.openSubject(ctx, c.Subject); oerr != nil || !again {
			return errors.Join(w.explain(err, c), oerr)
		}
		w.forget(c.Subject) // anybody could register there meanwhile
		if there, err := w.look(ctx, c); err != nil || there {
			return err
		}
		err = w.target.ImportRow(ctx, c.Row())
	}
	if wrong, ok := errors.AsType[*registry.ImportError](err); ok {
		return w.takeBack(ctx, c, wrong)
	}
	if err != nil {
		return w.explain(err, c)
	}
	w.has(c.Subject, c.Version)
	return nil
}

// look asks for the versions of a subject before the first one is written there: an import goes over what has come since
// the listing without a word. It reports whether the version is there by now, and the same.
func (w *copyWork) look(ctx context.Context, c *copyTask) (there bool, err error) {
	if _, known := w.known(c.Subject); !known {
		now, err := w.target.Versions(ctx, c.Subject, true)
		if err != nil && !registry.NotFound(err) {
			return false, err
		}
		numbers := map[int]bool{}
		for _, v := range now {
			numbers[v] = true
		}
		w.note(c.Subject, numbers)
	}
	if !w.numbered(c) || slices.Contains(w.t.Versions(c.Subject), c.Version) {
		return false, nil // what was listed was compared: it is soft-deleted there, and live here
	}
	row, err := w.target.VersionRow(ctx, c.Subject, c.Version, true)
	if registry.NotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if other := c.Is(row); len(other) > 0 {
		return false, fmt.Errorf("%s has come to %s since this step looked, with other content than on %s (%s), and is not written over: "+
			"somebody else registers there", c, w.Copy.target(), w.source(), strings.Join(other, ", "))
	}
	_, err = w.target.Version(ctx, c.Subject, c.Version, false)
	if registry.NotFound(err) {
		return c.Deleted, nil // soft-deleted: sent again where it has to be live
	}
	return err == nil, err
}

func (w *copyWork) known(subject string) (numbers map[int]bool, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.numbers[subject], w.looked[subject]
}

func (w *copyWork) note(subject string, numbers map[int]bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked[subject], w.numbers[subject] = true, numbers
}

// forget has the versions of a subject asked for again.
func (w *copyWork) forget(subject string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked[subject] = false
}

func (w *copyWork) numbered(c *copyTask) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.numbers[c.Subject][c.Version]
}

func (w *copyWork) has(subject string, version int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.numbers[subject][version] = true
}

// openSubject sets IMPORT on a subject that has another mode of its own, which counts for more than that of its context.
func (w *copyWork) openSubject(ctx context.Context, subject string) (again bool, err error) {
	if err := w.gate.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer w.gate.Release(1)
	mode, set, err := w.target.Mode(ctx, subject)
	if err != nil || !set || mode == imports {
		return false, err
	}
	return true, w.open(ctx, w.env, w.target, append(w.t.Subjects(), subject), []string{subject})
}

// takeBack removes the version that a registry has made under an id of its own.
func (w *copyWork) takeBack(ctx context.Context, c *copyTask, wrong *registry.ImportError) error {
	refusal := fmt.Errorf("%s takes no ids: it was sent %s with id %d and %s; a registry without import mode, such as Karapace or "+
		"franz-go's srfake, cannot be copied to", w.Copy.target(), c, c.ID, gave(wrong))
	made, err := w.made(ctx, c, wrong)
	for _, v := range made {
		if err == nil {
			err = w.target.Withdraw(ctx, c.Subject, v)
		}
		if err == nil {
			err = w.target.Purge(ctx, c.Subject, v)
		}
	}
	switch {
	case err != nil:
		return errors.Join(refusal, fmt.Errorf("what it has made of that is still there: %w", err))
	case len(made) > 0:
		return fmt.Errorf("%w; what it has made of that was deleted again", refusal)
	}
	return fmt.Errorf("%w; it had that schema already, and nothing has changed", refusal)
}

func gave(wrong *registry.ImportError) string {
	if wrong.Got == nil {
		return "answered with none"
	}
	return fmt.Sprintf("answered with %d", *wrong.Got)
}

// made are the versions that a subject has since it was looked at: with the schema that was sent, and the id that was
// answered.
func (w *copyWork) made(ctx context.Context, c *copyTask, wrong *registry.ImportError) (made []int, err error) {
	before, _ := w.known(c.Subject)
	now, err := w.target.Versions(ctx, c.Subject, false)
	if err != nil && !registry.NotFound(err) {
		return nil, err
	}
	for _, v := range now {
		if before[v] {
			continue
		}
		row, err := w.target.VersionRow(ctx, c.Subject, v, false)
		if err != nil {
			return made, err
		}
		other := slices.DeleteFunc(c.Is(row), func(kind string) bool { return kind == compare.KindID })
		if len(other) == 0 && (wrong.Got == nil || *wrong.Got == row.ID) {
			made = append(made, v)
		}
	}
	return made, nil
}

// tidy takes away the subject of a version that was refused where there is nothing in it: some registries make one of a
// mode.
func (w *copyWork) tidy(ctx context.Context, c *copyTask) error {
	if ctx.Err() != nil || len(w.t.Versions(c.Subject)) > 0 {
		return nil
	}
	now, err := w.target.Versions(ctx, c.Subject, true)
	if err != nil || len(now) > 0 {
		return nil // it is not there, or somebody's; the refusal says what matters
	}
	for _, permanent := range []bool{false, true} {
		if _, err := w.target.DeleteSubject(ctx, c.Subject, permanent); err != nil && !registry.NotFound(err) {
			return fmt.Errorf("the empty subject %s, which it has made of a mode, is still there: %w", c.Subject, err)
		}
	}
	return nil
}

// explain says what it means that a version is refused.
func (w *copyWork) explain(err error, c *copyTask) error {
	e, ok := errors.AsType[*registry.Error](err)
	switch {
	case !ok:
		return err
	case isBlocked(err) && strings.Contains(e.Message, "verwrite"):
		return fmt.Errorf("%s has id %d, which is another schema there by now: somebody has registered it on %s since this step looked: %w",
			c, c.ID, w.Copy.target(), err)
	case isBlocked(err):
		return fmt.Errorf("%s cannot be sent: %s is not in IMPORT there any more, or never was; somebody else sets modes on %s: %w",
			c, c.Subject, w.Copy.target(), err)
	}
	return fmt.Errorf("%s is refused by %s: %w", c, w.Copy.target(), err)
}

// explainFirst adds what a refusal of the very first version may mean.
func (w *copyWork) explainFirst(err error, c *copyTask) error {
	e, ok := errors.AsType[*registry.Error](err)
	if !ok || e.Code == 42205 || e.Status != http.StatusUnprocessableEntity && e.Status != http.StatusBadRequest {
		return err
	}
	return fmt.Errorf("%s did not take the first version that it was sent, %s, with its id and number, and has got nothing; "+
		"a registry without import mode, such as franz-go's srfake, cannot be copied to: %w", w.Copy.target(), c, err)
}
