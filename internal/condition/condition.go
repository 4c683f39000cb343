package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

const (
	maxBytes = 4096 // the parser recurses, and a stack that overflows cannot be recovered from
	maxNodes = 500
)

// Program is an expression that has been checked. It may be evaluated any number of times, by one goroutine at a time.
type Program struct {
	src   string
	code  *vm.Program
	parts []part
	steps []string
}

// Error is what is wrong with an expression. Offset counts bytes into it.
type Error struct {
	Offset  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Compile checks an expression, whose result has to be a boolean. Every error is an *Error; no input makes it panic.
func Compile(src string, s Scope) (p *Program, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, &Error{Message: fmt.Sprintf("this expression cannot be compiled: %v", r)}
		}
	}()
	if len(src) > maxBytes {
		return nil, &Error{maxBytes, fmt.Sprintf("the expression has %d bytes, the limit is %d", len(src), maxBytes)}
	}
	if !utf8.ValidString(src) {
		return nil, &Error{0, "the expression is not valid UTF-8"}
	}
	v := &visitor{scope: s}
	opts := options(s)
	code, err := expr.Compile(src, append(slices.Clip(opts), expr.AsBool(), expr.Patch(v))...)
	if wrong := v.first(); wrong != nil {
		return nil, &Error{byteOffset(src, wrong.Offset), wrong.Message}
	}
	if err != nil {
		return nil, explainError(src, err)
	}
	return &Program{src: src, code: code, parts: compileParts(v.noted(), opts), steps: v.steps}, nil
}

func options(s Scope) []expr.Option {
	opts := []expr.Option{expr.Env(s.sample()), expr.MaxNodes(maxNodes), expr.DisableIfOperator(), expr.DisableAllBuiltins()}
	for _, name := range builtins() {
		opts = append(opts, expr.EnableBuiltin(name))
	}
	return opts
}

// builtins are the functions of expr that neither loop over much nor look at a clock.
func builtins() []string {
	return []string{
		"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix",
		"int", "float", "string", "abs", "min", "max", "duration",
	}
}

// String is the expression as the runbook has it.
func (p *Program) String() string { return p.src }

// Steps are the ids of the steps whose outputs the expression names.
func (p *Program) Steps() []string { return p.steps }

// True evaluates the expression. An error of a registry that had to be asked comes back wrapped.
func (p *Program) True(v *View) (bool, error) {
	out, err := run(p.code, v)
	if err != nil {
		return false, err
	}
	is, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("%s gives %v, it must be true or false", p.src, out)
	}
	return is, nil
}

func run(code *vm.Program, v *View) (out any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	v.err = nil
	out, err = expr.Run(code, v.env())
	if v.err != nil {
		return nil, v.err
	}
	if at, ok := errors.AsType[*file.Error](err); ok {
		err = errors.New(at.Message)
	}
	return out, err
}

func explainError(src string, err error) *Error {
	at, ok := errors.AsType[*file.Error](err)
	if !ok {
		return &Error{0, "an expression must be true or false: " + err.Error()}
	}
	msg := strings.ToLower(at.Message[:1]) + at.Message[1:]
	if strings.Contains(msg, "time.Duration and string") || strings.Contains(msg, "string and time.Duration") {
		msg += `; write a duration as duration("10m")`
	}
	if msg == `unexpected token Operator("=")` {
		msg += "; two values are compared with =="
	}
	return &Error{byteOffset(src, at.From), msg}
}

// byteOffset turns a count of characters, which is how expr counts, into one of bytes.
func byteOffset(src string, runes int) int {
	for i := range src {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(src)
}
