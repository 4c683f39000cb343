package sandbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func filled(t *testing.T, o Options, s Snapshot) *Registry {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if err := r.Fill(s); err != nil {
		t.Fatal(err)
	}
	return r
}

// What one registry held, another holds after it was filled, in whatever mode that is.
func TestFillIsWhatASnapshotHas(t *testing.T) {
	for _, server := range []string{"7.4.0", "7.6.2", "8.1.1"} {
		r := filled(t, Options{Server: server}, Snapshot{})
		if err := r.Seed(Seed{Subjects: 60}); err != nil {
			t.Fatal(err)
		}
		if err := r.setMode(parseName(":.payments:"), modeReadOnly, false); err != nil {
			t.Fatal(err)
		}
		want := r.Snapshot()
		if diff := cmp.Diff(want, filled(t, Options{Server: server}, want).Snapshot()); diff != "" {
			t.Errorf("%s: -want +got\n%s", server, diff)
		}
	}
}

func TestFillRefusesWhatNoRegistryHolds(t *testing.T) {
	one := func(subject string, version, id int, text string) Version {
		return Version{Subject: subject, Version: version, ID: id, SchemaType: "AVRO", Schema: text}
	}
	for want, s := range map[string]Snapshot{
		`id 1 stands for one schema in "a" version 1 and for another in "b" version 1`: {Versions: []Version{one("a", 1, 1, `"int"`), one("b", 1, 1, `"long"`)}},
		`"a" version 1: 42201: Invalid schema`:                                         {Versions: []Version{one("a", 1, 1, `int`)}},
		`mode of "a": 42204: Invalid mode`:                                             {Modes: map[string]string{"a": "OPEN"}},
	} {
		r, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Fill(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		r.Close()
	}
}

// The exporters of a set reach its registries and nothing else, whatever their config says.
func TestASetReachesNothingElse(t *testing.T) {
	var asked atomic.Int64
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer outside.Close()
	seats := []Seat{{Name: "source", Side: SideSource, Options: Options{Exporters: true}}, {Name: "middle", Options: Options{Exporters: true}}}
	set, err := StartSet(context.Background(), seats)
	if err != nil {
		t.Fatal(err)
	}
	source, middle := set.Registry("source"), set.Registry("middle")
	if err := source.Seed(Seed{Subjects: 10}); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]map[string]string{
		"out":   {urlKey: outside.URL},
		"store": {urlKey: strings.Replace(outside.URL, "http:", "https:", 1), "bearer.auth.issuer.endpoint.url": outside.URL},
		"token": {
			urlKey: set.URL("middle"), "bearer.auth.credentials.source": "OAUTHBEARER", "bearer.auth.issuer.endpoint.url": outside.URL,
			"bearer.auth.client.id": "me", "bearer.auth.client.secret": "mine",
		},
		"in": {urlKey: set.URL("middle")},
	} {
		if err := source.createExporter(exporterSpec{Name: name, Subjects: []string{":*:"}, ContextType: "NONE", Config: config}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "it is so", func() bool {
		troubled := 0
		for _, x := range source.Snapshot().Exporters {
			if strings.Contains(x.Trace, "none of the registries of this rehearsal") {
				troubled++
			}
		}
		return troubled == 3 && len(middle.Snapshot().Versions) > 0
	})
	if n := asked.Load(); n != 0 {
		t.Errorf("a server outside was asked %d times", n)
	}
	if err := set.Close(); err != nil {
		t.Fatal(err)
	}
}

// An exporter that is filled in stands where it stood, and can be paused, resumed and deleted like any other.
func TestFillExporter(t *testing.T) {
	set, err := StartSet(context.Background(), []Seat{
		{Name: "source", Options: Options{Exporters: true}, Exporters: map[string][]ExporterSnapshot{
			"target": {{Name: "runs", Subjects: []string{"*"}, ContextType: "NONE", ConfigKeys: []string{"basic.auth.user.info", urlKey}, State: stateRunning}},
			"":       {{Name: "rests", Subjects: []string{"*"}, ContextType: "AUTO", Context: ".was", State: statePaused}},
		}},
		{Name: "target"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }() // the test is over
	source := set.Registry("source")
	if got := source.ExporterConfig("runs")[urlKey]; got != set.URL("target") {
		t.Errorf("it writes to %q", got)
	}
	all := source.Snapshot().Exporters
	if len(all) != 2 || all[0].State != statePaused || all[0].Context != ".was" || all[1].State != stateRunning {
		t.Fatalf("got %+v", all)
	}
	x, err := source.exporters.get("runs")
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []func() error{x.pause, x.resume, x.pause, func() error {
		until(t, "it is so", func() bool { return source.Snapshot().Exporters[1].State == statePaused })
		return source.exporters.remove("runs")
	}} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}
