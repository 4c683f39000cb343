package objects

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3 says where a bucket is.
type S3 struct {
	Bucket   string
	Endpoint string // "" for Amazon's
	Region   string // "": asked for at Amazon, and us-east-1 at an endpoint
	Hosted   bool   // the bucket is part of the endpoint's host name, as at Amazon
	NoIMDS   bool   // no role is asked for credentials
}

// Open makes a client of the bucket. Nothing is sent yet. Credentials come from the environment, the shared file, or the
// role of the job or the machine, in this order.
func (s S3) Open() (Bucket, error) {
	host, secure := "s3.amazonaws.com", true
	if s.Endpoint != "" {
		u, err := url.Parse(s.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Path != "" && u.Path != "/" {
			return nil, errors.New("the endpoint is not http(s)://host[:port]; credentials are never part of it")
		}
		host, secure = u.Host, u.Scheme == "https"
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.ResponseHeaderTimeout = patience
	transport.MaxIdleConnsPerHost, transport.IdleConnTimeout = 16, patience // the cells of a fleet share it
	o := &minio.Options{Creds: s.chain(), Secure: secure, Region: s.Region, Transport: transport, MaxRetries: 1, BucketLookup: minio.BucketLookupAuto}
	if s.Endpoint != "" {
		o.BucketLookup = minio.BucketLookupPath
		if s.Region == "" {
			o.Region = "us-east-1"
		}
	}
	if s.Hosted {
		o.BucketLookup = minio.BucketLookupDNS
	}
	core, err := minio.NewCore(host, o)
	if err != nil {
		return nil, err
	}
	return &s3Bucket{core: core, creds: o.Creds, name: s.Bucket, endpoint: s.Endpoint}, nil
}

// patience is how long a server may take to answer one request.
const patience = 10 * time.Second

// chain is where credentials are looked for.
func (s S3) chain() *credentials.Credentials {
	list := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}}
	if !s.NoIMDS {
		list = append(list, &credentials.IAM{Region: s.Region, Client: &http.Client{
			Timeout: patience / 2, Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: time.Second}).DialContext},
		}})
	}
	return credentials.NewChainCredentials(list)
}

type s3Bucket struct {
	core  *minio.Core
	creds *credentials.Credentials
	name  string

	endpoint string // "" for Amazon's
}

// ready makes sure that there are credentials: without any, the client would try as nobody.
func (b *s3Bucket) ready() error {
	v, err := b.creds.GetWithContext(b.core.CredContext())
	if err == nil && v.AccessKeyID == "" {
		err = errors.New("no credentials for the object storage were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, " +
			"or AWS_PROFILE, or give the job a role")
	}
	return err
}

// GET /bucket/key
func (b *s3Bucket) Get(ctx context.Context, key string) (*Object, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	body, info, header, err := b.core.GetObject(ctx, b.name, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.told(err)
	}
	raw, err := io.ReadAll(body)
	if cerr := body.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, &Unclear{err}
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil || info.LastModified.IsZero() || info.ETag == "" {
		return nil, fmt.Errorf("the server does not say what it has, and when that was written, by Date, Last-Modified and ETag")
	}
	return &Object{Body: raw, Tag: info.ETag, Written: info.LastModified, Now: now}, nil
}

// PUT /bucket/key with If-Match, or If-None-Match: *
func (b *s3Bucket) Put(ctx context.Context, key string, body []byte, tag string) (string, error) {
	if err := b.ready(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	o := minio.PutObjectOptions{DisableContentSha256: true, ContentType: "application/octet-stream"} // its digest is given
	if tag == "" {
		o.SetMatchETagExcept("*")
	} else {
		o.SetMatchETag(tag)
	}
	info, err := b.core.PutObject(ctx, b.name, key, bytes.NewReader(body), int64(len(body)), "", hex.EncodeToString(sum[:]), o)
	switch r := minio.ToErrorResponse(err); {
	case err == nil:
		return info.ETag, nil
	case r.StatusCode == http.StatusPreconditionFailed, r.Code == minio.NoSuchKey:
		return "", ErrChanged
	case r.StatusCode == http.StatusConflict: // another write of it is under way
		return "", &Unclear{b.told(err)}
	}
	return "", b.told(err)
}

// DELETE /bucket/key
func (b *s3Bucket) Delete(ctx context.Context, key string) error {
	if err := b.ready(); err != nil {
		return err
	}
	return b.told(b.core.RemoveObject(ctx, b.name, key, minio.RemoveObjectOptions{}))
}
