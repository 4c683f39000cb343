// Command srmigrate moves Kafka schema registries as a runbook says.
package main

import (
	"os"

	"github.com/srmigrate/srmigrate/internal/cli"
	_ "golang.org/x/crypto/x509roots/fallback" // in an image without certificates: those of the public authorities
)

func main() { os.Exit(cli.Main()) }
