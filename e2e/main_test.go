// Package e2e drives the program from outside: scripts and processes against registries that are servers.
package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/srmigrate/srmigrate/internal/cli"
)

// briefExit is how long the race detector waits at the exit of each process: its second adds up over thousands of them.
const briefExit = "atexit_sleep_ms=50"

func TestMain(m *testing.M) {
	programs := map[string]func(){
		"srmigrate": func() { os.Exit(cli.Main()) },
		"http":      func() { os.Exit(httpMain()) },
	}
	if programs[filepath.Base(os.Args[0])] == nil { // the tests themselves
		if err := nowhere(); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, programs)
}

// surroundings are what the program takes from the pipeline or the terminal around it.
var surroundings = []string{"CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_CI", "NO_COLOR", "TRACEPARENT", "TRACESTATE", "SRMIGRATE_STATE_KEY"}

// nowhere has the tests see the same program in a pipeline as at a desk.
func nowhere() error {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !slices.Contains(surroundings, name) && !strings.HasPrefix(name, "OTEL_") && !strings.HasPrefix(name, "AWS_") {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	return os.Setenv("GORACE", briefExit)
}

// httpMain is the program `http METHOD URL [BODY]`: it prints the status and the body.
func httpMain() int {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: http METHOD URL [BODY]")
		return 2
	}
	req, err := http.NewRequest(os.Args[1], os.Args[2], strings.NewReader(strings.Join(os.Args[3:], " ")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: 30 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body))
	if err != nil || resp.StatusCode >= 300 {
		return 1
	}
	return 0
}
