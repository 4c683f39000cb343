//go:build !plant

package simulate

// bucketShare is how many schedules there are to one whose state lies in a bucket.
const bucketShare = 10
