package report

import (
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/engine"
)

// registryLine is where a registry of a plan is, and who it is: names alone do not tell that two were mistaken for each
// other.
type registryLine struct{ name, text string }

func registries(p *engine.Plan) (list []registryLine) {
	for _, name := range slices.Sorted(maps.Keys(p.Registries)) {
		r := p.Registries[name]
		text := r.URL
		switch {
		case r.URL == "" && p.Offline:
			text = "its url is not known here, not asked"
		case r.ID == "" && p.Offline:
			text += ", not asked"
		case r.ID == "":
			text += ", did not say who it is"
		case r.ID != r.URL:
			text += ", cluster " + r.ID
		}
		list = append(list, registryLine{name, text})
	}
	return list
}
