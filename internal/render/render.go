// Package render writes what an engine that is there already needs to run a runbook: a Workflow of Argo, a Job of Kubernetes,
// workflows of GitHub. The engine distributes the cells of a matrix, tries again what was cut short, and holds up what
// asks somebody; the program in each pod does what it does everywhere.
package render

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"
)

// Engines are those that there are.
func Engines() []string { return []string{"argo", "kubernetes", "github"} }

// Job is what is to be run.
type Job struct {
	Name      string            // of the runbook, a DNS label
	File      string            // the runbook as the user named it
	Texts     map[string]string // runbook and matrix file, by their names beside each other
	Runbook   string            // which of them is the runbook
	Cells     []string          // of the matrix; nil without one
	Asks      []Ask             // the steps that ask somebody, in order
	Env       []string          // variables of the environment that the runbook reads, sorted
	State     string            // where the state lies, if not where the runbook says
	Bucket    bool              // it lies where every pod reaches it, without a volume or a cache
	Image     string
	Secret    string // the Secret with the variables
	Parallel  int    // how many cells at a time, 0 for as many as the engine likes
	Reviewers string // the environment of GitHub whose reviewers answer
}

// Ask is a step that asks somebody.
type Ask struct{ Step, Message string }

// File is a file that was rendered.
type File struct {
	Path string
	Text []byte
}

// Write writes the text.
func (f File) Write(w io.Writer) error {
	_, err := w.Write(f.Text)
	return err
}

// What each engine bears at most.
const (
	configMapBytes = 1_000_000 // of 1 MiB, the rest is for names
	matrixJobs     = 256       // of one job of GitHub
	dnsLabel       = 63
)

//go:embed *.tmpl
var sources embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"q": quoted, "join": strings.Join, "inc": func(n int) int { return n + 1 }}).ParseFS(sources, "*.tmpl"))

// quoted is a YAML scalar that is never anything but text.
func quoted(v any) (string, error) {
	raw, err := json.Marshal(v)
	return string(raw), err
}

// What a name has to be.
var (
	variable  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	configKey = regexp.MustCompile(`^[-._a-zA-Z0-9]{1,253}$`)
)

// Render returns the files for an engine, one of Engines. Its error says what the engine cannot bear.
func Render(engine string, j Job) ([]File, error) {
	for _, name := range j.Env {
		if !variable.MatchString(name) {
			return nil, fmt.Errorf("the runbook reads the environment variable %q, and %s knows only letters, digits and _ in such names", name, engine)
		}
	}
	if engine == "github" {
		return j.github()
	}
	for name := range j.Texts {
		if !configKey.MatchString(name) {
			return nil, fmt.Errorf("the file name %q cannot be one in a ConfigMap: it may have letters, digits, dots, dashes and _", name)
		}
	}
	if index := strconv.Itoa(len(j.Cells) - 1); engine == "kubernetes" && j.Fleet() && len(j.Name)+1+len(index) > dnsLabel {
		return nil, fmt.Errorf("pods of cells are called %s-%s, which is longer than the %d letters of such a name: give the runbook a shorter one", j.Name, index, dnsLabel)
	}
	size := 0
	for _, text := range j.Texts {
		size += len(text)
	}
	if size > configMapBytes {
		return nil, fmt.Errorf("the runbook and its matrix have %d bytes, more than a ConfigMap holds: split the matrix", size)
	}
	config, err := j.config()
	if err != nil {
		return nil, err
	}
	rest, err := j.write(engine + ".yaml.tmpl")
	if err != nil {
		return nil, err
	}
	return []File{{j.Name + ".yaml", append(config, rest...)}}, nil
}

func (j *Job) write(name string) ([]byte, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, j); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// config is the head of what Kubernetes gets, and the ConfigMap with the runbook.
func (j *Job) config() ([]byte, error) {
	head, err := j.write("head.tmpl")
	if err != nil {
		return nil, err
	}
	raw, err := configMap(j.Name+"-runbook", j.Texts)
	if err != nil {
		return nil, err
	}
	return append(append(head, raw...), "---\n"...), nil
}

func configMap(name string, data map[string]string) ([]byte, error) {
	return yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data})
}

// CellMap is the ConfigMap that has the name of each index's cell in a file of the index's name: a pod knows its index only.
func (j *Job) CellMap() (string, error) {
	data := make(map[string]string, len(j.Cells))
	for i, name := range j.Cells {
		data[strconv.Itoa(i)] = name
	}
	raw, err := configMap(j.Name+"-cells", data)
	return string(raw), err
}

// Part is a call of the program in a job of GitHub.
type Part struct {
	*Job
	Mode string
	Ask  *Ask
}

// Part is one of those calls; ask is nil where it answers nothing.
func (j *Job) Part(mode string, ask any) Part {
	p := Part{Job: j, Mode: mode}
	if a, ok := ask.(Ask); ok {
		p.Ask = &a
	}
	return p
}

// Path is where the runbook is in a pod.
func (j *Job) Path() string { return path.Join("/runbook", j.Runbook) }

// Fleet says whether there is a matrix.
func (j *Job) Fleet() bool { return len(j.Cells) > 0 }

// Args is a flow sequence of the arguments of a call. cell is what the engine puts in place of the name of one, "" for a call
// about all of them.
func (j *Job) Args(cell, verb string, more ...string) (string, error) {
	args := []string{verb, j.Path()}
	if j.Fleet() && cell != "" {
		args = append(args, "--only", cell)
	}
	if j.State != "" {
		args = append(args, "--state", j.State)
	}
	args = append(args, more...)
	for i, a := range args {
		q, err := quoted(a)
		if err != nil {
			return "", err
		}
		args[i] = q
	}
	return "[" + strings.Join(args, ", ") + "]", nil
}
