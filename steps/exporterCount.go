package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// counted says how much there is to copy, and what of the target it goes over.
func (w copies) counted(ctx context.Context, env *Env) (f Forecast, err error) {
	wanted, deleted, err := w.wanted(ctx, env)
	switch {
	case uncounted(err):
		f.Effects = []Effect{w.effect(OnVersions, w.name(), "", "every version that matches")}
		f.Later = fmt.Sprintf("how many versions there are: %s is being written to", w.source.Name())
		return f, nil
	case err != nil:
		return f, err
	}
	subjects := map[string]bool{}
	for k := range wanted {
		subjects[k.Subject] = true
	}
	text := fmt.Sprintf("%s of %s", count(len(wanted), "version"), count(len(subjects), "subject"))
	if deleted > 0 {
		text += fmt.Sprintf(", %s of them soft-deleted", thousands(deleted))
	}
	if by := w.filledBy(env); by != "" {
		more := fmt.Sprintf("what step %s will have copied to %s", by, w.source.Name())
		f.Later = "how many versions there are: " + more
		if text = text + ", and " + more; len(wanted) == 0 {
			text = more
		}
	}
	copied := w.effect(OnVersions, w.name(), "", text+w.whereTo(subjects))
	copied.count = len(wanted)
	f.Effects = []Effect{copied}
	if w.unknown() {
		return f, nil
	}
	there, err := w.there(ctx, env, wanted)
	if err != nil || there == 0 {
		return f, ignoreUncounted(err)
	}
	f.Effects[0].Now = thousands(there) + " of them there already"
	f.Lost, err = w.overwritten(ctx, env)
	return f, ignoreUncounted(err)
}

// filledBy is the earlier step of the plan whose exporter copies to the source, "" for none.
func (w copies) filledBy(env *Env) string {
	for _, f := range slices.Backward(env.Ahead) {
		if f.Registry == w.source.Name() && f.Kind == OnVersions && f.ByServer && !isOfCanary(f.Name) {
			return f.By
		}
	}
	return ""
}

func ignoreUncounted(err error) error {
	if uncounted(err) {
		return nil
	}
	return err
}

// wanted are the versions to copy, as the target names them.
func (w copies) wanted(ctx context.Context, env *Env) (wanted map[compare.Key]bool, deleted int, err error) {
	wanted = map[compare.Key]bool{}
	all, err := env.keysOf(ctx, w.source)
	for _, k := range all {
		if to, covered := w.mapping.Map(k.Subject); covered {
			wanted[compare.Key{Subject: to, Version: k.Version}] = true
			deleted += boolToInt(k.deleted)
		}
	}
	return wanted, deleted, err
}

// whereTo names the contexts, where they are not the source's.
func (w copies) whereTo(subjects map[string]bool) string {
	if w.mapping.ContextType == "NONE" || w.unknown() || len(subjects) == 0 {
		return ""
	}
	contexts := map[string]bool{}
	for s := range subjects {
		context, _ := splitPlace(s)
		contexts[placeName(contextPlace(context))] = true
	}
	return ", into " + some(slices.Sorted(maps.Keys(contexts)), 5)
}

// there counts the versions that the target has already.
func (w copies) there(ctx context.Context, env *Env, wanted map[compare.Key]bool) (n int, err error) {
	all, err := env.keysOf(ctx, w.target)
	for _, k := range all {
		n += boolToInt(wanted[k.Key])
	}
	return n, err
}

// overwritten names what the target has under the same subject and version with other content.
func (w copies) overwritten(ctx context.Context, env *Env) ([]string, error) {
	names, err := w.differing(ctx, env)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf("%s on %s with other content than on %s, which the copy goes over: %s",
		count(len(names), "version"), w.target.Name(), w.source.Name(), some(names, 5))}, nil
}
