package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/srmigrate/srmigrate/internal/event"
)

// progress is the line of a log: all that was seen.
func progress(p event.StepProgress) string {
	parts := []string{p.Text, rate(p), left(p)}
	if p.Elapsed > 0 {
		parts = append(parts, "after "+age(p.Elapsed))
	}
	return strings.Join(slices.DeleteFunc(parts, empty), ", ")
}

func empty(s string) bool { return s == "" }

func rate(p event.StepProgress) string {
	if p.Rate <= 0 {
		return ""
	}
	if p.Rate < 10 {
		return fmt.Sprintf("%.1f versions/s", p.Rate)
	}
	return fmt.Sprintf("%.0f versions/s", p.Rate)
}

func left(p event.StepProgress) string {
	if p.Left <= 0 {
		return ""
	}
	return "about " + age(p.Left) + " left"
}

// part is a piece of the live line. Where the window is narrow those of the lowest weight go first.
type part struct {
	text   string
	weight int
}

// wide is a window with room for the verb.
const wide = 80

// glimpse is progress as one line of at most width characters: where the exporter is, how far the copy has come, how
// fast, how long still, and what it complains of.
func glimpse(p event.StepProgress, width int) string {
	parts := []part{{p.ID + ":", 9}}
	if width >= wide {
		parts[0].text = fmt.Sprintf("%-9s %s", "wait", parts[0].text) // in line with what stays above it
	}
	if p.State == "" && p.Of == 0 {
		parts = append(parts, part{p.Text, 8})
	}
	if p.State != "" {
		parts = append(parts, part{p.State, 8}, part{fmt.Sprintf("offset %d", p.Offset), 3})
	}
	if p.Of > 0 {
		parts = append(parts, part{fmt.Sprintf("%d of %d versions", p.Done, p.Of), 7})
	}
	parts = append(parts, part{rate(p), 2}, part{left(p), 6})
	if p.Elapsed > 0 {
		parts = append(parts, part{age(p.Elapsed), 4})
	}
	if p.Trace != "" {
		parts = append(parts, part{"trace: " + p.Trace, 5})
	}
	return fit(slices.DeleteFunc(parts, func(p part) bool { return p.text == "" }), width)
}

// fit leaves out parts until the line fits. Two stay in any case, and a trace is cut rather than left out.
func fit(parts []part, width int) string {
	for {
		text := join(parts)
		if utf8.RuneCountInString(text) <= width || len(parts) <= 2 {
			return text
		}
		least := 0
		for i, p := range parts {
			if p.weight < parts[least].weight {
				least = i
			}
		}
		if strings.HasPrefix(parts[least].text, "trace: ") {
			return text // the end of the line: it is cut
		}
		parts = slices.Delete(parts, least, least+1)
	}
}

// join sets the parts two apart, and the first of what is told one after the id.
func join(parts []part) string {
	var b strings.Builder
	for i, p := range parts {
		switch {
		case i == 0:
		case i == 1:
			b.WriteString(" ")
		default:
			b.WriteString("  ")
		}
		b.WriteString(p.text)
	}
	return b.String()
}
