// Command srmigrate moves Kafka schema registries as a runbook says.
package main

import (
	"os"

	"github.com/srmigrate/srmigrate/internal/cli"
)

func main() { os.Exit(cli.Main()) }
