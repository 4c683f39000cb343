package registry

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// Keystore reads certificate, chain and private key from a PKCS12 file, for TLS.Cert and TLS.Key. No error shows
// anything of the key.
func Keystore(data []byte, password Secret) (cert string, key Secret, err error) {
	if err := checkStore(data); err != nil {
		return "", Secret{}, err
	}
	private, leaf, chain, err := pkcs12.DecodeChain(data, password.Reveal())
	if err != nil {
		return "", Secret{}, storeError(err, "no PKCS12 file with one private key and its certificate")
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", Secret{}, errors.New("its private key is of a kind that TLS does not use")
	}
	return certsPEM(append([]*x509.Certificate{leaf}, chain...)), keyPEM(raw), nil
}

// Truststore reads certificates that are trusted from a PKCS12 file, for TLS.CA.
func Truststore(data []byte, password Secret) (string, error) {
	if err := checkStore(data); err != nil {
		return "", err
	}
	certs, err := pkcs12.DecodeTrustStore(data, password.Reveal())
	switch {
	case err != nil:
		return "", storeError(err, "no PKCS12 file of certificates that are marked as trusted, as keytool -importcert makes it; a PEM file goes into tls.ca")
	case len(certs) == 0:
		return "", errors.New("no certificate in it")
	}
	return certsPEM(certs), nil
}

// DecryptKey takes the password off a PEM private key.
func DecryptKey(text string, password Secret) (Secret, error) {
	block, _ := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return Secret{}, errors.New("no PEM private key in it")
	case block.Type != "ENCRYPTED PRIVATE KEY" && block.Headers["DEK-Info"] != "":
		return Secret{}, errors.New("the private key is encrypted in a way that protects nothing; convert it with openssl pkcs8 -topk8")
	case block.Type != "ENCRYPTED PRIVATE KEY":
		return Secret{}, errors.New("the private key is not encrypted; leave keyPassword out")
	}
	private, _, err := pkcs8.ParsePrivateKey(block.Bytes, []byte(password.Reveal()))
	if err != nil {
		return Secret{}, errors.New("the private key cannot be decrypted: keyPassword is wrong, or the file is damaged")
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Secret{}, errors.New("the private key is of a kind that TLS does not use")
	}
	return keyPEM(raw), nil
}

// checkStore tells files of other kinds apart, by how they begin.
func checkStore(data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}), bytes.HasPrefix(data, []byte{0xCE, 0xCE, 0xCE, 0xCE}):
		return errors.New("it is a JKS file; make a PKCS12 file of it with keytool -importkeystore -srckeystore OLD -destkeystore NEW -deststoretype PKCS12")
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return errors.New("it is a PEM file; name it in tls.ca, or in tls.cert and tls.key")
	}
	return nil
}

func storeError(err error, otherwise string) error {
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return errors.New("its password is wrong")
	}
	if strings.Contains(err.Error(), "error reading P12 data") {
		return errors.New(otherwise) // the rest is about bytes
	}
	return fmt.Errorf("%s (%w)", otherwise, err)
}

func certsPEM(certs []*x509.Certificate) string {
	var b bytes.Buffer
	for _, c := range certs {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.String()
}

func keyPEM(raw []byte) Secret {
	return NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
}
