package snapshot_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/snapshot"
)

// A file that was cut anywhere, or in which any line was changed, doubled or left out, is refused.
func TestADamagedFileIsRefused(t *testing.T) {
	w := newWorld(t, sandbox.Options{Exporters: true}, sandbox.Seed{Subjects: 12})
	b, _ := w.take(t, snapshot.Keep)
	refused := func(what string, b []byte) {
		t.Helper()
		if _, err := snapshot.Read("file", bytes.NewReader(b)); err == nil || !strings.HasPrefix(err.Error(), "file:") {
			t.Errorf("%s: got %v", what, err)
		}
	}
	for i := range len(b) {
		refused("cut", b[:i])
	}
	for i := 0; i < len(b); i += 7 {
		changed := bytes.Clone(b)
		changed[i] ^= 1
		refused("changed", changed)
	}
	end := bytes.LastIndex(b, []byte(`"complete":true`))
	refused("said not to be complete", append(append(bytes.Clone(b[:end]), `"complete":false`...), b[end+len(`"complete":true`):]...))
	lines := bytes.SplitAfter(b, []byte("\n"))
	for i := range len(lines) - 1 {
		refused("left out", bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil))
		refused("doubled", bytes.Join(append(append([][]byte{}, lines[:i+1]...), lines[i:]...), nil))
	}
}

func TestWhatIsWrongIsToldWithItsLine(t *testing.T) {
	const first = `{"kind":"snapshot","format":1,"program":"x","taken":"","schemas":"keep"}` + "\n"
	const reg = `{"kind":"registry","name":"a","url":"http://a"}` + "\n"
	version := func(subject, number string) string {
		return `{"kind":"version","subject":"` + subject + `","version":` + number + `,"id":1,"schemaType":"AVRO","schema":"\"int\""}` + "\n"
	}
	for _, c := range []struct{ text, want string }{
		{"", "f:1: the file is empty"},
		{"apiVersion: srmigrate.dev/v1\n", "f:1: this is no snapshot"},
		{`{"kind":"snapshot","format":2,"program":"v9","more":1}` + "\n", "f:1: the snapshot has format 2 and was made by a newer program (v9); this one reads up to format 1"},
		{strings.Replace(first, "keep", "none", 1), `f:1: schemas "none" is neither keep nor hash`},
		{first, "f:1: the file ends too early"},
		{first + reg[:9], "f:2: the line has no end"},
		{first + `{"kind":"context","name":"."}` + "\n", `f:2: a line of kind "context" stands outside of a registry`},
		{first + reg + reg, `f:3: registry "a" begins before registry "a" is at its end`},
		{first + reg + `{"kind":"contxt","name":"."}` + "\n", `f:3: a line of kind "contxt" is none`},
		{first + reg + `{"kind":"context","nme":"."}` + "\n", `f:3: this is not what a snapshot has in a line: json: unknown field "nme"`},
		{first + reg + version("", "1"), "f:3: a version lacks its subject"},
		{first + reg + version("b", "0"), "f:3: a version lacks its subject, number"},
		{first + reg + version("b", "1") + version("a", "1"), `f:4: "a" version 1 stands behind "b" version 1`},
		{first + reg + version("b", "1") + `{"kind":"total","subjectCount":2,"versionCount":2,"complete":true}` + "\n", `f:4: registry "a" has 1 versions here, and had 2`},
		{first + reg + `{"kind":"end","lines":2,"sha256":"","complete":true}` + "\n", `f:3: registry "a" is not at its end`},
	} {
		_, err := snapshot.Read("f", strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s…", c.text, err, c.want)
		}
	}
}
