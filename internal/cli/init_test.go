package cli

import (
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/runbook"
)

// Every template can be begun with, as it is and with what the flags say.
func TestEveryTemplateMakesARunbook(t *testing.T) {
	all, err := templates()
	if err != nil || len(all) < 10 {
		t.Fatalf("got %d templates, %v", len(all), err)
	}
	for name, src := range all {
		if purpose(src) == "" {
			t.Errorf("%s says nothing in its first sentence", name)
		}
		for _, d := range []draft{{template: name}, {template: name, name: "mine", source: "https://a:1", target: "https://b:2"}} {
			text, err := d.write(src)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			rb, problems := runbook.Load("x.yaml", []byte(text), runbook.Options{Lax: true})
			if len(problems) > 0 {
				t.Errorf("%s: %v", name, problems)
				continue
			}
			if d.name != "" && (rb.Name != d.name || !strings.Contains(text, `"https://a:1"`) || !strings.Contains(text, `"https://b:2"`)) {
				t.Errorf("%s: the flags are not in it:\n%s", name, text)
			}
			if strings.Count(text, "#") != strings.Count(src, "#")-strings.Count(src, "# yaml-language-server") {
				t.Errorf("%s lost a comment", name)
			}
		}
	}
}
