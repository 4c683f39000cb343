package condition

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func all() Scope {
	return Scope{
		Status: true, Diff: true, Wait: true,
		Registries: []string{"source", "target"},
		Vars:       map[string]any{"limit": 3, "name": "payments", "open": true, "first-copy": "6h", "late": nil},
		Steps:      outputs(),
		Absent:     map[string]string{"delete": `step "delete" stands after this one`},
	}
}

func outputs() map[string]map[string]any {
	return map[string]map[string]any{
		"start": {"created": true, "context": ".lsrc-x", "text": ""}, "first-copy": {"offset": int64(7)},
	}
}

func TestCompileRefuses(t *testing.T) {
	cases := []struct {
		src, want string
		offset    int
	}{
		{`status.stat == "RUNNING"`, `unknown field of status "stat"; did you mean "state"?`, 7},
		{`diff.identicl`, `unknown field of diff "identicl"; did you mean "identical"?`, 5},
		{`vars.nam == ""`, `unknown field of vars "nam"; did you mean "name"?`, 5},
		{`stauts.offset > 1`, `unknown name "stauts"; did you mean "status"?`, 0},
		{`status["state"] == x`, `unknown name "x"`, 19},
		{`status[vars.name] == 1`, `write the field of status as it is: status.name`, 6},
		{`true && changedAgo("ofset") > duration("1m")`, `unknown field of status "ofset"; did you mean "offset"?`, 19},
		{`versions("taget") > 0`, `unknown registry "taget"; did you mean "target"?`, 9},
		{`versions(vars.name) > 0`, `the argument of versions must be written out, in quotes`, 14},
		{`caughtUp("60 s")`, `"60 s" is no duration; write it like "30s", "5m" or "1h30m"`, 9},
		{`caughtUp("-1s")`, `"-1s" is no duration; write it like "30s", "5m" or "1h30m"`, 9},
		{`caughtUp(60)`, `the argument of caughtUp must be written out, in quotes`, 9},
		{`elapsed > duration("10 min")`, `"10 min" is no duration; write it like "30s", "5m" or "1h30m"`, 19},
		{`elapsed > "10m"`, `invalid operation: > (mismatched types time.Duration and string); write a duration as duration("10m")`, 8},
		{`status.state > 3`, `invalid operation: > (mismatched types string and int)`, 13},
		{`status.offset`, `an expression must be true or false: expected bool, but got int64`, 0},
		{`caughtUp`, `an expression must be true or false: expected bool, but got func`, 0},
		{`caughtUp()`, `not enough arguments to call caughtUp`, 0},
		{`subjects("source", "target") == 1`, `too many arguments to call subjects`, 0},
		{`"é" == "é" && status.stat == ""`, `unknown field of status "stat"; did you mean "state"?`, 23},
		{`all([1], # > 0)`, `unknown function "all"`, 0},
		{`now() == now()`, `unknown name "now"`, 0},
		{`toJSON(status) == ""`, `unknown name "toJSON"`, 0},
		{`$env.status.state == ""`, `unknown name "$env"`, 0},
		{`let x = 1; x == 1`, `an expression is one condition: no let and no semicolon`, 4},
		{`true; true`, `an expression is one condition: no let and no semicolon`, 0},
		{`steps["strt"].outputs.created`, `unknown step "strt"; did you mean "start"?`, 6},
		{`steps.first-copy.outputs.offset > 1`, `unknown step "first"; there is first-copy, start`, 6},
		{`steps["start"].outputs.creatd`, `unknown output of step start "creatd"; did you mean "created"?`, 23},
		{`steps["start"].created`, `of a step only its outputs can be asked for: steps["start"].outputs.created`, 15},
		{`steps["delete"].outputs.created`, `step "delete" stands after this one`, 6},
		{`steps[vars.name].outputs.created`, `write the output of a step as it is: steps["id"].outputs.name`, 5},
		{`steps["start"].outputs[vars.name]`, `write the output of a step as it is: steps["id"].outputs.name`, 22},
		{`steps["start"].outputs.created > 3`, `invalid operation: > (mismatched types bool and int)`, 31},
		{`steps["start"].outputs.context.x == ""`, `type string has no field x`, 31},
		{`steps["start"].outputs`, `an expression must be true or false: expected bool`, 0},
		{`status.state = "RUNNING"`, `unexpected token Operator("="); two values are compared with ==`, 13},
		{`status.state ==`, `unexpected token EOF`, 14},
		{``, `unexpected token EOF`, 0},
		{"\xff", `the expression is not valid UTF-8`, 0},
		{strings.Repeat("(", 5000), `the expression has 5000 bytes, the limit is 4096`, 4096},
		{strings.Repeat("!", 4000) + "true", `compilation failed: expression exceeds maximum allowed nodes`, 4003},
	}
	for _, c := range cases {
		_, err := Compile(c.src, all())
		wrong, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%.40s: got %v, want %s", c.src, err, c.want)
			continue
		}
		if !strings.HasPrefix(wrong.Message, c.want) || wrong.Offset != c.offset {
			t.Errorf("%.40s: got %d %s\nwant %d %s", c.src, wrong.Offset, wrong.Message, c.offset, c.want)
		}
	}
}

func TestScope(t *testing.T) {
	cases := []struct {
		src, want string
		scope     Scope
	}{
		{`status.state == ""`, "status is the exporter's: name it in the field exporter of this step", Scope{Wait: true}},
		{`diff.identical`, "diff is the outcome of a compare: add compare: {} to this step", Scope{Status: true}},
		{`elapsed > duration("1m")`, "elapsed needs a step that looks more than once: waitFor", Scope{Status: true}},
		{`attempt > 1`, "attempt needs a step that looks more than once: waitFor", Scope{Status: true}},
		{`caughtUp("1m")`, "caughtUp needs the field exporter, or compare, on this step", Scope{Wait: true}},
		{`status.state == ""`, "status is not there yet: when is looked at before the step begins; it can use vars, steps, subjects, versions and mode", Scope{When: true}},
		{`steps["a"].outputs.b == 1`, `unknown step "a": no step with outputs stands before this one`, Scope{}},
		{`changedAgo("ts") > elapsed`, "changedAgo looks at the exporter's status: name it in the field exporter of this step", Scope{Wait: true, Diff: true}},
	}
	for _, c := range cases {
		if _, err := Compile(c.src, c.scope); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.src, err, c.want)
		}
	}
}

func TestTrue(t *testing.T) {
	cases := map[string]bool{
		`caughtUp("60s")`:                               true,
		`caughtUp("61s")`:                               false,
		`status.state == "Running"`:                     true,
		`status.state in ["paused", "running"]`:         true,
		`status.state startsWith "run"`:                 true,
		`lower(status.state) == "running"`:              true,
		`mode("target") != "readwrite"`:                 true,
		`status.offset >= 7 && status.trace == ""`:      true,
		`changedAgo("offset") >= duration("30s")`:       true,
		`changedAgo("offset") > elapsed * 2`:            false,
		`elapsed > duration("10m")`:                     true,
		`attempt > vars.limit`:                          true,
		`vars["first-copy"] == "6h"`:                    true,
		`vars.open and not diff.identical`:              true,
		`vars.late == nil`:                              true,
		`steps["start"].outputs.created`:                true,
		`steps.start.outputs.context != ".lsrc-x"`:      false,
		`steps["first-copy"].outputs.offset == 7`:       true,
		`versions("target") + 1 == versions("source")`:  true,
		`subjects("target") == subjects("source")`:      true,
		`diff.missing + diff.extra + diff.changed == 2`: true,
		`status.name matches "^pay.*"`:                  true,
		`len(status.name) == 7`:                         true,
	}
	for src, want := range cases {
		p, err := Compile(src, all())
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := p.True(view(nil))
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", src, got, err, want)
		}
	}
}

func TestTrueAsksOnce(t *testing.T) {
	asked := map[string]int{}
	v := view(asked)
	for _, src := range []string{
		`versions("source") > 0 && subjects("source") > 0 && mode("source") == mode("source")`,
		`status.offset == 0 || versions("source") > 3`,
		`status.offset == 0 && versions("target") > 3`,
	} {
		p, err := Compile(src, all())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.True(v); err != nil {
			t.Fatal(err)
		}
	}
	if asked["count source"] != 1 || asked["mode source"] != 1 || asked["count target"] != 0 {
		t.Errorf("got %v, want the source counted once and the target never", asked)
	}
}

func TestTrueErrors(t *testing.T) {
	gone := errors.New("no route to host")
	v := view(nil)
	v.Mode = func(string) (string, error) { return "", gone }
	cases := map[string]string{
		`mode("target") == "IMPORT"`:  `asking registry "target": no route to host`,
		`attempt % (attempt - 4) > 0`: `runtime error: integer divide by zero`,
		`vars.late > 3`:               `invalid operation: <nil> > int`,
	}
	for src, want := range cases {
		p, err := Compile(src, all())
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.True(v)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", src, err, want)
		}
		if strings.HasPrefix(src, "mode") && !errors.Is(err, gone) {
			t.Errorf("%s: %v does not wrap the registry's error", src, err)
		}
	}
}

func TestExplain(t *testing.T) {
	cases := map[string]string{
		`caughtUp("61s") && diff.identical`:             `caughtUp("61s") = false, diff.identical = false`,
		`status.state == "PAUSED"`:                      `status.state = "RUNNING"`,
		`elapsed > duration("20m") || !diff.identical`:  `elapsed = 11m0s, elapsed > duration("20m") = false, diff.identical = false`,
		`status.offset > 9 && versions("target") > 3`:   `status.offset = 7, status.offset > 9 = false, versions("target") = not asked, versions("target") > 3 = not asked`,
		`status.offset < 9 && versions("target") > 300`: `status.offset = 7, status.offset < 9 = true, versions("target") = 9, versions("target") > 300 = false`,
		`caughtUp("61s")`:                               `caughtUp("61s") = false`,
		`!(steps["first-copy"].outputs.offset in [1])`:  `steps["first-copy"].outputs.offset = 7, steps["first-copy"].outputs.offset in [1] = false`,
	}
	for src, want := range cases {
		p, err := Compile(src, all())
		if err != nil {
			t.Fatal(err)
		}
		v := view(nil)
		if _, err := p.True(v); err != nil {
			t.Fatal(err)
		}
		if got := p.Explain(v); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", src, got, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, src := range []string{
		`caughtUp("60s") && diff.identical`, `status.state in ["a"] ?? 1`, `vars?.name[1:2] == "a"`, `1..3 == [1]`,
		`if a { b } else { c }`, `{"a": 1}.a == 1`, `filter([1], {# > 0}) | len() == 1`, "`raw` == b\"x\"", `-1 ** 2 > 0x1F`,
		`elapsed.Hours() > 1`, `status.state matches "["`, `let a = 1; a > 0`, `#.x`, `vars.late.x.y`, `"\u0000" == ""`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Compile(src, all())
		if err != nil {
			wrong, ok := errors.AsType[*Error](err)
			if !ok || wrong.Offset < 0 || wrong.Offset > len(src) || wrong.Message == "" {
				t.Fatalf("got %#v", err)
			}
			return
		}
		v := view(nil)
		_, _ = p.True(v) // an error is a fine answer, a panic is not
		p.Explain(v)
	})
}

// view is an observation of a running exporter; it counts in asked what a registry was asked.
func view(asked map[string]int) *View {
	if asked == nil {
		asked = map[string]int{}
	}
	return &View{
		Status:     Status{Name: "pay-out", State: "Running", Offset: 7},
		Diff:       Diff{Missing: 1, Changed: 1, Total: 9},
		Elapsed:    11 * time.Minute,
		Attempt:    4,
		Vars:       map[string]any{"limit": 3, "name": "payments", "open": true, "first-copy": "6h", "late": nil},
		Steps:      outputs(),
		ChangedAgo: func(string) time.Duration { return 30 * time.Second },
		CaughtUp:   func(d time.Duration) bool { return d <= time.Minute },
		Count: func(reg string) (int, int, error) {
			asked["count "+reg]++
			return 5, map[string]int{"source": 10, "target": 9}[reg], nil
		},
		Mode: func(reg string) (string, error) {
			asked["mode "+reg]++
			return "IMPORT", nil
		},
	}
}
