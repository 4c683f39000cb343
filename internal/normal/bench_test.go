package normal

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkForm tells what a form costs, in bytes of text a second, for texts as they are in registries.
func BenchmarkForm(b *testing.B) {
	var avro, json, proto []string
	for i := range 25 {
		avro = append(avro, fmt.Sprintf(`{"name":"field_%d","type":["null",{"type":"string","avro.java.string":"String"}],"doc":"what it is for","default":null}`, i))
		json = append(json, fmt.Sprintf(`"field_%d": {"type": ["string", "null"], "description": "what it is for"}`, i))
		proto = append(proto, fmt.Sprintf("  // what it is for\n  optional string field_%d = %d [deprecated = true];", i, i+1))
	}
	for kind, text := range map[string]string{
		"AVRO":     `{"type":"record","name":"R","namespace":"com.example","fields":[` + strings.Join(avro, ",") + `]}`,
		"JSON":     `{"type": "object", "properties": {` + strings.Join(json, ", ") + `}}`,
		"PROTOBUF": "syntax = \"proto3\";\npackage com.example;\nmessage R {\n" + strings.Join(proto, "\n") + "\n}\n",
	} {
		b.Run(kind, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := Form(kind, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
