// Package condition compiles and evaluates the expressions of a runbook: until, failIf, that and when.
//
// An expression is compiled on load against a Scope, which says what it may name, and evaluated as often as needed
// against a View, which is one observation. What can be wrong with it shows in the pull request: a misspelt field, a
// registry that is not declared, a duration that is none.
package condition
