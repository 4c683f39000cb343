package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const mirrorAll = `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`

// crowd gives both registries the subjects; on the target each is something else.
func (r *rig) crowd(subjects ...string) {
	r.t.Helper()
	r.source.has(r.t, subjects...)
	r.target.tell(r.t, `PUT /mode?force=true {"mode":"IMPORT"}`)
	for _, s := range subjects {
		r.strange(s)
	}
	r.target.tell(r.t, `PUT /mode {"mode":"READWRITE"}`)
	r.target.mu.Lock()
	defer r.target.mu.Unlock()
	r.target.writes = nil
}

// strange puts a version on the target, which is in IMPORT, that the source has otherwise.
func (r *rig) strange(subject string) {
	r.target.tell(r.t, fmt.Sprintf(`POST /subjects/%s/versions {"schema":"\"long\"","id":900,"version":1}`, subject))
}

func (r *rig) backup() []savedVersion {
	r.t.Helper()
	var all []savedVersion
	lines := json.NewDecoder(bytes.NewReader(r.files[BackupFile]))
	for {
		var v savedVersion
		switch err := lines.Decode(&v); {
		case err == io.EOF:
			return all
		case err != nil:
			r.t.Fatal(err)
		}
		all = append(all, v)
	}
}

func allowed(atMost int) []Consent {
	return []Consent{{Code: "SRM010", AtMost: atMost, Because: "it is meant"}}
}

// A process that is killed when the backup is written and the record is not saves no line twice, and none that others
// have written is lost.
func TestRecordedAgainTheBackupIsTheSame(t *testing.T) {
	r := newRig(t)
	r.crowd("a", "b")
	r.allow = allowed(2)
	const others = `{"run":"earlier","step":"x","registry":"target","subject":"a","version":1,"id":900,"schemaType":"AVRO","schema":"\"long\"","deleted":false}` + "\n"
	r.files[BackupFile] = []byte(strings.TrimSuffix(others, "\n"))
	for range 2 {
		raw, err := r.step("createExporter", mirrorAll).(Recorder).Record(t.Context(), r.env("start"))
		if err != nil {
			t.Fatal(err)
		}
		var rec createRecord
		if err := json.Unmarshal(raw, &rec); err != nil || rec.Backup == nil || *rec.Backup != (keptBackup{"state/backup.jsonl", 2}) {
			t.Errorf("record: %s, %v", raw, err)
		}
	}
	if !strings.HasPrefix(string(r.files[BackupFile]), others) || len(r.backup()) != 3 {
		t.Errorf("got\n%s", r.files[BackupFile])
	}
	if n, err := Backups(bytes.NewReader(r.files[BackupFile]), "run"); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

// full takes no backup.
type full struct{ sideFiles }

var errFull = errors.New("no space left on device")

func (f full) Write(name string, fill func(io.Writer) error) error {
	if name == BackupFile {
		return errFull
	}
	return f.sideFiles.Write(name, fill)
}

func TestWithoutABackupNothingIsSent(t *testing.T) {
	r := newRig(t)
	r.crowd("a")
	r.allow = allowed(1)
	env := r.env("start")
	env.Files = full{r.files}
	s := r.step("createExporter", mirrorAll)
	if _, err := s.(Recorder).Record(t.Context(), env); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Do(t.Context(), env); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if sent := append(r.source.written(), r.target.written()...); len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
}

// What has come between the record and the effect, in another process, is within the consent and saved, or refused.
func TestConflictsThatCameLater(t *testing.T) {
	for _, c := range []struct{ atMost, saved, sent int }{{1, 1, 0}, {2, 2, 1}, {-1, 2, 1}} {
		r := newRig(t)
		r.crowd("a")
		r.source.has(t, "b")
		r.allow = allowed(c.atMost)
		r.begin("start", "createExporter", mirrorAll)
		r.target.tell(t, `PUT /mode?force=true {"mode":"IMPORT"}`)
		r.strange("b")
		_, err := r.do(t.Context(), "start", r.step("createExporter", mirrorAll)) // of the next process
		if refused := err != nil && strings.HasPrefix(err.Error(), "SRM010: an import from source would overwrite 2 versions"); refused != (c.sent == 0) {
			t.Errorf("at most %d: got %v", c.atMost, err)
		}
		if n := len(r.backup()); n != c.saved {
			t.Errorf("at most %d: %d saved, want %d", c.atMost, n, c.saved)
		}
		if n := len(r.source.written()); n != c.sent {
			t.Errorf("at most %d: sent %q", c.atMost, r.source.written())
		}
	}
}

// The same goes for an exporter that was there and is made to begin again.
func TestConflictsThatCameBeforeItBeginsAgain(t *testing.T) {
	for name, params := range map[string]string{
		"reset":          `{"exporter":"e"}`,
		"updateExporter": `{"exporter":"e","subjects":[":*:","x"],"reset":true}`,
	} {
		for _, c := range []struct{ atMost, saved int }{{0, 0}, {1, 1}} {
			r := there(t, `"contextType":"NONE","subjects":[":*:"]`, running)
			r.allow = allowed(c.atMost)
			r.begin("again", name, params)
			r.strange("x")
			_, err := r.do(t.Context(), "again", r.step(name, params)) // of the next process
			if refused := err != nil && strings.HasPrefix(err.Error(), "SRM010: an import from source would overwrite 1 version"); refused != (c.saved == 0) {
				t.Errorf("%s, at most %d: got %v", name, c.atMost, err)
			}
			if n, sent := len(r.backup()), len(r.source.written()); n != c.saved || (sent > 0) != (c.saved > 0) {
				t.Errorf("%s, at most %d: %d saved, sent %q", name, c.atMost, n, r.source.written())
			}
		}
	}
}

// A rollback is not kept from its work: it saves what it goes over, and says so.
func TestAnUndoThatBeginsAgainSavesWithoutConsent(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, running)
	r.strange("x")
	r.undoing = "start"
	r.begin("undo", "reset", `{"exporter":"e"}`)
	if len(r.backup()) != 1 || !strings.Contains(fmt.Sprint(r.events), "they are saved first") {
		t.Errorf("%d saved, told %v", len(r.backup()), r.events)
	}
}

// An exporter of this run copies already: what it has not come to yet was saved when it began.
func TestAnExporterThatCopiesIsNotStopped(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "b")
	r.run("start", "createExporter", mirrorAll)
	r.target.tell(t, `PUT /mode?force=true {"mode":"IMPORT"}`)
	r.strange("b")
	if _, err := r.do(t.Context(), "start", r.step("createExporter", mirrorAll)); err != nil {
		t.Error(err)
	}
}

// What the registry holds stands in the backup to the byte, whatever is in it, and whether it is soft-deleted, also
// where servers do not say.
func TestTheBackupIsWhatTheRegistryHeld(t *testing.T) {
	for _, server := range []string{"7.4.0", "8.1.1"} {
		t.Run(server, func(t *testing.T) {
			r := newRig(t, func(o *sandbox.Options) { o.Server = server })
			r.source.has(t, "a", "b", "c")
			r.target.tell(t, `PUT /mode?force=true {"mode":"IMPORT"}`)
			r.target.tell(t, `POST /subjects/b/versions {"schema":"\"bytes\"","id":900,"version":1}`)
			r.target.tell(t, `POST /subjects/a/versions {"schema":"syntax = \"proto3\";\nmessage A { string s = 1; } // <&>\u2028\ud83d\ude00","schemaType":"PROTOBUF","id":901,"version":1,`+
				`"metadata":{"properties":{"owner":"<x>"}},"ruleSet":{"domainRules":[{"name":"r","kind":"CONDITION","mode":"WRITE","type":"CEL","expr":"1 < 2"}]}}`)
			r.target.tell(t, `POST /subjects/c/versions {"schema":"{\"type\":\"record\",\"name\":\"C\",\"fields\":[]}","id":902,"version":1,"references":[{"name":"b","subject":"b","version":1}]}`)
			r.target.tell(t, `DELETE /subjects/c`)
			r.target.tell(t, `PUT /mode {"mode":"READWRITE"}`)
			want := r.target.Snapshot().Versions
			r.allow = allowed(3)
			r.begin("start", "createExporter", mirrorAll)
			got := r.backup()
			if len(got) != len(want) {
				t.Fatalf("got %d, want %d", len(got), len(want))
			}
			for i, v := range got {
				line := sandbox.Version{
					Subject: v.Subject, Version: v.Version, ID: v.ID, SchemaType: v.SchemaType, Deleted: *v.Deleted,
					Metadata: v.Metadata, RuleSet: v.RuleSet,
				}
				if err := json.Unmarshal(v.Schema, &line.Schema); err != nil {
					t.Error(err)
				}
				if v.References != nil {
					if err := json.Unmarshal(v.References, &line.References); err != nil {
						t.Error(err)
					}
				}
				if d := cmp.Diff(want[i], line); d != "" {
					t.Errorf("-held +saved:\n%s", d)
				}
				raw, err := r.target.client.VersionAsSent(t.Context(), v.Subject, v.Version)
				if err != nil || !bytes.Contains(raw, v.Schema) || !bytes.Contains(r.files[BackupFile], v.Schema) {
					t.Errorf("%s: not as the registry writes it: %s, %v", v.Subject, raw, err)
				}
			}
		})
	}
}

// An exporter that runs already goes on when it is taken over; one that stands begins to copy.
func TestConflictsOfAnExporterThatIsThere(t *testing.T) {
	for _, c := range []struct {
		ifExists string
		pause    bool
		want     int
	}{{"adopt", false, 0}, {"adopt", true, 1}, {"update", true, 1}, {"fail", true, 0}} {
		r := newRig(t)
		r.source.tell(t, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+r.target.url+`"}}`)
		within(t, "IMPORT", func() bool { return r.target.Snapshot().Modes[""] == imports })
		if c.pause {
			r.source.tell(t, "PUT /exporters/e/pause")
			within(t, "the pause", func() bool {
				state, _, err := exporterState(t.Context(), r.source.client, "e")
				return err == nil && state == paused
			})
		}
		r.strange("a")
		if c.pause {
			r.source.has(t, "a")
		}
		params := strings.TrimSuffix(mirrorAll, "}") + `,"ifExists":"` + c.ifExists + `"}`
		found, err := r.step("createExporter", params).(Finder).Find(t.Context(), r.env("start"))
		n := 0
		for _, f := range found {
			if f.Code == "SRM010" {
				n++
			}
		}
		if n != c.want || err != nil {
			t.Errorf("%+v: got %+v, %v", c, found, err)
		}
	}
}

// A version that is gone by the time it is saved is no error: nobody can lose it any more.
func TestNothingToSave(t *testing.T) {
	r := newRig(t)
	kept, err := saveVersions(t.Context(), r.env("start"), r.target.client, []versionKey{{"a", 1}})
	if err != nil || kept.Versions != 0 || len(r.files[BackupFile]) > 0 {
		t.Errorf("got %+v, %v", kept, err)
	}
}

// Soft-deleted versions where nothing is live go when an exporter sets IMPORT plainly; that is foretold, and saved.
func TestPurgedByAnExporter(t *testing.T) {
	const what = ` would overwrite or purge 1 version of target: `
	for _, c := range []struct {
		name, subjects, more string // a request to the target
		want                 string
	}{
		{"context", `":*:"`, "", what + ":.p:old version 2 (soft-deleted, and purged if the exporter sets IMPORT without force)"},
		{"subject", `":.p:old"`, "", what + ":.p:old version 2"},
		{"out of scope", `":.p:x*"`, "", ""},
		{"IMPORT already", `":.p:*"`, `PUT /mode/:.p:?force=true {"mode":"IMPORT"}`, ""},
		{"something live", `":.p:*"`, `POST /subjects/:.p:own/versions {"schema":"\"string\""}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, func(o *sandbox.Options) { o.NoForce = true })
			r.source.has(t, ":.p:old", ":.p:xyz")
			r.target.has(t, ":.p:old", ":.q:live")
			r.target.tell(t, `PUT /config/:.p:old {"compatibility":"NONE"}`)
			r.target.tell(t, `POST /subjects/:.p:old/versions {"schema":"\"long\""}`)
			r.target.tell(t, "DELETE /subjects/:.p:old")
			if c.more != "" {
				r.target.tell(t, c.more)
			}
			r.allow = allowed(1)
			params := `{"exporter":"e","contextType":"NONE","subjects":[` + c.subjects + `]}`
			found, err := r.step("createExporter", params).(Finder).Find(t.Context(), r.env("start"))
			got := ""
			for _, f := range found {
				if f.Code == "SRM010" {
					got = f.Text
				}
			}
			if err != nil || !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
			if c.want == "" {
				return
			}
			r.run("start", "createExporter", params)
			within(t, "the purge", func() bool {
				_, err := r.target.client.Version(t.Context(), ":.p:old", 2, true)
				return err != nil
			})
			if saved := r.backup(); len(saved) != 1 || string(saved[0].Schema) != `"\"long\""` || !*saved[0].Deleted {
				t.Errorf("saved %+v", saved)
			}
		})
	}
}
