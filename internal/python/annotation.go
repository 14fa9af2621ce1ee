package python

import "slices"

// wrappers are the generic types whose value is one of the type inside: that of
// typing, and the artifacts of Kubeflow Pipelines
// (https://www.kubeflow.org/docs/components/pipelines/user-guides/data-handling/artifacts).
var wrappers = []string{"Optional", "Annotated", "Input", "Output"}

// annotated is the type that an annotation names: in Optional[Model], Model.
func (r *reader) annotated(tokens []token) string {
	for i := 1; i < min(len(tokens), 2*maxParts); i += 2 {
		switch {
		case tokens[i].text == "[" && slices.Contains(wrappers, tokens[i-1].text):
			return r.dotted(tokens[i+1:])
		case tokens[i].text != ".":
			return r.dotted(tokens)
		}
	}
	return r.dotted(tokens)
}
