package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// modeBack is one mode that is not as it was.
type modeBack struct {
	place, now, before string
	whole              bool // the registry's /mode stands behind every context
	equivalent         bool // the server could not unset it
	by                 byFellows
}

// String says what the mode was before, as in "context .a not set".
func (m modeBack) String() string { return m.where() + " " + orNotSet(m.before) }

func (m modeBack) where() string { return modePlace(m.place, m.whole) }

// foreign tells of a mode that is not this run's to change.
func (m modeBack) foreign() string {
	if m.now == "" {
		return fmt.Sprintf("%s has no mode of its own any more, removed by somebody else since%s; it was %s", m.where(), m.by.perhaps(), m.before)
	}
	return fmt.Sprintf("%s is %s, set by somebody else since%s; it was %s", m.where(), m.now, m.by.perhaps(), orNotSet(m.before))
}

func (m modeBack) isBack(own string) bool {
	return own == m.before || m.equivalent && own == readWrite
}

// strangers are those that no other cell of the fleet is known to have changed, and the others.
func strangers[B any](left []B, by func(B) byFellows) (strange []B, fellows []byFellows) {
	for _, b := range left {
		if f := by(b); f.sure {
			fellows = append(fellows, f)
		} else {
			strange = append(strange, b)
		}
	}
	return strange, fellows
}

func (m modeBack) fellows() byFellows { return m.by }

// look tells what is to be put back from what somebody else changed.
func (r *RestoreMode) look(ctx context.Context, env *Env) (todo, left []modeBack, err error) {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil, nil, err
	}
	b, err := modesOf(ctx, env, r.Registry, r.Step)
	if err != nil || len(b.asked) == 0 {
		return nil, nil, err
	}
	places, all := b.places()
	if all {
		if places, err = allPlaces(ctx, c, places...); err != nil {
			return nil, nil, err
		}
	}
	places = slices.DeleteFunc(places, func(p string) bool { _, known := b.before(p); return !known })
	own, err := ownModes(ctx, c, places)
	if err != nil {
		return nil, nil, err
	}
	rewriting, err := loadRewriting(env, "mode", r.Registry)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range places {
		before, _ := b.before(p)
		back := modeBack{place: p, now: own[p], before: before, whole: env.isGuide(r.Registry)}
		switch {
		case own[p] == before, b.isFurtherBack(p, own[p]):
		case b.isOurs(p, own[p]) || slices.Contains(rewriting, p) || planted.Is(planted.ForeignIsOurs):
			todo = append(todo, back)
		default:
			back.by = env.fellowsAt(c, p)
			left = append(left, back)
		}
	}
	slices.SortStableFunc(todo, compareBack)
	return todo, left, nil
}

// compareBack orders what closes before what opens. What closes goes on contexts first; what opens, on them last.
func compareBack(a, b modeBack) int {
	if c := cmp.Compare(openness(a.before), openness(b.before)); c != 0 {
		return c
	}
	if c := boolToInt(isContext(a.place)) - boolToInt(isContext(b.place)); c != 0 && openness(a.before) > 1 {
		return c
	} else if c != 0 {
		return -c
	}
	if openness(a.before) > 1 {
		return cmp.Compare(b.place, a.place) // the default context is the last gate to open
	}
	return cmp.Compare(a.place, b.place)
}

func openness(mode string) int {
	switch {
	case isReadOnly(mode):
		return 0
	case mode == "" || mode == readWrite:
		return 2
	}
	return 1
}

// twice reports a mode that put may give back in two requests.
func (m modeBack) twice() bool { return m.place == "" && m.before == readWrite }

// put makes the mode what it was.
func (m *modeBack) put(ctx context.Context, c *registry.Client) error {
	var err error
	switch {
	case m.twice():
		err = openDefault(ctx, c)
	case m.before == "" && planted.Is(planted.UnsetIsReadWrite):
		m.equivalent, err = true, c.SetMode(ctx, m.place, readWrite, false)
	case m.before == "":
		m.equivalent, err = c.ClearMode(ctx, m.place)
	default:
		err = c.SetMode(ctx, m.place, m.before, m.before == imports)
	}
	return err
}

// openDefault makes the default context READWRITE again. The server did not tell whether it was set or only the
// default, so it is unset first, and set where that leaves something else in force.
func openDefault(ctx context.Context, c *registry.Client) error {
	if _, err := c.ClearMode(ctx, ""); err != nil {
		return err
	}
	open, err := settles(ctx, func(ctx context.Context) (bool, error) {
		mode, _, err := c.Mode(ctx, "")
		return mode == readWrite, err
	})
	if err != nil || open {
		return err
	}
	return c.SetMode(ctx, "", readWrite, false)
}

// remembered lists what the run may have changed, for when the registry cannot be asked.
func (r *RestoreMode) remembered(ctx context.Context, env *Env) []modeBack {
	b, err := modesOf(ctx, env, r.Registry, r.Step)
	if err != nil {
		return nil
	}
	var todo []modeBack
	places, _ := b.places()
	for _, p := range places {
		before, known := b.before(p)
		for _, change := range b.run {
			if made := change.made(p); known && len(made) > 0 && made[0] != before {
				todo = append(todo, modeBack{place: p, now: made[0], before: before})
				break
			}
		}
	}
	slices.SortStableFunc(todo, compareBack)
	return todo
}

// curlModes open several places.
func curlModes(c *registry.Client, places []string) string {
	const most = 5
	var list []string
	for _, p := range places[:min(len(places), most)] {
		mode := "" // of a context, and of a subject: they have none of their own to begin with
		if p == "" {
			mode = readWrite
		}
		list = append(list, curlMode(c, p, mode))
	}
	text := strings.Join(list, " && ")
	if more := len(places) - most; more > 0 {
		text += fmt.Sprintf(", and likewise on %d more", more)
	}
	return text
}

// curlMode is the command that gives a place its mode; "" takes it away.
func curlMode(c *registry.Client, place, mode string) string {
	body := fmt.Sprintf(`{"mode":%q}`, mode)
	switch mode {
	case "":
		return curl(c, "DELETE", "/mode", place, "", "")
	case imports:
		return curl(c, "PUT", "/mode", place, "?force=true", body)
	}
	return curl(c, "PUT", "/mode", place, "", body)
}
