package objects

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path"
	"slices"
)

// sealedHead begins every object that is encrypted, and a line ends it. The digit is of the way it is. Blanks between them
// count for nothing: see Touched.
const sealedHead = "srmigrate-sealed-1"

// Shut is why an object does not open.
type Shut string

// The reasons. AES-GCM does not tell another key from an object that was altered: what lies beside it may, see ShutError.
const (
	NoKey     Shut = "it is encrypted, and no key is given: name it by spec.state.encryption.key, or in SRMIGRATE_STATE_KEY"
	NotSealed Shut = "it is not encrypted, and a key is given: it was written without one, or by somebody else"
	Unopened  Shut = "it is encrypted with another key than the one given, or was altered"
	TooShort  Shut = "it ends before there is anything that a key could open"
)

// ShutError is an object that is there and does not open. A key that opens another object is the right one, and this
// object was altered.
type ShutError struct {
	Shut
	Object *Object // as it lies there
}

func (e *ShutError) Error() string { return string(e.Shut) }

// ParseKey reads a key: 32 bytes in base64, as `openssl rand -base64 32` prints them, or in hexadecimal digits.
func ParseKey(text string) ([]byte, error) {
	for _, decode := range []func(string) ([]byte, error){base64.StdEncoding.DecodeString, hex.DecodeString} {
		if key, err := decode(text); err == nil && len(key) == 32 {
			return key, nil
		}
	}
	return nil, errors.New("the key is not 32 bytes in base64 or in hexadecimal digits: make one with `openssl rand -base64 32`")
}

// Sealed is a bucket whose objects are encrypted with AES-256-GCM before they leave this process, each under its own
// name: one that somebody has put in the place of another does not open. The folder is no part of that, so that objects can
// be moved to another, or to another bucket. Those that open keeps clear by their key are not encrypted. Without a key it
// only tells encrypted objects from others. What does not open is a *ShutError.
func Sealed(b Bucket, key []byte, open func(key string) bool) (Bucket, error) {
	s := sealed{Bucket: b, open: open}
	if key == nil {
		return s, nil
	}
	block, err := aes.NewCipher(key)
	if err == nil {
		s.aead, err = cipher.NewGCMWithRandomNonce(block)
	}
	return s, err
}

type sealed struct {
	Bucket
	aead cipher.AEAD // nil without a key
	open func(key string) bool
}

func (s sealed) Get(ctx context.Context, key string) (*Object, error) {
	o, err := s.Bucket.Get(ctx, key)
	if err != nil || s.open(key) {
		return o, err
	}
	text, is := opening(o.Body)
	switch {
	case !is && s.aead == nil:
		return o, nil
	case is && s.aead == nil:
		return nil, &ShutError{NoKey, o}
	case is && len(text) < s.aead.Overhead() || len(o.Body) == 0:
		return nil, &ShutError{TooShort, o}
	case !is:
		return nil, &ShutError{NotSealed, o}
	}
	body, err := s.aead.Open(nil, nil, text, []byte(path.Base(key)))
	if err != nil {
		return nil, &ShutError{Unopened, o}
	}
	o.Body = body
	return o, nil
}

// opening is what stands behind the head of an encrypted object.
func opening(body []byte) (text []byte, is bool) {
	rest, is := bytes.CutPrefix(body, []byte(sealedHead))
	text, whole := bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte("\n"))
	return text, is && whole
}

// Touched is an object of other bytes that says the same to whoever can open it: an encrypted one has one more blank in its
// head, any other one more line break at its end.
func Touched(body []byte) []byte {
	if _, is := opening(body); is {
		return slices.Insert(bytes.Clone(body), len(sealedHead), ' ')
	}
	return append(bytes.Clone(body), '\n')
}

// Unsealed is the bucket with its objects as they lie there.
func Unsealed(b Bucket) Bucket {
	if s, is := b.(sealed); is {
		return s.Bucket
	}
	return b
}

func (s sealed) Put(ctx context.Context, key string, body []byte, tag string) (string, error) {
	if s.aead != nil && !s.open(key) {
		body = s.aead.Seal([]byte(sealedHead+"\n"), nil, body, []byte(path.Base(key)))
	}
	return s.Bucket.Put(ctx, key, body, tag)
}
