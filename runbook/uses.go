package runbook

import (
	"regexp"
	"slices"
)

// varName finds vars in references and in conditions.
var varName = regexp.MustCompile(`\bvars(?:\.|\[["'])([A-Za-z_][A-Za-z0-9_]*)`)

// noteVars writes down which vars each step rests on, before their values take the place of their names. When a step runs,
// and for how long, is not what it does.
func (l *loader) noteVars() {
	for _, n := range l.root.get("spec").get("steps").entries() {
		if n.step == nil {
			continue
		}
		found := map[string]bool{}
		namesIn(n.step.params, found)
		namesIn(n.get("rollback"), found)
		n.step.vars = slices.DeleteFunc(slices.Clone(l.names), func(name string) bool { return !found[name] })
	}
}

// namesIn finds the names of vars below a node.
func namesIn(n *node, found map[string]bool) {
	if n == nil {
		return
	}
	if text, ok := n.str(); ok {
		for _, m := range varName.FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
	}
	for _, item := range n.items {
		namesIn(item, found)
	}
	for _, f := range n.fields {
		namesIn(f.value, found)
	}
	if n.step != nil {
		namesIn(n.step.params, found)
	}
}
