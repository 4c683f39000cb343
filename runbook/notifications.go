package runbook

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/notify"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Notifications are who is told of a run, and of what.
type Notifications struct {
	Channels map[string]notify.Sender
	Rules    []notify.Rule
	Secrets  []registry.Secret // what the channels log in with
}

// notifications reads spec.notifications.
func (l *loader) notifications() Notifications {
	n := l.root.get("spec").get("notifications")
	all := Notifications{Channels: map[string]notify.Sender{}}
	for _, f := range n.get("channels").keys() {
		if s := l.channel(f.value, &all); s != nil {
			all.Channels[f.key] = s
		}
	}
	for _, r := range n.get("rules").entries() {
		rule := notify.Rule{Severity: event.Info, On: texts(r.get("events")), To: texts(r.get("to"))}
		if s := plain(r.get("severity")); s != "" {
			rule.Severity = event.Severity(s)
		}
		for _, to := range r.get("to").entries() {
			l.checkChannel(to, all.names())
		}
		all.Rules = append(all.Rules, rule)
	}
	return all
}

func (n Notifications) names() []string { return slices.Sorted(maps.Keys(n.Channels)) }

func (l *loader) checkChannel(n *node, names []string) {
	if name, ok := n.str(); ok && !n.open && !slices.Contains(names, name) {
		l.report(n, "channel %s is not declared%s", quote(name), didYouMean(name, names))
	}
}

func texts(n *node) (list []string) {
	for _, item := range n.entries() {
		list = append(list, plain(item))
	}
	return list
}

// channel reads one way to tell; nil where there is none.
func (l *loader) channel(n *node, all *Notifications) notify.Sender {
	secret := func(n *node) string {
		if s := secretOf(n); s.Reveal() != "" {
			all.Secrets = append(all.Secrets, s)
		}
		return plain(n)
	}
	if c := n.get("slack"); c != nil {
		l.checkHook(c.get("url"))
		return notify.Slack{URL: secret(c.get("url"))}
	}
	if c := n.get("webhook"); c != nil {
		l.checkHook(c.get("url"))
		w := notify.Webhook{URL: secret(c.get("url")), Headers: map[string]string{}}
		for _, f := range c.get("headers").keys() {
			if err := registry.CheckHeaderName(f.key); err != nil {
				l.add(f.value, f.at, "headers: %v", err)
			}
			l.checkHeader(f)
			w.Headers[f.key] = secret(f.value)
		}
		return w
	}
	if c := n.get("pagerDuty"); c != nil {
		l.checkHook(c.get("url"))
		return notify.PagerDuty{URL: plain(c.get("url")), RoutingKey: secret(c.get("routingKey"))}
	}
	if c := n.get("email"); c != nil {
		host, port, _ := net.SplitHostPort(plain(c.get("server")))
		number, _ := strconv.Atoi(port)
		return notify.Email{
			Host: host, Port: number, TLS: plain(c.get("tls")), Username: secret(c.get("username")), Password: secret(c.get("password")),
			From: plain(c.get("from")), To: texts(c.get("to")),
		}
	}
	return nil
}

// checkHook reports what nothing can be posted to. It does not show it: who knows the address may write there.
func (l *loader) checkHook(n *node) {
	text, ok := n.str()
	if !ok || n.open || !n.sound() {
		return
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		l.report(n, "url must begin with https:// or http:// and name a host")
	}
}
