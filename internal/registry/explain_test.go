package registry

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
)

// What stands between this machine and a registry is told with what to look at, and stays what it was.
func TestAnUnreachedAddressIsExplained(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	unknown := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "registry.test", IsNotFound: true}}
	later := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "registry.test", IsTemporary: true}}
	for want, err := range map[string]error{
		"nothing listens there: see whether registry source is up": refused,
		"this machine does not know that name: check the host":     unknown,
		"": later,
	} {
		got := explainTLS(fmt.Errorf("asked: %w", err), tlsFields{whose: "registry source"})
		if _, hint, _ := strings.Cut(got.Error(), "; "); !strings.HasPrefix(hint, want) || (hint == "") != (want == "") {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
		if !IsTemporary(got) {
			t.Errorf("%v is not tried again", got)
		}
	}
}
