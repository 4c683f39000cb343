package compare

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"
)

// Records are files that a comparison leaves behind. Until Keep they are what
// they were before; after it each is there whole.
type Records struct {
	report, idMap *file // nil: not asked for
	enc           *json.Encoder
	pairs         map[idPair]bool
}

// idPair is an id of the source and what became of it.
type idPair struct {
	source   string // context
	sourceID int
	target   string
	targetID int
}

// NewRecords begins a report and an id map; "" stands for none. It returns an
// error, and leaves nothing behind, where one of them could not be written.
func NewRecords(report, idMap string) (r *Records, err error) {
	r = &Records{pairs: map[idPair]bool{}}
	if report != "" {
		if r.report, err = create(report); err != nil {
			return nil, err
		}
		r.enc = json.NewEncoder(r.report)
		r.enc.SetEscapeHTML(false) // it is read by people, too, and holds URLs
	}
	if idMap != "" {
		if r.idMap, err = create(idMap); err != nil {
			r.Drop()
			return nil, err
		}
	}
	return r, nil
}

// Watch makes the options tell the records what is found, after those whom they
// told before.
func (r *Records) Watch(o *Options) {
	if tell := o.OnDifference; r.report != nil {
		o.OnDifference = func(d Difference) error {
			if tell != nil {
				if err := tell(d); err != nil {
					return err
				}
			}
			return r.report.said(r.enc.Encode(d))
		}
	}
	if r.idMap == nil {
		return
	}
	o.OnPair = func(p Pair) error { // nobody else asks for pairs
		source, _ := SplitSubject(p.Subject)
		target, _ := SplitSubject(p.TargetSubject)
		r.pairs[idPair{source, p.SourceID, target, p.TargetID}] = true
		return nil
	}
}

// Keep ends the report with the verdict and puts the files in their places. An
// id map of what was not seen whole would mislead: with the verdict unknown it
// is not written, and Keep returns its path.
func (r *Records) Keep(res *Result) (left string, err error) {
	defer r.Drop()
	if r.report != nil {
		if err := r.close(res); err != nil {
			return "", err
		}
	}
	if r.idMap == nil {
		return "", nil
	}
	if res.Verdict == Unknown {
		return r.idMap.path, nil
	}
	if err := r.idMap.said(writeIDs(r.idMap, r.pairs)); err != nil {
		return "", err
	}
	return "", r.idMap.keep()
}

// Drop leaves the files as they were; after Keep it does nothing.
func (r *Records) Drop() {
	for _, f := range []*file{r.report, r.idMap} {
		if f != nil {
			f.drop()
		}
	}
}

// close writes what the differences above it are worth.
func (r *Records) close(res *Result) error {
	err := r.enc.Encode(struct {
		Kind     string `json:"kind"`
		Summary  string `json:"summary"`
		Complete bool   `json:"complete"` // false: there may be more differences than stand here
		*Result
		Differences []Difference `json:"differences,omitempty"` // they stand above
	}{Kind: "verdict", Summary: res.Summary(), Complete: res.Complete() && len(res.Moved) == 0, Result: res})
	if err != nil {
		return r.report.said(err)
	}
	return r.report.keep()
}

func writeIDs(w io.Writer, pairs map[idPair]bool) error {
	sorted := make([]idPair, 0, len(pairs))
	for p := range pairs {
		sorted = append(sorted, p)
	}
	slices.SortFunc(sorted, idPair.compare)
	out := csv.NewWriter(w)
	_ = out.Write([]string{"source context", "source id", "target context", "target id"}) // Flush keeps the error
	for _, p := range sorted {
		_ = out.Write([]string{p.source, strconv.Itoa(p.sourceID), p.target, strconv.Itoa(p.targetID)})
	}
	out.Flush()
	return out.Error()
}
