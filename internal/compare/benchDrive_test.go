package compare_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
)

func compareParts(names []string) []string {
	var prefixes []string
	for _, p := range compare.CutUp(names, 1000, 1000/perSubject) {
		prefixes = append(prefixes, p.Prefix)
	}
	return prefixes
}

// benchRole makes the test binary a process of the benchmark: `serve VERSIONS
// CAP LATENCY`, `download HOW SOURCE TARGET` or `drive PROGRAM SIZES LATENCIES`.
// It is false where the binary is to test.
func benchRole() (code int, ok bool) {
	args := strings.Fields(os.Getenv("SRMIGRATE_BENCH"))
	if len(args) == 0 {
		return 0, false
	}
	var err error
	switch {
	case args[0] == "serve" && len(args) == 4:
		latency, bad := time.ParseDuration(args[3])
		err = cmp.Or(bad, serveBench(number(args[1]), number(args[2]), latency))
	case args[0] == "download" && len(args) == 4:
		err = download(args[1], args[2:])
	case args[0] == "drive" && len(args) == 4:
		err = drive(args[1], strings.Split(args[2], ","), strings.Split(args[3], ","))
	default:
		err = fmt.Errorf("SRMIGRATE_BENCH=%q is no part of the benchmark", args)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// naiveMost is how many versions a side the naive loop is measured with; beyond
// that its figures are multiples of those.
const naiveMost = 2000

// drive measures every way to read at every size, and prints a table.
func drive(program string, sizes, latencies []string) error {
	fmt.Printf("%s, %d CPUs, %s, load %s\n\n", time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), runtime.Version(), loadAverage())
	fmt.Println("| versions a side | server | latency | how | wall s | client CPU s | server CPU s | peak MB | requests | rows gone through | connections |")
	fmt.Println("|--:|---|--:|---|--:|--:|--:|--:|--:|--:|--:|")
	for _, size := range sizes {
		for _, cap := range []string{"0", "1000"} {
			for _, latency := range latencies {
				if err := driveOne(program, size, cap, latency); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func driveOne(program, size, cap, latency string) error {
	ways := []string{"compare", "settings", "whole", "naive"}
	if cap != "0" {
		ways = []string{"compare", "settings", "parts", "pages", "naive"}
	}
	for _, how := range ways {
		versions, times := number(size), 1.0
		switch {
		case how == "naive" && versions > naiveMost:
			versions, times = naiveMost, float64(versions)/naiveMost
		case how == "settings" && latency != "0ms" && versions > 5000:
			continue // two requests a subject on each side
		case how == "pages" && versions > 100_000:
			continue // the square of its size
		}
		m, err := measure(program, how, strconv.Itoa(versions), cap, latency)
		if err != nil {
			return fmt.Errorf("%s versions, cap %s, latency %s, %s: %w", size, cap, latency, how, err)
		}
		label := map[string]string{"compare": "**compare**", "settings": "compare, with compatibility and modes", "whole": "download", "parts": "download in parts", "pages": "download by offset", "naive": "naive loop"}[how]
		if times > 1 {
			label += fmt.Sprintf(", %g × that of %d", times, versions)
		}
		kind := "no cap"
		if cap != "0" {
			kind = cap + " rows"
		}
		fmt.Printf("| %s | %s | %s | %s | %.2f | %.2f | %.2f | %d | %.0f | %.0f | %d |\n", size, kind, latency, label,
			times*m.wall.Seconds(), times*m.client.Seconds(), times*m.server.CPU.Seconds(), m.peak>>20,
			times*float64(m.server.Requests), times*float64(m.server.Touched), m.server.Connections)
	}
	return nil
}

type measured struct {
	wall, client time.Duration
	peak         int64
	server       load
}

// measure runs a server and a client, each a process of its own.
func measure(program, how, versions, cap, latency string) (m measured, err error) {
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), "SRMIGRATE_BENCH=serve "+versions+" "+cap+" "+latency)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		return m, err
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	at := strings.Fields(line)
	if err != nil || len(at) != 3 {
		return m, fmt.Errorf("the server said %q: %w", line, err)
	}
	client := exec.Command(os.Args[0])
	client.Env = append(os.Environ(), "SRMIGRATE_BENCH=download "+how+" "+at[0]+" "+at[1])
	compares := how == "compare" || how == "settings"
	if compares {
		client = exec.Command(program, "compare", "--source", at[0], "--target", at[1])
	}
	if how == "settings" {
		client.Args = append(client.Args, "--check", "compatibility=fail", "--check", "modes=fail")
	}
	before, err := loadAt(at[2])
	if err != nil {
		return m, err
	}
	start := time.Now()
	said, err := client.CombinedOutput()
	m.wall = time.Since(start)
	if err != nil || compares && !strings.Contains(string(said), "identical: ") {
		return m, fmt.Errorf("%w: %s", err, said)
	}
	m.server, err = loadAt(at[2])
	m.server.CPU -= before.CPU
	m.server.Connections -= before.Connections
	m.client = client.ProcessState.UserTime() + client.ProcessState.SystemTime()
	m.peak = client.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	return m, err
}

func loadAt(url string) (l load, err error) {
	resp, err := http.Get(url) //nolint:gosec // the driver's own server
	if err != nil {
		return l, err
	}
	defer func() { _ = resp.Body.Close() }()
	return l, json.NewDecoder(resp.Body).Decode(&l)
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(b))[0]
}
