package steps

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/condition"
)

// CheckWhen reports what is wrong with the condition under which a step runs. It does no I/O.
func CheckWhen(src string, scope Scope) []Problem {
	return checkCondition("", src, whenScope(scope.names()))
}

// When evaluates the condition under which a step runs. Text is the condition, with the values that it rests on.
func When(ctx context.Context, env *Env, src string) (holds bool, text string, err error) {
	p, err := condition.Compile(src, whenScope(env.names()))
	if err != nil {
		return false, src, err
	}
	v := look(ctx, env)
	holds, err = p.True(v)
	if err != nil {
		return holds, src, err
	}
	return holds, withValues(src, p.Explain(v), holds), nil
}

// withValues is a condition with what its parts were, unless that says nothing more.
func withValues(src, values string, holds bool) string {
	if values == "" || values == fmt.Sprintf("%s = %t", src, holds) {
		return src
	}
	return src + " (" + values + ")"
}

func whenScope(names condition.Scope) condition.Scope {
	names.When = true
	return names
}
