package normal

import (
	"bytes"
	"strings"
)

// SameButForImports reports whether two Protobuf sources differ only in how
// they call types that other texts define, one by a longer name than the other,
// and each such name may stand for the other. They are then the same unless the
// imported texts have two types of which only the end of the name is the same.
func SameButForImports(a, b string) bool {
	one, errOne := protoWrite(a, true)
	other, errOther := protoWrite(b, true)
	if errOne != nil || errOther != nil || len(one.foreign) != len(other.foreign) || !bytes.Equal(one.out.Bytes(), other.out.Bytes()) {
		return false
	}
	for i, n := range one.foreign {
		if !n.mayBe(other.foreign[i]) && !other.foreign[i].mayBe(n) {
			return false
		}
	}
	return true
}

// mayBe reports whether a name may stand for another, seen from where it is:
// what is missing in front is what is around it.
func (n foreignName) mayBe(full foreignName) bool {
	long := strings.TrimPrefix(full.name, ".")
	if n.name == full.name || strings.TrimPrefix(n.name, ".") == long {
		return true
	}
	space, ok := strings.CutSuffix(long, "."+n.name)
	return ok && (n.scope == space || strings.HasPrefix(n.scope, space+"."))
}
