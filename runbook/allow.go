package runbook

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

// allow reads what a step, or a registry, is allowed although a finding speaks against it.
func (l *loader) allow(n *node) []steps.Consent {
	var list []steps.Consent
	for _, item := range n.entries() {
		c := steps.Consent{AtMost: -1}
		c.Code, _ = item.get("code").str()
		c.Because, _ = item.get("because").str()
		if most := item.get("atMost"); most != nil && !most.open && most.sound() {
			if number, ok := most.value.(json.Number); ok {
				c.AtMost, _ = strconv.Atoi(number.String())
			}
		}
		l.checkCode(item.get("code"), c.Code, list)
		list = append(list, c)
	}
	return list
}

// checkCode reports a code that no finding has, that cannot be allowed, or that is allowed twice.
func (l *loader) checkCode(n *node, code string, before []steps.Consent) {
	if code == "" || n.open || !n.sound() {
		return
	}
	known := l.set.codes()
	i := slices.IndexFunc(known, func(c event.Code) bool { return c.Code == code })
	switch {
	case i < 0:
		l.report(n, "no finding has the code %s%s", quote(code), orOneOf(code, "there is", codesOf(known)))
	case known[i].Firm != "":
		l.report(n, "%s cannot be allowed (%s): %s", code, known[i].Says, known[i].Firm)
	case slices.ContainsFunc(before, func(c steps.Consent) bool { return c.Code == code }):
		l.report(n, "duplicate %s: allow it once", code)
	}
}

func codesOf(list []event.Code) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Code
	}
	return names
}
