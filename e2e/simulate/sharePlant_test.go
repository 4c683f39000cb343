//go:build plant

package simulate

// bucketShare is 0: most bugs that are planted are of the disk, or are found on it as well.
const bucketShare = 0
