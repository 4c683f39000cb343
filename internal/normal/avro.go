package normal

import (
	"slices"
	"strings"
)

// avroForm writes names in full and drops what says nothing: {"type":"string"}
// is "string", a record's namespace is in its name, the order "ascending" of a
// field, an empty doc and no aliases are the default. All else is content, to
// properties of any name.
func avroForm(text string) ([]byte, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	a := &avroText{known: map[string]bool{}, left: newBudget(text)}
	v = a.schema(v, "")
	if a.left < 0 {
		return nil, errSwells
	}
	return v.append(nil), nil
}

// An avroText is a text under way, in the order in which names are defined.
type avroText struct {
	known map[string]bool // full names defined so far
	left  budget          // for names that are written in full
}

// schema returns the form of what stands where a schema may stand, within a
// namespace. What is no schema stays as it is.
func (a *avroText) schema(v *value, space string) *value {
	switch v.kind {
	case '"':
		return text(a.resolve(v.text, space))
	case '[':
		for i := range v.items {
			v.items[i] = a.schema(v.items[i], space)
		}
		return v
	case '{':
		return a.object(v, space)
	}
	return v
}

func (a *avroText) object(v *value, space string) *value {
	t := v.get("type")
	switch {
	case t == nil:
		return v
	case t.kind == '{' || t.kind == '[':
		v.set("type", a.schema(t, space))
	case !t.isText():
		return v
	case t.text == "record" || t.text == "error" || t.text == "enum" || t.text == "fixed":
		a.named(v, t.text, space)
		return v
	case t.text == "array":
		a.within(v, "items", space)
		return v
	case t.text == "map":
		a.within(v, "values", space)
		return v
	default:
		v.set("type", text(a.resolve(t.text, space)))
	}
	if len(v.members) == 1 {
		return v.get("type")
	}
	return v
}

func (a *avroText) within(v *value, key, space string) {
	if inner := v.get(key); inner != nil {
		v.set(key, a.schema(inner, space))
	}
}

// named is a type with a name. Its own namespace is that of all in it.
func (a *avroText) named(v *value, kind, outer string) {
	name, namespace := v.get("name"), v.get("namespace")
	if !name.isText() || namespace != nil && !namespace.isText() {
		return
	}
	space := outer
	if namespace != nil {
		space = namespace.text
	}
	full := a.full(name.text, space)
	if space = spaceOf(full); space == "" {
		full = strings.TrimPrefix(full, ".")
	}
	a.known[full] = true
	v.set("name", text(full))
	v.set("namespace", nil)
	if space == "" && outer != "" {
		v.set("namespace", text("")) // it is not that of what is around it
	}
	dropEmpty(v, "doc")
	a.aliases(v, space)
	if fields := v.get("fields"); kind != "enum" && kind != "fixed" && fields != nil && fields.kind == '[' {
		for _, f := range fields.items {
			a.field(f, space)
		}
	}
}

func (a *avroText) field(v *value, space string) {
	if v.kind != '{' {
		return
	}
	a.within(v, "type", space)
	dropEmpty(v, "doc")
	a.fieldAliases(v)
	switch order := v.get("order"); {
	case !order.isText():
	case strings.EqualFold(order.text, "ascending"):
		v.set("order", nil)
	default:
		v.set("order", text(strings.ToLower(order.text)))
	}
}

// aliases of a type are full names, in the namespace of the type if they say
// nothing else.
func (a *avroText) aliases(v *value, space string) {
	if list := v.get("aliases"); list.isTexts() {
		for _, i := range list.items {
			i.text = a.full(i.text, space)
		}
	}
	a.fieldAliases(v)
}

// fieldAliases are a set.
func (a *avroText) fieldAliases(v *value) {
	list := v.get("aliases")
	if !list.isTexts() {
		return
	}
	if list.asSet(); len(list.items) == 0 {
		v.set("aliases", nil)
	}
}

func dropEmpty(v *value, key string) {
	if s := v.get(key); s.isText() && s.text == "" {
		v.set(key, nil)
	}
}

// full writes a name in full; one with a dot is.
func (a *avroText) full(name, space string) string {
	if space == "" || strings.Contains(name, ".") || !a.left.take(len(space)) {
		return name
	}
	return space + "." + name
}

// spaceOf is what stands before the last dot of a name.
func spaceOf(full string) string { return full[:max(0, strings.LastIndexByte(full, '.'))] }

// resolve writes in full what a name in a schema refers to: a type of the same
// namespace, or one of none where only that is known. Types of other texts are
// taken for such of the same namespace on both sides.
func (a *avroText) resolve(name, space string) string {
	if isPrimitive(name) || strings.Contains(name, ".") {
		return name
	}
	full := a.full(name, space)
	if !a.known[full] && a.known[name] {
		return name
	}
	return full
}

func isPrimitive(name string) bool {
	return slices.Contains([]string{"null", "boolean", "int", "long", "float", "double", "bytes", "string"}, name)
}
