package compare

// use notes that the source has an id in a context.
func (t *Transfer) use(context string, id int) {
	if t.used[context] == nil {
		t.used[context] = map[int]bool{}
	}
	t.used[context][id] = true
}

// NextTaken gives, by context of the target, the first id there that is the
// target's own and that the source is going to hand out: one that is at most
// reach above the last that the source has handed out in a context of its own.
func (t *Transfer) NextTaken(reach int) map[string]int {
	come := map[string]map[int]bool{} // by context of the target
	for from, ids := range t.used {
		for _, to := range t.mapping.TargetContexts([]string{from}) {
			if come[to] == nil {
				come[to] = map[int]bool{}
			}
			for id := range ids {
				come[to][id] = true
			}
		}
	}
	own := map[string]map[int]bool{}
	for subject, versions := range t.there {
		context, _ := SplitSubject(subject)
		for _, v := range versions {
			if own[context] == nil {
				own[context] = map[int]bool{}
			}
			if !come[context][v.id] {
				own[context][v.id] = true
			}
		}
	}
	next := map[string]int{}
	for from, ids := range t.used {
		last := 0
		for id := range ids {
			last = max(last, id)
		}
		for _, to := range t.mapping.TargetContexts([]string{from}) {
			for id := range own[to] {
				if id > last && id-last <= reach && (next[to] == 0 || id < next[to]) {
					next[to] = id
				}
			}
		}
	}
	return next
}
