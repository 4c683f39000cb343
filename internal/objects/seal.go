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
)

// sealedHead begins every object that is encrypted. The digit is of the way it is.
const sealedHead = "srmigrate-sealed-1\n"

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
// name: one that somebody has put in the place of another does not open. Those that open keeps clear by their key are not.
// Without a key it only tells encrypted objects from others.
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
	text, is := bytes.CutPrefix(o.Body, []byte(sealedHead))
	switch {
	case !is && s.aead == nil:
		return o, nil
	case !is:
		return nil, errors.New("it is not encrypted, and a key is given: it was written without one, or by somebody else")
	case s.aead == nil:
		return nil, errors.New("it is encrypted, and no key is given: name it by spec.state.encryption.key, or in SRMIGRATE_STATE_KEY")
	}
	if o.Body, err = s.aead.Open(nil, nil, text, []byte(path.Base(key))); err != nil {
		return nil, errors.New("it is encrypted with another key than the one given, or was altered")
	}
	return o, nil
}

func (s sealed) Put(ctx context.Context, key string, body []byte, tag string) (string, error) {
	if s.aead != nil && !s.open(key) {
		body = s.aead.Seal([]byte(sealedHead), nil, body, []byte(path.Base(key)))
	}
	return s.Bucket.Put(ctx, key, body, tag)
}
