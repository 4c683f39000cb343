package metrics

import "strings"

// Family are figures of one kind: a name, what it means, and a sample for each thing that it is known of.
type Family struct {
	Name    string // in words with dots between, such as srmigrate.run.start_time
	Unit    string // s, or "" for what is counted, told or numbered
	Help    string
	Counter bool     // grows from 0 on while a call lasts; otherwise it goes up and down
	Labels  []string // besides the runbook's, which every sample has
	Samples []Sample
}

// Sample is one figure.
type Sample struct {
	Labels []string // values, in the order of the family's
	Value  float64
}

// Prometheus is the name that the conventions of Prometheus ask for, and the one that an OpenTelemetry collector makes of
// Name and Unit.
func (f Family) Prometheus() string {
	name := strings.ReplaceAll(f.Name, ".", "_")
	if f.Unit == "s" {
		name += "_seconds"
	}
	if f.Counter {
		name += "_total"
	}
	return name
}

// add gives the family a sample.
func (f *Family) add(value float64, labels ...string) {
	f.Samples = append(f.Samples, Sample{labels, value})
}

// oneOf gives the family a sample for each word: 1 for the one that holds, 0 for the rest.
func (f *Family) oneOf(words []string, holds string, labels ...string) {
	for _, w := range words {
		value := 0.0
		if w == holds {
			value = 1
		}
		f.add(value, append(labels[:len(labels):len(labels)], w)...)
	}
}
