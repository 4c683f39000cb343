package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes subjects by the dozen that look like those of a company.
type generator struct {
	*rand.Rand
	versions int
}

func (g generator) subject(i int) seedSubject {
	entity := g.one("order", "basket", "voucher", "product", "price", "stock", "parcel", "route", "driver", "invoice",
		"payment", "refund", "account", "session", "device", "campaign", "ticket", "review")
	event := g.one("created", "updated", "deleted", "approved", "rejected", "expired", "shipped", "audited", "enriched")
	domain := g.one("sales", "catalog", "logistics", "billing", "crm", "marketing", "support", "iot")
	s := seedSubject{name: fmt.Sprintf("%s%s.%s-%s.%05d-value", g.context(), domain, entity, event, i+1)}
	write := g.writer(fmt.Sprintf("com.acme.%s", domain), fmt.Sprintf("%s%s%05d", title(entity), title(event), i+1))
	live := g.versions
	if live <= 0 {
		live = 1 + g.IntN(4)
	}
	s.gone(g.IntN(12))
	for v := range live + len(s.softDeleted) {
		s.versions = append(s.versions, write(v+1))
	}
	if g.IntN(25) == 0 {
		s.config = Config{fieldCompatibility: g.one("NONE", "FORWARD", "FULL", "BACKWARD_TRANSITIVE")}
	}
	return s
}

// gone makes some subjects begin with versions that were deleted.
func (s *seedSubject) gone(dice int) {
	switch dice {
	case 0:
		s.softDeleted = []int{1}
	case 1:
		s.softDeleted, s.hardDeleted = []int{1, 2}, []int{1}
	}
}

// writer returns what writes version n of a schema, a field longer each time.
func (g generator) writer(namespace, record string) func(n int) submission {
	kind := g.IntN(20)
	return func(n int) submission {
		fields := strings.Fields("id tenant source amount currency note channel priority owner region")
		for i := len(fields); i < n+1; i++ {
			fields = append(fields, fmt.Sprintf("attribute%d", i))
		}
		fields = fields[:n+1]
		switch {
		case kind < 3:
			return proto(namespace, record, nil, fields...)
		case kind < 6:
			return jsonSchema(record, typed(fields)...)
		}
		return avro(namespace+"."+record, avroFields(fields)...)
	}
}

func typed(names []string) []string {
	list := []string{}
	for _, n := range names {
		list = append(list, n+" string")
	}
	return list
}

func avroFields(names []string) []seedField {
	list := []seedField{field(names[0], "string")}
	for _, n := range names[1:] {
		list = append(list, optional(n, "string"))
	}
	return list
}

func (g generator) context() string {
	return g.one("", "", "", "", "", "", ":.payments:", ":.payments:", ":.legacy:")
}

func (g generator) one(from ...string) string { return from[g.IntN(len(from))] }

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
