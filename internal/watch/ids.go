package watch

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// ID is the id of a schema that is in use, such as one that was seen in front of a record.
type ID struct {
	Context string // of the source
	ID      int
}

// ReadIDs reads a list of ids, one in a line: 1042, or 1042,.payments for one of another context than the default one. What
// stands behind a second comma, behind #, and a first line of words as a table has it do not count. Each is given once, in
// order.
func ReadIDs(r io.Reader) ([]ID, error) {
	var ids []ID
	in := bufio.NewScanner(r)
	for line := 1; in.Scan(); line++ {
		text, _, _ := strings.Cut(in.Text(), "#")
		fields := strings.Split(text, ",")
		first := strings.TrimSpace(strings.TrimPrefix(fields[0], "\ufeff"))
		if first == "" && len(fields) == 1 {
			continue
		}
		n, err := strconv.Atoi(first)
		if err != nil && line == 1 && !strings.ContainsAny(first, "0123456789") {
			continue
		}
		if err != nil || n < 1 {
			return nil, fmt.Errorf("line %d: %q is no id: one stands in a line, such as 1042, or 1042,.payments for one of context .payments", line, first)
		}
		id := ID{".", n}
		if len(fields) > 1 {
			id.Context = compare.NormalContext(strings.TrimSpace(fields[1]))
		}
		ids = append(ids, id)
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("has no ids: one stands in a line, such as 1042")
	}
	slices.SortFunc(ids, func(a, b ID) int { return cmp.Or(cmp.Compare(a.Context, b.Context), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(ids), nil
}

// ids finds those that mean nothing on the target, or something else than on the source. One that no listing has is asked for
// by itself: only that is what a consumer does.
func (w *Watch) ids(ctx context.Context, l *Look) error {
	if len(w.IDs) == 0 {
		return nil
	}
	if err := w.findIDs(ctx, l); err != nil {
		l.Unread = append(l.Unread, fmt.Sprintf("ids in use: %v", err))
	}
	return nil
}

func (w *Watch) findIDs(ctx context.Context, l *Look) error {
	source, err := w.source()
	if err != nil {
		return err
	}
	target, err := w.target()
	if err != nil {
		return err
	}
	m, err := w.Step.Mapping(ctx, w.Env)
	if err != nil {
		return err
	}
	there, err := compare.IDs(ctx, source, m)
	if err != nil {
		return err
	}
	here, err := compare.IDs(ctx, target, compare.Mapping{ContextType: "NONE", Patterns: []string{":*:"}})
	if err != nil {
		return err
	}
	for _, id := range w.IDs {
		to := m.TargetContexts([]string{id.Context})
		if len(to) == 0 {
			l.Findings = append(l.Findings, id.finding("is of context %s, which nothing copies", id.Context))
			continue
		}
		was, known := there[id.Context][id.ID]
		is, listed := here[to[0]][id.ID]
		if known && listed && was == is {
			continue
		}
		if known && listed {
			l.Findings = append(l.Findings, id.finding("means another schema on %s%s", target.Name(), in(to[0])))
			continue
		}
		resolves, err := target.Resolves(ctx, to[0], id.ID)
		switch {
		case err != nil:
			return err
		case resolves && (known || !listed):
			l.Unread = append(l.Unread, fmt.Sprintf("id %d on %s%s: it resolves, and no listing says to what", id.ID, target.Name(), in(to[0])))
		case resolves:
			l.Unread = append(l.Unread, fmt.Sprintf("id %d on %s%s: it resolves, and no version of %s says to what it should", id.ID, target.Name(), in(to[0]), source.Name()))
		case known:
			l.Findings = append(l.Findings, id.finding("does not resolve on %s%s, and does on %s", target.Name(), in(to[0]), source.Name()))
		default:
			l.Findings = append(l.Findings, id.finding("does not resolve on %s%s, and no version of %s has it", target.Name(), in(to[0]), source.Name()))
		}
	}
	return nil
}

func (id ID) finding(format string, args ...any) Finding {
	return Finding{Kind: Lost, ID: id.ID, Context: id.Context, Text: fmt.Sprintf("id %d%s ", id.ID, in(id.Context)) + fmt.Sprintf(format, args...)}
}

// in names a context that is not the default one.
func in(context string) string {
	if context == "." {
		return ""
	}
	return " in context " + context
}
