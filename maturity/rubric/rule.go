package rubric

import (
	"slices"
	"strings"
)

// rulePackage is the Rego package of a criterion's rule.
func rulePackage(id string) string {
	return "maturity.criteria." + strings.ReplaceAll(id, "-", "_")
}

// Criterion returns the criterion of that name.
func (r *Rubric) Criterion(id string) (Criterion, bool) {
	i := slices.IndexFunc(r.Criteria, func(c Criterion) bool { return c.ID == id })
	if i < 0 {
		return Criterion{}, false
	}
	return r.Criteria[i], true
}

// Rule returns the source of a criterion's rule, in Rego.
func (r *Rubric) Rule(id string) (string, error) {
	var files []string
	policy, err := r.compiled()
	if err != nil {
		return "", err
	}
	for _, pkg := range policy.Packages() {
		if pkg.Name == rulePackage(id) {
			files = pkg.Files
		}
	}
	var out strings.Builder
	for _, module := range r.modules {
		if slices.Contains(files, module.Path) {
			out.WriteString(module.Source)
		}
	}
	return out.String(), nil
}

// Categories returns those of the given categories of facts that the rule of a
// criterion, or what it shares with others, names.
func (r *Rubric) Categories(id string, of []string) ([]string, error) {
	policy, err := r.compiled()
	if err != nil {
		return nil, err
	}
	texts := policy.Texts(rulePackage(id))
	return slices.DeleteFunc(slices.Clone(of), func(category string) bool { return !slices.Contains(texts, category) }), nil
}
