package otlp

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Lookup reads the environment.
type Lookup func(name string) (string, bool)

func (l Lookup) get(name string) string {
	v, _ := l(name)
	return strings.TrimSpace(v)
}

// wanted says whether the environment asks for a signal, TRACES or METRICS, and what of that cannot be had.
func wanted(env Lookup, signal string) (yes bool, problem string) {
	if strings.EqualFold(env.get("OTEL_SDK_DISABLED"), "true") {
		return false, ""
	}
	name := "OTEL_" + signal + "_EXPORTER"
	exporters := strings.FieldsFunc(env.get(name), func(r rune) bool { return r == ',' || r == ' ' })
	others := slices.DeleteFunc(slices.Clone(exporters), func(s string) bool { return s == "otlp" || s == "none" })
	switch {
	case len(others) > 0:
		problem = fmt.Sprintf("%s=%s: this program knows otlp and none", name, strings.Join(others, ","))
		fallthrough
	case len(exporters) > 0:
		yes = slices.Contains(exporters, "otlp")
	default:
		yes = env.get("OTEL_EXPORTER_OTLP_ENDPOINT")+env.get("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
	}
	protocol := cmp.Or(env.get("OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL"), env.get("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	if yes && !slices.Contains([]string{"http/protobuf", "http/json"}, protocol) {
		return false, fmt.Sprintf("the protocol %s is not spoken here, so no %s are sent: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, "+
			"and the endpoint to the port that the collector has for it, usually 4318", protocol, strings.ToLower(signal))
	}
	return yes, problem
}

// secrets are what of the environment must not be shown: the headers, and what an address has besides a place.
func secrets(env Lookup) (list []string) {
	for _, signal := range []string{"", "TRACES_", "METRICS_"} {
		headers := env.get("OTEL_EXPORTER_OTLP_" + signal + "HEADERS")
		for _, pair := range strings.Split(headers, ",") {
			_, value, _ := strings.Cut(pair, "=")
			list = append(list, strings.TrimSpace(value))
			if plain, err := url.PathUnescape(value); err == nil { // otherwise it is sent as little as it is shown
				list = append(list, strings.TrimSpace(plain))
			}
		}
		list = append(list, headers)
		if u, err := url.Parse(env.get("OTEL_EXPORTER_OTLP_" + signal + "ENDPOINT")); err == nil && u.User != nil {
			password, _ := u.User.Password()
			list = append(list, password, u.User.String())
		}
	}
	return list
}
