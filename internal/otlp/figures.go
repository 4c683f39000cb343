package otlp

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/srmigrate/srmigrate/internal/metrics"
)

// observe hands out the figures whenever they are asked for.
func observe(to metric.Meter, m *metrics.Meter) error {
	instruments, all := map[string]metric.Float64Observable{}, []metric.Observable{}
	for _, f := range (&metrics.Meter{}).Families() {
		i, err := instrument(to, f)
		if err != nil {
			return err
		}
		instruments[f.Name], all = i, append(all, i)
	}
	_, err := to.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		runbook := attribute.String("runbook", m.Redact(m.Runbook))
		for _, f := range m.Families() {
			for _, s := range f.Samples {
				list := []attribute.KeyValue{runbook}
				for i, name := range f.Labels {
					list = append(list, attribute.String(name, s.Labels[i]))
				}
				o.ObserveFloat64(instruments[f.Name], s.Value, metric.WithAttributes(list...))
			}
		}
		return nil
	}, all...)
	return err
}

func instrument(to metric.Meter, f metrics.Family) (metric.Float64Observable, error) {
	if f.Counter {
		return to.Float64ObservableCounter(f.Name, metric.WithDescription(f.Help), metric.WithUnit(f.Unit))
	}
	return to.Float64ObservableGauge(f.Name, metric.WithDescription(f.Help), metric.WithUnit(f.Unit))
}
