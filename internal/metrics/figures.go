package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Families are all figures as they are now, with no secret in them. A family without a sample is one too.
func (m *Meter) Families() []Family {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.Concat(m.ofRun(), m.ofCall(), m.ofSteps(), m.ofExporters(), m.ofRegistries())
	for _, f := range list {
		for _, s := range f.Samples {
			for i, v := range s.Labels {
				s.Labels[i] = strings.ToValidUTF8(m.Redact(v), "�")
			}
		}
	}
	return list
}

func gauge(name, unit, help string, labels ...string) Family {
	return Family{Name: "srmigrate." + name, Unit: unit, Help: help, Labels: labels}
}

func counter(name, unit, help string, labels ...string) Family {
	return Family{Name: "srmigrate." + name, Unit: unit, Help: help, Labels: labels, Counter: true}
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (m *Meter) ofRun() []Family {
	info := gauge("run.info", "", "The run that the figures are of, and the version of the program.", "run", "version")
	status := gauge("run.status", "", "How the run stands: 1 for the status that it has, 0 for the others.", "status")
	start := gauge("run.start_time", "s", "When the run began, over all calls that worked on it, since the epoch.")
	changed := gauge("run.last_change_timestamp", "s", "When something was last otherwise than before, since the epoch.")
	still := gauge("run.unchanged", "s", "How long nothing had changed when this was written; 0 once the call has ended.")
	if m.run.Run != "" {
		info.add(1, m.run.Run, m.Version)
		status.oneOf(Statuses(), m.run.Status)
		start.add(unix(m.run.Started))
	}
	if !m.began.IsZero() {
		changed.add(unix(m.changed))
		age := time.Duration(0)
		if m.ended.IsZero() {
			age = time.Since(m.changed)
		}
		still.add(age.Seconds())
	}
	return []Family{info, status, start, changed, still}
}

func (m *Meter) ofCall() []Family {
	active := gauge("call.active", "", "1 while the program is at work on the run, 0 once the call has ended.", "verb")
	start := gauge("call.start_time", "s", "When this call began to work, since the epoch.")
	end := gauge("call.end_time", "s", "When this call ended, since the epoch; missing before.")
	exit := gauge("call.exit_code", "", "The exit code of this call; missing while it is at work.")
	switch {
	case m.began.IsZero():
	case m.ended.IsZero():
		active.add(1, m.Verb)
		start.add(unix(m.began))
	default:
		active.add(0, m.Verb)
		start.add(unix(m.began))
		end.add(unix(m.ended))
		exit.add(float64(m.exit))
	}
	return []Family{active, start, end, exit}
}

func (m *Meter) ofSteps() []Family {
	status := gauge("step.status", "", "How a step stands: 1 for the status that it has, 0 for the others.", "step", "type", "status")
	retries := counter("step.retries", "", "How often this call has tried a step, or a request of it, again.", "step")
	of := gauge("step.versions", "", "How many versions there are to copy, as the step saw last.", "step")
	copied := gauge("step.versions_copied", "", "How many of them are on the target, as the step saw last.", "step")
	left := gauge("step.versions_left", "", "How many of them are not on the target yet, as the step saw last.", "step")
	differ := gauge("step.differences", "", "In how many versions, or subjects, the registries differ, as the step compared last.", "step", "kind")
	for _, s := range m.steps {
		status.oneOf(StepStatuses(), s.Status, s.ID, s.Type)
		retries.add(float64(s.retries), s.ID)
		if s.counted {
			of.add(float64(s.of), s.ID)
			copied.add(float64(s.copied), s.ID)
			left.add(float64(max(s.of-s.copied, 0)), s.ID)
		}
		if s.compared {
			differ.add(float64(s.differ.Missing), s.ID, "missing")
			differ.add(float64(s.differ.Changed), s.ID, "changed")
			differ.add(float64(s.differ.Extra), s.ID, "extra")
			differ.add(float64(s.differ.ExtraSubjects), s.ID, "extraSubjects")
			differ.add(float64(s.differ.Other), s.ID, "other")
		}
	}
	return []Family{status, retries, of, copied, left, differ}
}

func (m *Meter) ofExporters() []Family {
	state := gauge("exporter.state", "", "The state of an exporter: 1 for the one that it was last seen in, 0 for the others.", "registry", "exporter", "state")
	offset := gauge("exporter.offset", "", "The offset of an exporter, as it was last seen.", "registry", "exporter")
	keys := slices.SortedFunc(maps.Keys(m.exporter), func(a, b Exporter) int {
		return cmp.Or(cmp.Compare(a.Registry, b.Registry), cmp.Compare(a.Name, b.Name))
	})
	for _, x := range keys {
		state.oneOf(exporterStates(), m.exporter[x].state, x.Registry, x.Name)
		offset.add(float64(m.exporter[x].offset), x.Registry, x.Name)
	}
	return []Family{state, offset}
}

func (m *Meter) ofRegistries() []Family {
	requests := counter("registry.requests", "", "Requests that this call has sent, by registry, method and status; none where there was no answer.", "registry", "method", "code")
	took := counter("registry.request_time", "s", "How long this call has waited for answers of a registry, all requests together.", "registry")
	retries := counter("registry.retries", "", "How often this call has asked a registry again that it needs before any step.", "registry")
	keys := slices.SortedFunc(maps.Keys(m.requests), func(a, b request) int {
		return cmp.Or(cmp.Compare(a.registry, b.registry), cmp.Compare(a.method, b.method), cmp.Compare(a.code, b.code))
	})
	for _, k := range keys {
		requests.add(float64(m.requests[k]), k.registry, k.method, k.code)
	}
	for _, name := range slices.Sorted(maps.Keys(m.took)) {
		took.add(m.took[name].Seconds(), name)
		retries.add(float64(m.retried[name]), name)
	}
	return []Family{requests, took, retries}
}
