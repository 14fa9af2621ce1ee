// Package catalogue holds the tools of machine learning and of delivery as
// data, one YAML file a category, and finds their use in code.
//
// A tool says under which names it is installed and imported, and how each of
// its uses shows itself: calls, decorators, base classes, commands, actions,
// manifests, files. A use carries the category that the rubric asks for
// ("tracking", "registry.register", …). Adding a tool takes an entry in a file
// of this folder and no code. [Load] reads and checks the files; [Catalogue]
// answers which uses a call, a command, an action or a name is.
package catalogue

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
)

//go:embed *.yaml
var bundled embed.FS

// Tool is one entry of the catalogue.
type Tool struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	Docs string `yaml:"docs"`
	// Packages are the names under which it is installed; Imports the top-level
	// modules under which Python imports it (the packages, if not given).
	Packages []string `yaml:"packages"`
	Imports  []string `yaml:"imports"`
	// Declares are the categories that the mere name of the tool, in a list of
	// packages or in documentation, speaks of; the first use's, if not given.
	Declares []string `yaml:"declares"`
	// Silenced are the variables of the environment with which it keeps nothing, as
	// NAME=value.
	Silenced []string `yaml:"silenced"`
	// Reported are the names by which an option of a trainer, or its configuration, chooses
	// it ("--report_to wandb", https://huggingface.co/docs/transformers/main_classes/callback);
	// Keys are those of a configuration that do with any value
	// (https://docs.axolotl.ai/docs/config-reference.html).
	Reported []string `yaml:"reported"`
	Keys     []string `yaml:"keys"`
	Uses     []Use    `yaml:"uses"`
}

// Use is one way in which a tool's use shows itself. What is listed in one
// field are alternatives; Methods count only in a file that imports the tool.
type Use struct {
	As         string   `yaml:"as"`
	Calls      []string `yaml:"calls"`      // full names; * is one part of a name, ** any number
	Methods    []string `yaml:"methods"`    // of a receiver whose type is not known
	Decorators []string `yaml:"decorators"` // full names
	Bases      []string `yaml:"bases"`      // full names of base classes
	Functions  []string `yaml:"functions"`  // names of the project's own functions, with *
	Commands   []string `yaml:"commands"`   // words that stand in this order, the first one first
	Actions    []string `yaml:"actions"`    // without the version, with *
	Kinds      []string `yaml:"kinds"`      // of Kubernetes objects
	Files      []string `yaml:"files"`      // base names, with *
	Imports    []string `yaml:"imports"`    // the import alone is the use
	// When are conditions on arguments or inputs: "present", "absent", "set" (there
	// and not None or False), /regular expression/, /one/ !/that must not match/, or
	// a literal. All must hold.
	When map[string]string `yaml:"when"`
	// Receivers, if given, are what the receiver must be called; Not what it must
	// not (regular expressions over the name as written).
	Receivers string `yaml:"receivers"`
	Not       string `yaml:"not"`
	// Alone is true if the import of the tool is not needed for Methods.
	Alone bool `yaml:"alone"`
	// Root is true if a scheduler of the tool finds such a file by itself.
	Root bool   `yaml:"root"`
	Note string `yaml:"note"`

	receivers, not *regexp.Regexp
	when           map[string]condition
}

// Match is a use that was recognised.
type Match struct {
	// Tool is the name of the tool.
	Tool string
	As   string
	Note string
	Root bool
}

// rule is a use with the tool it belongs to.
type rule struct {
	tool *Tool
	use  *Use
	re   *regexp.Regexp
	// part is in every name that the expression fits: most names do not have it.
	part string
}

// fits reports whether a name is one that the rule is about.
func (r rule) fits(name string) bool { return strings.Contains(name, r.part) && r.re.MatchString(name) }

// Catalogue is the set of all tools.
type Catalogue struct {
	Tools    []Tool
	calls    map[string][]rule // by the first part of the name
	methods  map[string][]rule // by the method
	bases    map[string][]rule
	commands map[string][]rule // by the first word
	actions  []rule
	kinds    map[string][]rule
	funcs    []rule
	files    []rule
	imports  map[string]*Tool // by top-level module
	used     map[string][]rule
	packages map[string]*Tool
}

// Bundled returns the catalogue that comes with the program.
func Bundled() (*Catalogue, error) { return Load(bundled) }

// Load reads every YAML file of a folder.
func Load(fsys fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list catalogue: %w", err)
	}
	c := &Catalogue{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		tools, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", name, err)
		}
		c.Tools = append(c.Tools, tools...)
	}
	if err := c.index(); err != nil {
		return nil, err
	}
	return c, nil
}

// Folder is where a team's tools lie in its repository.
const Folder = ".muster/catalogue"

// maxOwn is how many tools a team may add.
const maxOwn = 500

// With returns the catalogue with a team's tools, from the YAML files of fsys, which
// is the team's folder. A tool with the ID of a bundled one replaces it. The second
// result names the files and tools. Mistakes in the files are a [config.Error].
func (c *Catalogue) With(fsys fs.FS) (*Catalogue, map[string][]string, error) {
	if fsys == nil {
		return c, nil, nil
	}
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil || len(names) == 0 {
		return c, nil, err
	}
	out, own := &Catalogue{Tools: slices.Clone(c.Tools)}, map[string][]string{}
	for i := range out.Tools { // indexing writes into them
		out.Tools[i].Uses = slices.Clone(out.Tools[i].Uses)
	}
	for _, name := range names {
		at := Folder + "/" + name
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("read tools: %w", err)
		}
		tools, err := parse(data)
		if err != nil {
			return nil, nil, config.Malformed(at, data, err, "a file of tools is as those in maturity/catalogue of muster")
		}
		for _, tool := range tools {
			own[at] = append(own[at], tool.ID)
			if i := slices.IndexFunc(out.Tools, func(t Tool) bool { return t.ID == tool.ID }); i >= 0 {
				out.Tools[i] = tool
			} else {
				out.Tools = append(out.Tools, tool)
			}
		}
		if len(out.Tools) > len(c.Tools)+maxOwn {
			return nil, nil, wrong(at, fmt.Sprintf("there are more than %d tools", maxOwn))
		}
		if err := out.index(); err != nil {
			return nil, nil, wrong(at, err.Error())
		}
	}
	return out, own, nil
}

func wrong(at, message string) error {
	return &config.Error{Problems: []config.Problem{{Path: at, Message: message, Hint: "see docs/maturity.md, \"Your own tools\""}}}
}

// parse reads the tools of a file.
func parse(data []byte) ([]Tool, error) {
	var file struct {
		Tools []Tool `yaml:"tools"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	err := dec.Decode(&file)
	return file.Tools, err
}

func (c *Catalogue) index() error {
	c.calls, c.methods, c.bases = map[string][]rule{}, map[string][]rule{}, map[string][]rule{}
	c.actions, c.funcs, c.files = nil, nil, nil
	c.commands, c.kinds = map[string][]rule{}, map[string][]rule{}
	c.imports, c.packages, c.used = map[string]*Tool{}, map[string]*Tool{}, map[string][]rule{}
	seen := map[string]bool{}
	for i := range c.Tools {
		t := &c.Tools[i]
		if t.ID == "" || seen[t.ID] {
			return fmt.Errorf("read catalogue: tool %q has no id of its own", t.ID)
		}
		seen[t.ID] = true
		if t.Name == "" {
			t.Name = t.ID
		}
		if t.Imports == nil {
			t.Imports = t.Packages
		}
		if t.Declares == nil && len(t.Uses) > 0 {
			t.Declares = []string{t.Uses[0].As}
		}
		for _, name := range t.Imports {
			c.imports[name] = t
		}
		for _, name := range t.Packages {
			c.packages[normal(name)] = t
		}
		for j := range t.Uses {
			if err := c.indexUse(t, &t.Uses[j]); err != nil {
				return fmt.Errorf("read catalogue: tool %s: %w", t.ID, err)
			}
		}
	}
	return nil
}

func (c *Catalogue) indexUse(t *Tool, u *Use) (err error) {
	if u.As == "" {
		return fmt.Errorf("a use has no category")
	}
	if u.receivers, err = optional(u.Receivers); err != nil {
		return err
	}
	if u.not, err = optional(u.Not); err != nil {
		return err
	}
	if u.when, err = conditions(u.When); err != nil {
		return err
	}
	r := rule{tool: t, use: u}
	for _, name := range append(slices.Clone(u.Calls), u.Decorators...) {
		c.addGlob(c.calls, name, r)
	}
	for _, name := range u.Bases {
		c.addGlob(c.bases, name, r)
	}
	for _, name := range u.Methods {
		c.methods[name] = append(c.methods[name], r)
	}
	for _, words := range u.Commands {
		cmd := r
		first, _, _ := strings.Cut(words, " ")
		cmd.re = nil
		cmd.use = &Use{}
		*cmd.use = *u
		cmd.use.Commands = []string{words}
		c.commands[first] = append(c.commands[first], cmd)
	}
	for _, name := range u.Kinds {
		c.kinds[name] = append(c.kinds[name], r)
	}
	for _, name := range u.Imports {
		c.used[name] = append(c.used[name], r)
	}
	c.actions = appendGlobs(c.actions, u.Actions, r)
	c.funcs = appendGlobs(c.funcs, u.Functions, r)
	c.files = appendGlobs(c.files, u.Files, r)
	return nil
}

func optional(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	return regexp.Compile("(?i)" + pattern)
}

func appendGlobs(list []rule, patterns []string, r rule) []rule {
	for _, p := range patterns {
		r.re, r.part = glob(p), longest(p)
		list = append(list, r)
	}
	return list
}

// addGlob files a rule under the first part of its name.
func (c *Catalogue) addGlob(index map[string][]rule, name string, r rule) {
	r.re, r.part = glob(name), longest(name)
	first, _, _ := strings.Cut(name, ".")
	first = strings.TrimSuffix(first, "()")
	if strings.Contains(first, "*") {
		first = ""
	}
	index[first] = append(index[first], r)
}

// glob compiles a name with * for one part and ** for any number of parts,
// which may be none.
func glob(pattern string) *regexp.Regexp {
	q := regexp.QuoteMeta(pattern)
	q = strings.ReplaceAll(q, `\*\*\.`, `(?:.*\.)?`)
	q = strings.ReplaceAll(q, `\*\*`, `.*`)
	q = strings.ReplaceAll(q, `\*`, `[^.]*`)
	return regexp.MustCompile("^" + q + "$")
}

// longest is the longest part of a pattern that stands in every name which fits.
func longest(pattern string) string {
	longest := ""
	for i, part := range strings.Split(pattern, "*") {
		if i > 0 {
			part = strings.TrimPrefix(part, ".") // "**." may be nothing
		}
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// normal is a package's name as package indexes compare it.
func normal(name string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
}

// Imported returns the tool that a module belongs to.
func (c *Catalogue) Imported(module string) (*Tool, bool) {
	for name := module; name != ""; name = name[:max(strings.LastIndexByte(name, '.'), 0)] {
		if t, ok := c.imports[name]; ok {
			return t, true
		}
	}
	return nil, false
}

// Package returns the tool that is installed under a name.
func (c *Catalogue) Package(name string) (*Tool, bool) {
	t, ok := c.packages[normal(name)]
	return t, ok
}

// Reported returns the name of the tool that a trainer is told to report to by a name of
// its own, or "".
func (c *Catalogue) Reported(name string) string {
	return c.named(func(t *Tool) bool { return slices.Contains(t.Reported, name) })
}

// Configured returns the name of the tool that a key of a trainer's configuration chooses,
// or "".
func (c *Catalogue) Configured(key string) string {
	return c.named(func(t *Tool) bool { return slices.Contains(t.Keys, key) })
}

// named is the name of the first tool of which something holds, or "".
func (c *Catalogue) named(holds func(*Tool) bool) string {
	for i := range c.Tools {
		if holds(&c.Tools[i]) {
			return c.Tools[i].Name
		}
	}
	return ""
}

// Silences returns the name of the tool that a variable of the environment makes keep
// nothing, or "".
func (c *Catalogue) Silences(name, value string) string {
	return c.named(func(t *Tool) bool {
		return slices.ContainsFunc(t.Silenced, func(s string) bool {
			n, v, _ := strings.Cut(s, "=")
			return n == name && strings.EqualFold(v, value)
		})
	})
}
