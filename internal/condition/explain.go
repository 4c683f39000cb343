package condition

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

const maxParts = 20 // an explanation is read by a person

// part is a piece of an expression whose value tells why the whole is true or false.
type part struct {
	text string
	code *vm.Program
}

// compileParts leaves out pieces that do not stand on their own; an explanation is never worth an error.
func compileParts(texts []string, opts []expr.Option) []part {
	var parts []part
	for _, text := range texts[:min(len(texts), maxParts)] {
		if code, err := expr.Compile(text, opts...); err == nil {
			parts = append(parts, part{text, code})
		}
	}
	return parts
}

// Explain gives the value of each part of the expression on a View, in the order in which they are evaluated, as in
// `status.state = "RUNNING", caughtUp("60s") = false`. It asks no registry that had not been asked already.
func (p *Program) Explain(v *View) string {
	frozen := *v
	frozen.frozen = true
	var out []string
	for _, part := range p.parts {
		out = append(out, part.text+" = "+part.value(&frozen))
	}
	return strings.Join(out, ", ")
}

func (p part) value(v *View) string {
	out, err := run(p.code, v)
	if err != nil {
		return err.Error()
	}
	if s, ok := out.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(out)
}
