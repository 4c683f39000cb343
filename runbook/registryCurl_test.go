package runbook

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What a person pastes names where credentials are, whatever the runbook says of them, and shows none.
func TestACommandNamesWhereCredentialsAre(t *testing.T) {
	for access, want := range map[string]string{
		``: `curl`,
		`auth: {basic: {username: {env: A_USER}, password: {env: A_PASSWORD}}}`:                                                          `printf 'user = %s:%s\n' "$A_USER" "$A_PASSWORD" | ` + inQuotes + ` | curl -K -`,
		`auth: {basic: {username: it's me, password: {file: some where/pw}}}`:                                                            `printf 'user = %s:%s\n' 'it'\''s me' "$(cat 'folder/some where/pw')" | ` + inQuotes + ` | curl -K -`,
		`auth: {basic: {username: me, password: {file: /pw}}}`:                                                                           `printf 'user = %s:%s\n' me "$(cat /pw)" | ` + inQuotes + ` | curl -K -`,
		`auth: {basic: {username: me, password: s3same}}`:                                                                                `printf 'user = %s:%s\n' me "$A_B_PASSWORD" | ` + inQuotes + ` | curl -K -`,
		`auth: {basic: {username: me, password: "${{ vars.secret }}"}}`:                                                                  `printf 'user = %s:%s\n' me "$A_VAR" | ` + inQuotes + ` | curl -K -`,
		`auth: {basic: {username: me, password: "x${{ vars.secret }}"}}`:                                                                 `printf 'user = %s:%s\n' me "$A_B_PASSWORD" | ` + inQuotes + ` | curl -K -`,
		`auth: {basic: {username: me, password: {env: A-B.C}}}`:                                                                          `printf 'user = %s:%s\n' me "$A_B_PASSWORD" | ` + inQuotes + ` | curl -K -`,
		`auth: {bearer: {token: {env: A_TOKEN}}}`:                                                                                        `printf 'header = Authorization: Bearer %s\n' "$A_TOKEN" | ` + inQuotes + ` | curl -K -`,
		`headers: {X-One: {env: ONE}, X-Two: s3same}`:                                                                                    `printf 'header = X-One: %s\nheader = X-Two: %s\n' "$ONE" "$A_B_X_TWO" | ` + inQuotes + ` | curl -K -`,
		`tls: {ca: ca.pem, insecureSkipVerify: true}`:                                                                                    `curl --cacert folder/ca.pem --insecure`,
		`tls: {cert: c.pem, key: k.pem}, auth: {bearer: {token: {env: T}}}`:                                                              `printf 'header = Authorization: Bearer %s\n' "$T" | ` + inQuotes + ` | curl --cert folder/c.pem --key folder/k.pem -K -`,
		`tls: {keystore: {path: c.p12, password: {env: P}}}`:                                                                             `printf 'pass = %s\n' "$P" | ` + inQuotes + ` | curl --cert-type P12 --cert folder/c.p12 -K -`,
		`tls: {cert: c.pem, key: k.pem, keyPassword: {file: p}}`:                                                                         `printf 'pass = %s\n' "$(cat folder/p)" | ` + inQuotes + ` | curl --cert folder/c.pem --key folder/k.pem -K -`,
		`auth: {oauth: {tokenUrl: "https://idp/t", clientId: me, clientSecret: {env: S}, logicalCluster: lsrc-1, identityPool: pool-1}}`: `printf 'header = Authorization: Bearer %s\nheader = target-sr-cluster: %s\nheader = Confluent-Identity-Pool-Id: %s\n' "$A_B_TOKEN" lsrc-1 pool-1 | ` + inQuotes + ` | curl -K -`,
	} {
		src := strings.Replace(`apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: x}
spec:
  vars: {plain: me, secret: {env: A_VAR, secret: true}}
  registries: {a-b: {url: "http://x", ACCESS}}
  steps: [{id: look, assert: {that: "true"}}]
`, ", ACCESS", strings.TrimSuffix(", "+access, ", "), 1)
		rb, problems := Load("folder/x.yaml", []byte(src), Options{Lax: true})
		if len(problems) > 0 {
			t.Errorf("%s: %v", access, problems)
			continue
		}
		if got := rb.Registries[0].Curl; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", access, got, want)
		}
	}
}

// Whatever is in a password, curl reads it whole.
func TestCurlReadsAnyPassword(t *testing.T) {
	src := `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: x}
spec:
  registries: {a: {url: "http://x", auth: {basic: {username: {env: U}, password: {env: P}}}}}
  steps: [{id: look, assert: {that: "true"}}]
`
	rb, problems := Load("x.yaml", []byte(src), Options{Lax: true})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	feeds, _, _ := strings.Cut(rb.Registries[0].Curl, " | curl ")
	cmd := exec.Command("sh", "-c", feeds)
	cmd.Env = append(os.Environ(), "U=me = you", `P=two "words" \& a #tag`)
	out, err := cmd.Output()
	if want := `user = "me = you:two \"words\" \\& a #tag"` + "\n"; err != nil || string(out) != want {
		t.Errorf("got %s (%v), want %s", out, err, want)
	}
}
