package objects

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/minio/minio-go/v7"
)

// told is an error in words: what the server said, and what to do about it. What it did not refuse for good is unclear.
func (b *s3Bucket) told(err error) error {
	if err == nil {
		return nil
	}
	r := minio.ToErrorResponse(err)
	if r.Code == minio.NoSuchKey {
		return fs.ErrNotExist
	}
	if hint := b.refusal(r); hint != "" {
		return fmt.Errorf("%s (%s): %s", cmp.Or(r.Message, "refused"), r.Code, hint)
	}
	switch {
	case r.StatusCode >= 400 && r.StatusCode < 500 && r.StatusCode != http.StatusRequestTimeout && r.StatusCode != http.StatusTooManyRequests:
		return fmt.Errorf("%s (%s)", r.Message, r.Code)
	case r.StatusCode > 0:
		return &Unclear{fmt.Errorf("the server answered %d (%s)", r.StatusCode, r.Code)}
	}
	if hint := b.unreached(err); hint != "" {
		err = fmt.Errorf("%w; %s", err, hint)
	}
	return &Unclear{err}
}

// refusal is what to do about an answer that stays the same however often it is asked for; "" for what is not known.
func (b *s3Bucket) refusal(r minio.ErrorResponse) string {
	switch r.Code {
	case minio.NoSuchBucket:
		return fmt.Sprintf("make bucket %q, or check its name, and region and endpoint, which say where it is looked for", b.name)
	case minio.AccessDenied:
		return "the credentials need s3:GetObject, s3:PutObject and s3:DeleteObject on the objects, and s3:ListBucket on the " +
			"bucket, without which one that is not there looks like one that is forbidden"
	case "InvalidAccessKeyId":
		return "the server does not know the access key: check AWS_ACCESS_KEY_ID, or the profile, and that the endpoint is the one that it is for"
	case "SignatureDoesNotMatch":
		return "the secret is not that of the access key: check AWS_SECRET_ACCESS_KEY, or the profile, and that no proxy changes requests"
	case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return "the credentials have ended: renew them, AWS_SESSION_TOKEN included, or unset that if they have none"
	case "RequestTimeTooSkewed", "RequestExpired":
		return "the clock of this machine is further from the server's than that allows: set it, by NTP for one"
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException":
		return "the bucket is in another region" + given(r.Region) + ": name it by ?region=NAME behind the place, or in AWS_REGION"
	case minio.NotImplemented:
		return "the server does not know what a state needs, which is If-None-Match and If-Match on PUT: use one that does"
	}
	return ""
}

func given(region string) string {
	if region == "" {
		return ""
	}
	return fmt.Sprintf(", %q", region)
}

// unreached is what to do where no connection was made.
func (b *s3Bucket) unreached(err error) string {
	where := "by AWS_ENDPOINT_URL_S3, or ?endpoint= behind the place"
	if b.endpoint == "" {
		where = "by nothing, so it is Amazon's; one of your own is named " + where
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "nothing listens there: see whether the object storage is up, and check its endpoint, which is named " + where
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return "this machine does not know that name: check the endpoint of the object storage, which is named " + where
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "this system does not trust the CA that signed its certificate: name the PEM file of that CA in SSL_CERT_FILE"
	}
	if e, ok := errors.AsType[*url.Error](err); ok && e.Timeout() {
		return "the object storage does not answer in time: see whether it is up, and whether this machine may reach it"
	}
	switch _, noTLS := errors.AsType[tls.RecordHeaderError](err); {
	case errors.Is(err, http.ErrSchemeMismatch), noTLS:
		return "it does not speak TLS there: write http:// in the endpoint, or give the port of HTTPS"
	}
	return ""
}
