package registry

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzClosing: a string ends where the decoder says, and is broken where it is
// for the decoder.
func FuzzClosing(f *testing.F) {
	long := strings.Repeat(`{\"name\":\"a\"},`, 9)
	for _, s := range []string{
		`"`, ``, `a"b`, `\"`, `\\"`, `\\\"`, `\u00e9"`, `\u00g9"`, `\u00`, `\x"`, "a\nb\"", long, long + `"`, long + `\\"` + long,
		strings.Repeat(`\`, 63) + `"`, strings.Repeat(`\`, 64) + `"x`, strings.Repeat("x", 103) + `\"` + long + `"`,
		strings.Repeat("x", 100) + `\u12` + `34"`, strings.Repeat("x", 102) + `\u12`, long + "\x00" + long, long + `"` + "\n" + long,
		long + "\xff" + long + `"`, strings.Repeat(`\\`, 70) + `"`, strings.Repeat(`\/\b\f\n\r\t`, 20) + `"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for pad := range 3 {
			b := append(bytes.Repeat([]byte{'x'}, 20*pad), text...)
			end, got := closing(b, 0)
			d := jsontext.NewDecoder(bytes.NewReader(append([]byte{'"'}, b...)), jsontext.AllowInvalidUTF8(true))
			raw, err := d.ReadValue()
			switch {
			case got == whole && (err != nil || end != len(raw)-2):
				t.Errorf("%q ends at %d, for the decoder %q, %v", b, end, raw, err)
			case got != whole && err == nil:
				t.Errorf("%q is %d, for the decoder %q", b, got, raw)
			}
			if _, is := err.(*jsontext.SyntacticError); got == more && is && !bytes.Contains([]byte(err.Error()), []byte("EOF")) {
				t.Errorf("%q lacks its end, for the decoder %v", b, err)
			}
		}
	})
}

func BenchmarkClosing(b *testing.B) {
	text := []byte(strings.Repeat(`{\"name\":\"attribute4\",\"type\":[\"null\",\"string\"],\"doc\":\"what it says\",\"default\":null},`, 11) + `"` + strings.Repeat(" ", 200))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, v := closing(text, 0); v != whole {
			b.Fatal(v)
		}
	}
}
