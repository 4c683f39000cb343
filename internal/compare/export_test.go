package compare

// A Part is what one request of a plain download by parts asks for.
type Part struct{ Prefix string }

// CutUp is how a comparison cuts up a listing of which a page has so many rows
// and subjects.
func CutUp(names []string, rows, subjects int) []Part {
	var all []Part
	for _, p := range cutUp(names, pageful{rows, subjects, askingCosts}) {
		all = append(all, Part{Prefix: qualify(p.context, p.prefix)})
	}
	return all
}
