package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
)

// verdict says why the canary has failed, as far as its exporter tells, and what to do.
func (f *flight) verdict(why string) error {
	to := bareURLs(f.carrier(f.env, f.canary).wanted(f.env).Config[exporterURL].Reveal())
	text := fmt.Sprintf("the canary does not prove that %s reaches %s (%s)", f.source.Name(), f.target.Name(), to)
	if why != "" {
		text += ": " + why
	}
	if f.status.State != "" {
		text += fmt.Sprintf("; exporter %s is %s", f.Exporter, f.status.State)
	}
	if f.status.Trace != "" {
		text += ", " + f.status.Trace
	}
	return fmt.Errorf("%s; %s", text, f.remedy(why))
}

// remedy goes by the words that Java clients use.
func (f *flight) remedy(why string) string {
	target := f.target.Name()
	// The name of the run is digits, of which some may look like a status.
	trace := strings.ToLower(strings.ReplaceAll(f.status.Trace, f.env.RunID, ""))
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(trace, w) })
	}
	switch {
	case f.odd != "":
		return "this exporter does not keep what it copies as it is: ids of its own break every consumer; look at its server and at what stands between"
	case has("401", "unauthorized"):
		return fmt.Sprintf("%s does not take the exporter's credentials: they follow from auth of %s, unless asDestination.config or the exporter's config says otherwise", target, target)
	case has("403", "forbidden"):
		return fmt.Sprintf("%s takes the exporter's credentials and does not let it write: give them a role that writes subjects and modes of all contexts", target)
	case has("ssl", "pkix", "certificate", "handshake", "x509", "tls"):
		return fmt.Sprintf("the source server and %s do not trust each other: name store files that lie on the source server in asDestination.config of %s", target, target)
	case has("42205", "import mode", "mode changes"):
		return fmt.Sprintf("%s refuses what an exporter writes: it has to allow mode changes (mode.mutability=true)", target)
	case has("connect", "unknownhost", "no such host", "timeout", "timed out", "unreachable", "refused", "socket"):
		return fmt.Sprintf("write in asDestination.url of %s by which address the source server reaches it, and open the way for it: name, port, firewall", target)
	case f.status.Trace == "" && f.status.State == running:
		return fmt.Sprintf("it says that it has copied all there is, and nothing is on %s: asDestination.url leads to another registry, where context %s has to be "+
			"deleted by hand, or this server keeps exporters and copies nothing", target, f.Context)
	case f.status.Trace == "":
		return fmt.Sprintf("give the step a longer timeout if %s is large, and look at the log of %s", f.source.Name(), f.source.Name())
	}
	return fmt.Sprintf("look at the log of %s", f.source.Name())
}

func (s *survey) nothingToProve() event.Finding {
	return event.Finding{
		Code: "SRM065", Severity: "warning",
		Text:   fmt.Sprintf("%s has no subject that a canary could be of, so whether its server reaches %s is not proven", s.source.Name(), s.target.Name()),
		Remedy: "register a subject without references and rules there, or leave canary out",
	}
}

// aboutCanary tells beforehand that nothing will be proven, or that it would not stay where it is sent.
func (s *survey) aboutCanary(ctx context.Context) error {
	if !s.Canary || s.withoutExporters {
		return nil
	}
	subject, err := canarySubject(ctx, s.source)
	switch {
	case err != nil:
		return err
	case subject == "":
		s.found(s.nothingToProve(), s.env.Allow)
		return nil
	}
	name := canaryName("<run>")
	return s.carriedOn(ctx, s.carrier(s.env, canary{Exporter: name, Context: "." + name, Subject: subject}).image(s.env, subject))
}
