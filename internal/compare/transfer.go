package compare

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Transfer is what has to be sent to a target so that it holds what the
// mapping covers of a source, each version under its own id and number.
type Transfer struct {
	Contexts []string  // of the source
	Wanted   []*Wanted // by subject and version on the target

	// Clashes are versions of the target, or of the source where its subjects
	// are to become one, that have other content where something has to stand.
	Clashes []Conflict
	// Losses are versions of the target that would go: soft-deleted ones whose
	// id comes with a higher version, and live ones that are soft-deleted on the
	// source.
	Losses []Conflict
	// Broken are versions to be sent that refer to what is neither wanted nor
	// on the target.
	Broken []Conflict

	mapping Mapping
	there   table
	known   map[Key]*Wanted
	outside table                   // of the source, under the names of the target: what is not wanted
	used    map[string]map[int]bool // the ids of the source, by its contexts
}

// A Wanted is a version of the source as it has to stand on the target.
type Wanted struct {
	Key            // on the target
	From    string // the subject on the source
	ID      int
	Deleted bool // soft-deleted
	// References are the versions that it refers to, on the target; 0 is the
	// latest one.
	References []Key

	There    bool // it is on the target, as it has to be but for Withdraw
	Withdraw bool // it has to be soft-deleted there, if need be once it was sent

	record record
	sent   *registry.Schema // as it is sent; its text is a JSON string, as it came
}

// Row is what is sent of it; only of a transfer that keeps texts.
func (w *Wanted) Row() *registry.Row {
	s := *w.sent
	text := s.Schema
	s.Schema = ""
	return &registry.Row{Schema: s, Raw: []byte(text)}
}

// TransferOptions say what is wanted.
type TransferOptions struct {
	Deleted bool // soft-deleted versions as well
	Texts   bool // keep what is to be sent
}

// NewTransfer reads both sides and finds what has to be sent. A source that is
// written to meanwhile is taken as it was at some moment of the read.
func NewTransfer(ctx context.Context, source, target *registry.Client, m Mapping, o TransferOptions) (*Transfer, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	t := &Transfer{mapping: m, known: map[Key]*Wanted{}, outside: table{}, used: map[string]map[int]bool{}}
	to := func(subject string) string { t, _ := m.Map(subject); return t }
	holder := newHolder(to)
	holder.schemas = map[Key]*registry.Schema{}
	var here table
	g, within := errgroup.WithContext(ctx)
	g.Go(func() (err error) { here, err = everyVersion(within, source, holder); return err })
	g.Go(func() (err error) { t.there, err = everyVersion(within, target, newHolder(sameName)); return err })
	g.Go(func() (err error) { t.Contexts, err = source.Contexts(within); return err })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, subject := range here.subjects() {
		t.want(subject, here[subject], holder, o)
	}
	slices.SortFunc(t.Wanted, func(a, b *Wanted) int { return a.compare(b.Key) })
	t.judge()
	return t, nil
}

// everyVersion reads all versions, and which of them are live: after them, so
// that what comes in between is not taken for soft-deleted.
func everyVersion(ctx context.Context, c *registry.Client, h *holder) (table, error) {
	r := &reader{c: c, deleted: true, still: []bool{true, false}, holder: h}
	all, err := r.table(ctx)
	if err != nil {
		return nil, err
	}
	live, err := liveKeys(ctx, c)
	for subject, versions := range all {
		for i := range versions {
			versions[i].gone = !live[Key{subject, versions[i].version}]
		}
	}
	return all, err
}

// want adds the versions of a subject of the source, if it is covered.
func (t *Transfer) want(subject string, versions []held, h *holder, o TransferOptions) {
	to, covered := t.mapping.Map(subject)
	context, _ := SplitSubject(subject)
	for _, v := range versions {
		t.use(context, v.id)
		full := h.schemas[Key{subject, v.version}]
		delete(h.schemas, Key{subject, v.version})
		if !covered || v.gone && !o.Deleted {
			t.outside[to] = append(t.outside[to], v)
			continue
		}
		w := &Wanted{
			Key: Key{to, v.version}, From: subject, ID: v.id, Deleted: v.gone,
			record: v.record(), References: t.mapping.references(subject, full.References),
		}
		if o.Texts {
			w.sent = t.mapping.renamed(*full, subject, to)
		}
		t.Wanted = append(t.Wanted, w)
	}
}

// Again reads the target once more and finds what still has to be sent.
func (t *Transfer) Again(ctx context.Context, target *registry.Client) (err error) {
	if t.there, err = everyVersion(ctx, target, newHolder(sameName)); err != nil {
		return err
	}
	t.judge()
	return nil
}

// Left are the versions of which something has to be sent.
func (t *Transfer) Left() []*Wanted {
	return slices.DeleteFunc(slices.Clone(t.Wanted), func(w *Wanted) bool { return w.There && !w.Withdraw })
}

// Subjects are those of the target that have a version, live or not.
func (t *Transfer) Subjects() []string { return t.there.subjects() }

// IsLive reports whether a subject of the target has a live version.
func (t *Transfer) IsLive(subject string) bool {
	return slices.ContainsFunc(t.there[subject], func(v held) bool { return !v.gone })
}

// Versions are the numbers that a subject of the target has, soft-deleted ones too.
func (t *Transfer) Versions(subject string) []int {
	var numbers []int
	for _, v := range t.there[subject] {
		numbers = append(numbers, v.version)
	}
	return numbers
}

// Keys are all versions of the target, in order, soft-deleted ones too.
func (t *Transfer) Keys() (keys []Key) {
	for _, subject := range t.there.subjects() {
		for _, v := range t.there[subject] {
			keys = append(keys, Key{subject, v.version})
		}
	}
	return keys
}

// Is says in what a version of the target is not what is wanted; nothing where
// it is.
func (w *Wanted) Is(row *registry.Row) []string {
	v := newHolder(sameName).hold(w.Subject, row, nil, nil)
	lost := w.record.losses(v.record())
	if v.id != w.ID {
		lost = append(lost, KindID)
	}
	return lost
}
