package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// harness looks at pages from inside a browser, at two widths, and writes what it found where --dump-dom shows it. The
// pages have no script; this one has.
const harness = `<!DOCTYPE html><meta name="color-scheme" content="light dark"><body>
<iframe src="/%[1]s" style="width:400px;height:900px;border:0"></iframe>
<iframe src="/%[1]s" style="width:1400px;height:900px;border:0"></iframe>
<pre id="found"></pre>
<script>
const rgb = c => c.match(/[\d.]+/g).map(Number);
const over = (top, under) => { const a = top[3] ?? 1; return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a)); };
const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
function behind(w, el) {
  if (!el) return rgb(w.getComputedStyle(w.document.body).backgroundColor);
  const c = rgb(w.getComputedStyle(el).backgroundColor);
  return (c[3] ?? 1) >= 1 ? c : over(c, behind(w, el.parentElement));
}
function look(frame) {
  const w = frame.contentWindow, d = frame.contentDocument, pale = [];
  for (const el of d.querySelectorAll('body *')) {
    const own = [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || el.closest('svg') || !el.getClientRects().length) continue;
    const under = behind(w, el), r = ratio(over(rgb(w.getComputedStyle(el).color), under), under);
    if (r < 4.5) pale.push(el.tagName + '.' + el.className + ' ' + r.toFixed(2) + ': ' + el.textContent.trim().slice(0, 40));
  }
  const unnamed = [...d.querySelectorAll('svg')].filter(s => s.getAttribute('aria-hidden') !== 'true' && !s.getAttribute('aria-label')).length;
  return {
    width: w.innerWidth, over: d.documentElement.scrollWidth - d.documentElement.clientWidth, pale, unnamed,
    dark: w.matchMedia('(prefers-color-scheme: dark)').matches, back: w.getComputedStyle(d.body).backgroundColor,
    h1: d.querySelectorAll('h1').length, titles: [...d.querySelectorAll('section > h2')].map(h => h.textContent),
    scripts: d.querySelectorAll('script').length, images: d.querySelectorAll('img').length, planted: w.planted === true || window.planted === true,
    asked: w.performance.getEntriesByType('resource').length, heads: [...d.querySelectorAll('th')].filter(h => !h.scope).length,
    curves: d.querySelectorAll('.curve').length, moments: d.querySelectorAll('.moment').length, bars: d.querySelectorAll('.bar rect[class^=span]').length,
    text: d.body.innerText,
  };
}
addEventListener('load', () => { document.getElementById('found').textContent = JSON.stringify([...document.querySelectorAll('iframe')].map(look)); });
</script>`

// seen is what the harness found in one frame.
type seen struct {
	Width, Over, Unnamed, H1, Scripts, Images, Asked, Heads int
	Curves, Moments, Bars                                   int
	Dark, Planted                                           bool
	Back, Text                                              string
	Pale, Titles                                            []string
}

// browser is Chromium as Debian has it, or Chrome.
func browser(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium here to look at the report with")
	return ""
}

// drive runs the browser once without a window, with a profile of its own.
func drive(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(browser(t), append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--user-data-dir=" + t.TempDir(),
	}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, errs.String())
	}
	return out.Bytes()
}

var found = regexp.MustCompile(`(?s)<pre id="found">(.*?)</pre>`)

// looked opens a page of a folder in the browser, in both colour schemes.
func looked(t *testing.T, dir, page string) (all []seen) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("/harness", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, harness, page) })
	s := httptest.NewServer(mux)
	defer s.Close()
	for _, scheme := range []string{"0", "1"} { // dark, light
		dom := drive(t, "--blink-settings=preferredColorScheme="+scheme, "--dump-dom", s.URL+"/harness")
		m := found.FindSubmatch(dom)
		var two []seen
		if m == nil || json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &two) != nil || len(two) != 2 {
			t.Fatalf("the browser has found nothing: %.2000s", dom)
		}
		all = append(all, two...)
	}
	return all
}

// The page of a good run and of one whose rollback is incomplete, in a browser: nothing sticks out at 400 and 1400 pixels,
// everything can be read in the dark and in the light, nothing runs and nothing is fetched, and paper takes it.
func TestAReportInABrowser(t *testing.T) {
	browser(t)
	good := newPlace(t, "quickstart.yaml", "", sandbox.PairOptions{Source: sandbox.Options{Pace: 2 * time.Millisecond}})
	good.call(0, "run", "--report", "reports")
	for _, s := range looked(t, filepath.Join(good.dir, "reports"), "report.html") {
		soundPage(t, "good", s)
		if s.Moments == 0 || s.Curves < 2 || s.Bars < 8 {
			t.Errorf("good, %d px: %d curves, %d moments, %d bars; want the course of the copy and each step", s.Width, s.Curves, s.Moments, s.Bars)
		}
		hasTexts(t, s, "Succeeded, and proven identical", "Safe to move on?", "nothing missing", "sealed by")
		hasTitles(t, s, "Steps", "The course of the copy", "Comparison", "Modes before and after", "Requests", "Evidence")
	}
	onPaper(t, filepath.Join(good.dir, "reports", "report.html"))

	failed := newPlace(t, "quickstart.yaml", "", sandbox.PairOptions{})
	src, err := os.ReadFile("../examples/quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	failed.write(strings.Replace(string(src), "    - id: pause\n", hostileStep+"    - id: pause\n", 1))
	failed.source.plant(&fault{method: "DELETE", path: "/exporters/quickstart", status: 403, left: 1000})
	failed.call(5, "run", "--report", "reports")
	for _, s := range looked(t, filepath.Join(failed.dir, "reports"), "report.html") {
		soundPage(t, "failed", s)
		hasTexts(t, s, "Rollback incomplete: someone must act", "What is left to do", "srmigrate rollback runbook.yaml", "No. The registries are neither", "<img src=x onerror=")
		hasTitles(t, s, "What is left to do", "Steps")
	}
	reported(t, filepath.Join(failed.dir, "reports"))
}

// hostileStep fails with a text that would be markup.
const hostileStep = `    - id: hostile
      assert: {that: "1 > 2", message: '"><script>parent.planted=window.planted=true</script><img src=x onerror="parent.planted=true">'}
`

func soundPage(t *testing.T, name string, s seen) {
	t.Helper()
	at := fmt.Sprintf("%s, %d px, dark %t", name, s.Width, s.Dark)
	if s.Over > 0 {
		t.Errorf("%s: it is %d px wider than the window", at, s.Over)
	}
	if len(s.Pale) > 0 {
		t.Errorf("%s: hard to read: %q", at, s.Pale[:min(len(s.Pale), 5)])
	}
	if s.Scripts+s.Images+s.Asked > 0 || s.Planted {
		t.Errorf("%s: %d scripts, %d images, %d requests, planted %t; want none", at, s.Scripts, s.Images, s.Asked, s.Planted)
	}
	if s.Unnamed > 0 || s.Heads > 0 || s.H1 != 1 {
		t.Errorf("%s: %d drawings without a name, %d table headers without a scope, %d titles", at, s.Unnamed, s.Heads, s.H1)
	}
	if want := map[bool]string{true: "rgb(16, 19, 22)", false: "rgb(246, 246, 243)"}[s.Dark]; s.Back != want {
		t.Errorf("%s: the background is %s, want %s", at, s.Back, want)
	}
}

func hasTexts(t *testing.T, s seen, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(s.Text, text) {
			t.Errorf("%d px: the page does not show %q:\n%s", s.Width, text, s.Text)
		}
	}
}

func hasTitles(t *testing.T, s seen, want ...string) {
	t.Helper()
	for _, title := range want {
		if !strings.Contains("\n"+strings.Join(s.Titles, "\n")+"\n", "\n"+title+"\n") {
			t.Errorf("%d px: there is no part %q: %q", s.Width, title, s.Titles)
		}
	}
}

// onPaper prints a page, and looks whether paper has it and a screen can show it.
func onPaper(t *testing.T, page string) {
	t.Helper()
	dir := t.TempDir()
	pdf, png := filepath.Join(dir, "report.pdf"), filepath.Join(dir, "report.png")
	drive(t, "--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+page)
	drive(t, "--window-size=400,1200", "--screenshot="+png, "file://"+page)
	for file, begins := range map[string]string{pdf: "%PDF-", png: "\x89PNG"} {
		raw, err := os.ReadFile(file)
		if err != nil || !bytes.HasPrefix(raw, []byte(begins)) || len(raw) < 10_000 {
			t.Errorf("%s: %d bytes, %v", filepath.Base(file), len(raw), err)
		}
	}
}
