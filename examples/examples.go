// Package examples holds the runbooks that the documentation shows, the demo runs and the tests try.
package examples

import "embed"

// FS holds every example under its path in this folder.
//
//go:embed *.yaml guide/*.yaml steps/*.yaml
var FS embed.FS
