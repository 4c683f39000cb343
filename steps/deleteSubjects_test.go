package steps

import (
	"strings"
	"testing"
)

// What the run has copied may go; what somebody else has put into the same place is theirs, and needs consent.
func TestDeleteSubjectsKeepsWhatIsNotOfThisRun(t *testing.T) {
	r := filled(t, nil)
	r.run("start", "createExporter", mirrorAndRemove)
	r.copied("e")
	gone := r.step("delete", `{"exporter":"e"}`)
	if _, err := gone.Do(t.Context(), r.env("start.undo-1")); err != nil {
		t.Fatal(err)
	}
	r.target.tell(t, `PUT /mode/:.b:?force=true {"mode":"READWRITE"}`)
	r.target.tell(t, `POST /subjects/:.b:stranger/versions {"schema":"\"long\""}`)
	clean := r.step("deleteSubjects", `{"registry":"target","context":".b","permanent":true,"atMost":5}`)
	before := r.target.all()
	_, err := clean.Do(t.Context(), r.env("clean"))
	if err == nil || !strings.Contains(err.Error(), "this run did not create 1 version of target that would be deleted: :.b:stranger version 1") {
		t.Errorf("got %v", err)
	}
	if got := r.target.all(); got != before {
		t.Errorf("something was deleted: %s, before %s", got, before)
	}
	r.allow = []Consent{{Code: "SRM013", AtMost: 1}}
	out, err := clean.Do(t.Context(), r.env("clean"))
	if err != nil || out["deleted"] != 2 {
		t.Errorf("got %v, %v", out, err)
	}
	backup, err := readBackup(r.env("clean"))
	if err != nil || !strings.Contains(string(backup), ":.b:stranger") || strings.Contains(string(backup), ":.b:y") {
		t.Errorf("saved %s, %v", backup, err)
	}
}
