package normal

import (
	"math"
	"strconv"
	"strings"
)

// append writes the value without white space.
func (v *value) append(b []byte) []byte {
	switch v.kind {
	case '{':
		b = append(b, '{')
		for i, m := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.key), ':')
			b = m.value.append(b)
		}
		return append(b, '}')
	case '[':
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.append(b)
		}
		return append(b, ']')
	case '"':
		return appendString(b, v.text)
	}
	return append(b, v.text...)
}

// appendString writes every string in one way, whatever escapes it came with.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// plain is how many digits a number has at most that is written without an
// exponent.
const plain = 21

// number writes equal numbers alike, to the last digit: 1.0, 1 and 10e-1 are
// one number. Minus zero is not zero.
func number(s string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	sign := map[bool]string{true: "-"}[negative]
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exp, err := strconv.Atoi("0" + strings.TrimLeft(exponent, "+-"))
	if err != nil || exp > math.MaxInt32 {
		return s // nobody means such a number
	}
	if strings.HasPrefix(exponent, "-") {
		exp = -exp
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	exp -= len(fraction)
	short := strings.TrimRight(digits, "0")
	exp += len(digits) - len(short)
	return sign + written(short, exp)
}

// written spells digits that end in no zero, times ten to the exponent.
func written(digits string, exp int) string {
	point := len(digits) + exp // digits in front of it
	switch {
	case digits == "":
		return "0"
	case exp >= 0 && point <= plain:
		return digits + strings.Repeat("0", exp)
	case exp < 0 && point > 0:
		return digits[:point] + "." + digits[point:]
	case exp < 0 && point > -6:
		return "0." + strings.Repeat("0", -point) + digits
	}
	return digits + "e" + strconv.Itoa(exp)
}
