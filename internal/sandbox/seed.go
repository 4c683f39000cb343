package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

const defaultSubjects = 330

// Seed says how much a registry is filled with.
type Seed struct {
	// Subjects is the number of subjects in all, deleted ones included: 330 if
	// it is 0, none if it is negative. The first ones are the interesting ones.
	Subjects int
	// Versions is how many live versions each generated subject has; 0 means
	// one to four of them.
	Versions int
	// Seed makes another content of the same kind.
	Seed int64
}

// seedSubject is one subject of the seed and what becomes of it.
type seedSubject struct {
	name        string
	versions    []submission
	softDeleted []int // all versions of hardDeleted are in here, too
	hardDeleted []int
	config      Config
}

// Seed fills the registry as clients would: what it leaves behind, a client
// could have left behind. The same Seed makes the same content.
func (r *Registry) Seed(s Seed) error {
	if s.Subjects < 0 {
		return nil
	}
	if s.Subjects == 0 {
		s.Subjects = defaultSubjects
	}
	list := catalogue()
	list = list[:min(len(list), s.Subjects)]
	g := generator{rand.New(rand.NewPCG(uint64(s.Seed), 0x5eed)), s.Versions}
	for i := range s.Subjects - len(list) {
		list = append(list, g.subject(i))
	}
	for _, subject := range list {
		if err := r.plant(subject); err != nil {
			return fmt.Errorf("seed subject %q: %w", subject.name, err)
		}
	}
	if len(r.listSubjects(parsePrefix(":.payments:"), visibility{})) == 0 {
		return nil
	}
	return r.setConfig(parseName(":.payments:"), Config{fieldCompatibility: "FULL"}, "")
}

// firstUnrelatedID is far from the ids of any source: where two registries
// give one id to two schemas, nothing can be copied at all.
const firstUnrelatedID = 100_001

// seedUnrelated fills a target with subjects that no source has.
func (r *Registry) seedUnrelated(n int) error {
	if n <= 0 {
		return nil
	}
	root := name{context: defaultContext}
	if err := r.setMode(root, modeImport, true); err != nil {
		return err
	}
	for i := range n {
		if err := r.plant(unrelated(i)); err != nil {
			return fmt.Errorf("seed subject %d: %w", i, err)
		}
	}
	return r.setMode(root, "", false)
}

func unrelated(i int) seedSubject {
	s := avro(fmt.Sprintf("com.acme.warehouse.Shelf%03d", i+1), field("id", "string"))
	id, version := firstUnrelatedID+i, 1
	s.ID, s.Version = &id, &version
	return seedSubject{name: fmt.Sprintf("warehouse.shelf-%03d-value", i+1), versions: []submission{s}}
}

func (r *Registry) plant(s seedSubject) error {
	n := parseName(s.name)
	for _, v := range s.versions {
		if _, err := r.register(n, v, false, ""); err != nil {
			return err
		}
	}
	if err := r.uproot(n, s.softDeleted, false); err != nil {
		return err
	}
	if err := r.uproot(n, s.hardDeleted, true); err != nil {
		return err
	}
	if s.config == nil {
		return nil
	}
	return r.setConfig(n, s.config.clone(), "")
}

func (r *Registry) uproot(n name, versions []int, permanent bool) error {
	for _, v := range versions {
		if _, err := r.deleteVersion(n, fmt.Sprint(v), permanent, ""); err != nil {
			return err
		}
	}
	return nil
}

// seedField is a field of a record: JSON, so that its order is fixed.
type seedField struct {
	Name    string          `json:"name"`
	Type    json.RawMessage `json:"type"`
	Default json.RawMessage `json:"default,omitempty"`
	Doc     string          `json:"doc,omitempty"`
}

// field has a type by name, or written out in JSON.
func field(name, kind string) seedField {
	if json.Valid([]byte(kind)) {
		return seedField{Name: name, Type: json.RawMessage(kind)}
	}
	return seedField{Name: name, Type: quoted(kind)}
}

// optional is a field that a later version can add.
func optional(name, kind string) seedField {
	return seedField{Name: name, Type: json.RawMessage(`["null","` + kind + `"]`), Default: json.RawMessage("null")}
}

func quoted(s string) json.RawMessage { return json.RawMessage(`"` + s + `"`) }

func (s submission) referring(name, subject string, version int) submission {
	s.References = append(s.References, Reference{name, subject, version})
	return s
}
