package state_test

import (
	"bytes"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/internal/state/conformance"
)

func TestTheDiskConforms(t *testing.T) {
	conformance.Test(t, func(t *testing.T) conformance.Place {
		name := filepath.Join(t.TempDir(), "folder", "x.state.json")
		return conformance.Place{Name: name, Open: func() state.Backend { return state.OnDisk(state.OS{}) }}
	})
}

// The client is a real one, and the server speaks over the wire what it needs of S3.
func TestABucketConforms(t *testing.T) {
	for what, key := range map[string][]byte{"clear": nil, "sealed": bytes.Repeat([]byte{7}, 32)} {
		t.Run(what, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", "bird")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "robin")
			t.Setenv("AWS_SESSION_TOKEN", "")
			conformance.Test(t, func(t *testing.T) conformance.Place {
				server := httptest.NewServer(new(objectstest.Memory))
				t.Cleanup(server.Close)
				return conformance.InBucket(t, "s3://states/folder/x.state.json", objects.S3{Bucket: "states", Endpoint: server.URL, NoIMDS: true}, key)
			})
		})
	}
}
