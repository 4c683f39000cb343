package registry

import (
	"encoding/binary"
	"math/bits"
)

// A verdict is what a scanner makes of bytes.
type verdict int

const (
	whole verdict = iota // what was looked for is there to its end, and is valid
	more                 // its end is not there yet
	odd                  // it is broken, or of a kind that is for the decoder to judge
)

// closing returns where a JSON string ends of which b[i] is the first byte: the
// place of its closing quote. Bytes that are no UTF-8 may be in it, as the
// decoder has it.
func closing(b []byte, i int) (int, verdict) {
	// Most strings are short, and those that are not are texts of schemas.
	const short = 40
	from := i
	for i+8 <= len(b) && i < from+short && isPlainWord(binary.LittleEndian.Uint64(b[i:i+8])) {
		i += 8
	}
	if end, v := stepwise(b[:min(len(b), i+8)], i, b); v != more {
		return end, v
	} else if i = end; i < len(b) {
		if end, v = blockwise(b, i); v != more {
			return end, v
		}
		return stepwise(b, end, b)
	}
	return i, more
}

// stepwise looks for the end of a string byte by byte. Where it is not in b it
// returns how far it came; an escape may reach into what all has behind b.
func stepwise(b []byte, i int, all []byte) (int, verdict) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i, whole
		case c == '\\':
			n, v := escape(all, i)
			if v != whole {
				return i, v
			}
			i += n
		case c < ' ':
			return i, odd
		default:
			i++
		}
	}
	return i, more
}

// escape returns how long the escape is that begins at b[i].
func escape(b []byte, i int) (int, verdict) {
	if i+1 >= len(b) {
		return 0, more
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, whole
	case 'u':
	default:
		return 0, odd
	}
	for n := 2; n < 6; n++ {
		if i+n >= len(b) {
			return 0, more
		}
		if c := b[i+n]; (c < '0' || c > '9') && (c|' ' < 'a' || c|' ' > 'f') {
			return 0, odd
		}
	}
	return 6, whole
}

// blockwise is stepwise for long strings. The text of a schema is JSON inside of
// JSON, with an escape every few bytes, so that whoever stops at each is slow.
// Here 64 bytes become a bit each, and what is escaped comes out of sums of them.
func blockwise(b []byte, i int) (int, verdict) {
	carry := uint64(0) // whether the last byte escapes the next
	for ; len(b)-i >= 64; i += 64 {
		quotes, slashes, control := marks((*[64]byte)(b[i:]))
		escaped := uint64(0)
		if slashes|carry != 0 {
			escaped, carry = escapes(slashes, carry)
		}
		n := bits.TrailingZeros64(quotes &^ escaped) // 64: there is none
		if control && hasControl(b[i:i+n]) {
			return i, odd
		}
		for rest := escaped &^ (quotes | slashes) & (1<<n - 1); rest != 0; rest &= rest - 1 {
			if _, v := escape(b, i+bits.TrailingZeros64(rest)-1); v != whole {
				return i, v
			}
		}
		if n < 64 {
			return i + n, whole
		}
	}
	return i - int(carry), more //nolint:gosec // 0 or 1
}

// Of eight bytes in a word, each is a one, or has its top bit only.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// marks has a bit for each quote and each backslash, and tells whether there may
// be a control character. Written out it is twice as fast as in a loop.
func marks(b *[64]byte) (quotes, slashes uint64, control bool) {
	w0, w1, w2, w3 := word(b, 0), word(b, 1), word(b, 2), word(b, 3)
	w4, w5, w6, w7 := word(b, 4), word(b, 5), word(b, 6), word(b, 7)
	const quote, slash, space = '"' * ones, '\\' * ones, ' ' * ones
	quotes = gather(w0^quote) | gather(w1^quote)<<8 | gather(w2^quote)<<16 | gather(w3^quote)<<24 |
		gather(w4^quote)<<32 | gather(w5^quote)<<40 | gather(w6^quote)<<48 | gather(w7^quote)<<56
	slashes = gather(w0^slash) | gather(w1^slash)<<8 | gather(w2^slash)<<16 | gather(w3^slash)<<24 |
		gather(w4^slash)<<32 | gather(w5^slash)<<40 | gather(w6^slash)<<48 | gather(w7^slash)<<56
	low := (w0-space)&^w0 | (w1-space)&^w1 | (w2-space)&^w2 | (w3-space)&^w3 |
		(w4-space)&^w4 | (w5-space)&^w5 | (w6-space)&^w6 | (w7-space)&^w7
	return quotes, slashes, low&tops != 0
}

func word(b *[64]byte, n int) uint64 { return binary.LittleEndian.Uint64(b[8*n : 8*n+8]) }

// isPlainWord reports whether no quote, backslash or control character is among
// eight bytes.
func isPlainWord(w uint64) bool {
	q, s := w^'"'*ones, w^'\\'*ones
	return ((q-ones)&^q|(s-ones)&^s|(w-' '*ones)&^w)&tops == 0
}

// gather has a bit for each byte of the word that is 0, side by side.
func gather(w uint64) uint64 {
	const others = ^uint64(tops)
	return ^((w&others + others) | w | others) >> 7 * 0x0102040810204080 >> 56
}

// escapes has a bit for each byte that a backslash in front of it escapes: in a
// row of backslashes every other one, and what follows a row of an odd number.
func escapes(slashes, carry uint64) (escaped, next uint64) {
	const even = 0x5555555555555555
	slashes &^= carry
	follow := slashes<<1 | carry
	begins := slashes &^ even &^ follow // rows that begin at an odd place
	ends, next := bits.Add64(begins, slashes, 0)
	return (even ^ ends<<1) & follow, next
}

func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' {
			return true
		}
	}
	return false
}
