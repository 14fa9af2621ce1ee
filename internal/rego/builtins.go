package rego

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// deterministic returns what Rego may use here: every built-in whose result
// depends on its arguments alone, and whose cost can be bounded. Nobody changes it.
//
//nolint:gochecknoglobals // see above
var deterministic = sync.OnceValue(func() *ast.Capabilities {
	capabilities := ast.CapabilitiesForThisVersion()
	capabilities.Builtins = slices.DeleteFunc(capabilities.Builtins, func(b *ast.Builtin) bool {
		return b.IsNondeterministic() || forbidden(b.Name)
	})
	capabilities.AllowNet = []string{} // a schema's $ref fetches nothing
	return capabilities
})

// forbidden names built-ins that OPA does not call nondeterministic, and that
// depend on more than their arguments all the same; and those that work on
// without end and without looking whether they should stop.
func forbidden(name string) bool {
	switch name {
	case "trace", // writes into a trace that nobody reads here
		"crypto.x509.parse_and_verify_certificates", // both ask the clock
		"crypto.x509.parse_and_verify_certificates_with_options",
		"strings.render_template", // has loops of its own
		"graph.reachable_paths":   // there may be more paths than atoms
		return true
	}
	return slices.ContainsFunc([]string{"net.", "rand.", "graphql."}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}
