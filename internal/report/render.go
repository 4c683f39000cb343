package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/srmigrate/srmigrate/internal/state"
)

// Formats are what a report can be, the first by default.
func Formats() []string { return []string{"html", "json", "junit", "markdown"} }

// FormatOf is the format that the ending of a file's name stands for, "" where it stands for none.
func FormatOf(file string) string {
	return map[string]string{".html": "html", ".htm": "html", ".json": "json", ".xml": "junit", ".md": "markdown"}[strings.ToLower(filepath.Ext(file))]
}

// Render writes evidence in a format.
func Render(e *Evidence, format string) ([]byte, error) {
	switch format {
	case "html":
		return HTML(e)
	case "junit":
		return JUnit(e)
	case "markdown":
		return Markdown(e), nil
	case "json":
		raw, err := encoded(e)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", "  "); err != nil {
			return nil, err
		}
		b.WriteByte('\n')
		return b.Bytes(), nil
	}
	return nil, fmt.Errorf("there is no report of the format %q", format)
}

// AddStanding adds how a run stands in its state, unless the last thing that the lines know of it is the same.
func AddStanding(lines []state.Line, st *state.State, path, next string, held bool, redact func(string) string) ([]state.Line, error) {
	own := stretch(lines, st.Run.ID)
	object := Standing(st, path, next, held, redact)
	if !held && bytes.Equal(lastSaved(own), savedIn(object)) {
		return lines, nil
	}
	n, prev := 1, ""
	if len(own) > 0 {
		n, prev = own[len(own)-1].N+1, own[len(own)-1].Sum()
	}
	line, err := state.Chained(n, prev, object)
	if err != nil {
		return nil, err
	}
	return append(own[:len(own):len(own)], line), nil
}

// lastSaved is the state that the lines tell of last.
func lastSaved(lines []state.Line) []byte {
	for i := len(lines) - 1; i >= 0; i-- {
		if saved := savedIn(lines[i].Raw); saved != nil {
			return saved
		}
	}
	return nil
}

func savedIn(object []byte) []byte {
	var has struct{ Saved json.RawMessage }
	if json.Unmarshal(object, &has) != nil {
		return nil
	}
	return has.Saved
}
