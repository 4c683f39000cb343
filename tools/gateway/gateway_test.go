// Package gateway keeps states in a real server that speaks S3: Versity's gateway, in a process of its own. It is a module
// of its own, so that what a server needs is no dependency of the program.
package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/state/conformance"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// What the gateway is told, and what whoever uses it has to know.
const (
	user   = "bird"
	canary = "c4nRedThroat"
)

// TestMain is the gateway where a test has started it as such.
func TestMain(m *testing.M) {
	root, at := os.Getenv("GATEWAY_ROOT"), os.Getenv("GATEWAY_AT")
	if root == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, root, at); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, root, at string) error {
	attributes, err := meta.NewSideCar(beside(root)) // not every file system has attributes of its own
	if err != nil {
		return err
	}
	be, err := posix.New(root, attributes, posix.PosixOpts{SideCarDir: beside(root), ForceNoTmpFile: true})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(ctx, be, &embedgw.Config{
		RootUserAccess: user, RootUserSecret: canary, Ports: []string{at}, Quiet: true, KeepAlive: true,
		MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10000,
	})
}

// gateway starts a server with an empty bucket named states, and returns where it is, and the folder that its buckets are in.
func gateway(t *testing.T) (endpoint, root string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	root = filepath.Join(t.TempDir(), "root")
	if err := errors.Join(free.Close(), os.MkdirAll(filepath.Join(root, "states"), 0o700), os.Mkdir(beside(root), 0o700)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GATEWAY_ROOT="+root, "GATEWAY_AT="+at)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for {
		if c, err := net.Dial("tcp", at); err == nil {
			_ = c.Close() // it was only looked for
			return "http://" + at, root
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the gateway ended: %v\n%s", err, said.String())
		case <-late:
			t.Fatal("the gateway did not begin to listen within a minute")
		case <-tick.C:
		}
	}
}

// cutting stands before a server and loses the answer of every n-th write, which has happened.
func cutting(t *testing.T, endpoint string, n int64) string {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var writes atomic.Int64
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }, // which is signed
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Method == http.MethodPut && writes.Add(1)%n == 0 {
				return errors.New("lost")
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: proxy}
	go func() { _ = server.Serve(l) }() // which ends with Close
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String()
}

func places(endpoint, folder string, key []byte) func(*testing.T) conformance.Place {
	var n atomic.Int64
	return func(t *testing.T) conformance.Place {
		name := fmt.Sprintf("s3://states/%s/%d/x.state.json", folder, n.Add(1))
		return conformance.InBucket(t, name, objects.S3{Bucket: "states", Endpoint: endpoint, NoIMDS: true}, key)
	}
}

func credentials(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": user, "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
}

// What the disk promises, a real server of objects keeps as well, also one whose answers are lost, and where all is encrypted.
func TestAGatewayConforms(t *testing.T) {
	credentials(t)
	endpoint, _ := gateway(t)
	t.Run("whole", func(t *testing.T) { conformance.Test(t, places(endpoint, "whole", nil)) })
	t.Run("cut", func(t *testing.T) { conformance.Test(t, places(cutting(t, endpoint, 3), "cut", nil)) })
	t.Run("sealed", func(t *testing.T) { conformance.Test(t, places(endpoint, "sealed", bytes.Repeat([]byte{7}, 32))) })
}

// beside is where the gateway keeps what it knows of the objects.
func beside(root string) string { return filepath.Join(filepath.Dir(root), "attributes") }
