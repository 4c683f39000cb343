package compare

import "github.com/srmigrate/srmigrate/internal/registry"

// Alike says in what a version is not a copy of another one, whatever their
// subjects are called; nothing where it is. It is for versions without
// references, which would be of other names.
func Alike(original, copied *registry.Row) []string {
	h := newHolder(sameName)
	v, w := h.hold(original.Subject, original, nil, nil), h.hold(copied.Subject, copied, nil, nil)
	differs := v.record().losses(w.record())
	if v.id != w.id {
		differs = append(differs, KindID)
	}
	return differs
}
