package ci

import (
	"regexp"
	"slices"
	"strings"
)

// Trigger is what starts a pipeline or a job.
type Trigger string

// The triggers that a score tells apart.
const (
	Push     Trigger = "push"     // a push to the default branch
	Branch   Trigger = "branch"   // a push to some other branch only
	Change   Trigger = "change"   // a pull or merge request
	Tag      Trigger = "tag"      // a tag
	Release  Trigger = "release"  // a release of the forge
	Schedule Trigger = "schedule" // a timer
	Manual   Trigger = "manual"   // a person
	Event    Trigger = "event"    // a dispatch through the API
	After    Trigger = "after"    // the end of another pipeline
	Call     Trigger = "call"     // another pipeline that includes it
	Other    Trigger = "other"    // issues, comments, labels, …
	// Elsewhere is a trigger that lies outside the files: in a cloud, on a web page.
	Elsewhere Trigger = "elsewhere"
)

// Pipeline is one file of a CI host.
type Pipeline struct {
	Path string
	// Host is github, gitlab, azure, jenkins, circleci, bitbucket, buildkite,
	// taskcluster, travis, drone, woodpecker, cloudbuild, codebuild, tekton or gitea.
	Host string
	Name string
	// DefaultBranch is the one that the file was read with.
	DefaultBranch string
	// Triggers start the pipeline; a job may narrow them.
	Triggers []Trigger
	// Follows names the pipelines whose end starts this one.
	Follows []string
	Jobs    []Job
	// Only are the patterns of the files whose change alone starts it by pushes and
	// change requests; there are none if any file does.
	Only []string
	// Idle says which of the triggers can never fire, and why.
	Idle []string
	// Remote are the parts that lie in another repository.
	Remote []Remote
}

// Remote is a part of a pipeline that lies in another repository.
type Remote struct {
	Line int
	What string
}

// Job is a job of a pipeline.
type Job struct {
	ID string
	// Name is what its runs are called on the host, where that is not its ID; it
	// may have expressions in it.
	Name string
	// Path is the file that the job stands in, where it is not the pipeline's own.
	Path  string
	Line  int
	Needs []string
	// Stage is the stage that the job belongs to, where the host has them.
	Stage string
	// If is the condition as written.
	If string
	// Off says why the job never runs; it is empty if it can.
	Off string
	// Swallowed says why the job's failure does not fail the pipeline.
	Swallowed string
	// Triggers are those of the pipeline that the job's own condition lets through.
	Triggers []Trigger
	// Uses is a reusable pipeline that the job consists of, With its inputs.
	Uses string
	With map[string]string
	// Image is the container that the job runs in.
	Image       string
	Environment string
	Steps       []Step
}

// Step is one step of a job: a script or an action.
type Step struct {
	Name string
	// Path is the file that the step stands in: the pipeline's own or a template.
	Path string
	Line int
	If   string
	// Triggers are those of the job that the step's own condition lets through;
	// nil means all of them.
	Triggers []Trigger
	// Off and Swallowed are as for a job.
	Off       string
	Swallowed string
	// Run is a script. RunLine is the line of the file on which its text begins.
	Run     string
	RunLine int
	// Args is a command that is started without a shell.
	Args []string
	// Python is true if the script is Python rather than shell.
	Python bool
	// Loose is true if the script is for a shell of Windows: only its plain
	// lines can be read.
	Loose bool
	// ErrExit and PipeFail say how the host starts the shell.
	ErrExit, PipeFail bool
	// Dir is the working directory.
	Dir string
	Env map[string]string
	// Uses is an action or task, With its inputs.
	Uses string
	With map[string]string
}

// Has reports whether the job is started by one of the triggers.
func (j Job) Has(triggers ...Trigger) bool {
	for _, t := range triggers {
		if slices.Contains(j.Triggers, t) {
			return true
		}
	}
	return false
}

// add appends a trigger once.
func add(list []Trigger, t Trigger) []Trigger {
	if slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}

// Options are what reading a pipeline depends on beside the file.
type Options struct {
	// DefaultBranch is the branch that others merge into, or "" if it is not
	// known: then main and master both count.
	DefaultBranch string
	// Files are the paths of the repository, sorted; nil if they are not known.
	Files []string
	// Include returns another file of the repository, by its path from the root.
	Include func(path string) ([]byte, bool)
	// Budget bounds what is read; nil is one that nobody looks at.
	Budget *Budget
}

// include reads a file that a pipeline includes.
func (o Options) include(path string) ([]byte, bool) {
	if o.Include == nil {
		return nil, false
	}
	return o.Include(path)
}

// isDefault reports whether a branch filter lets the default branch through.
// Later patterns win, and "!" excludes, as on GitHub.
func (o Options) isDefault(patterns []string) bool {
	names := []string{"main", "master"}
	if o.DefaultBranch != "" {
		names = []string{o.DefaultBranch}
	}
	for _, name := range names {
		in := false
		for _, p := range patterns {
			if len(p) > 0 && p[0] == '!' {
				if matchGlob(p[1:], name) {
					in = false
				}
			} else if matchGlob(p, name) {
				in = true
			}
		}
		if in {
			return true
		}
	}
	return false
}

// maxExpanded bounds the names that are looked for among all files.
const maxExpanded = 50

// expand replaces patterns by the files that they fit.
func (o Options) expand(names []string) []string {
	var out []string
	for _, name := range names[:min(len(names), maxExpanded)] {
		if !strings.Contains(name, "*") || len(name) > maxPattern {
			out = append(out, name)
			continue
		}
		re, err := regexp.Compile("^" + globRegexp(name) + "$")
		if err != nil {
			continue
		}
		for _, f := range o.Files {
			if re.MatchString(f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// anyPath reports whether one of the paths, a file, folder or pattern, is there.
func (o Options) anyPath(paths []string) bool {
	var patterns []string
	for _, p := range paths {
		p = strings.Trim(p, "/")
		patterns = append(patterns, p, p+"/**")
	}
	return o.anyFile(patterns)
}

// anyFile reports whether one of the patterns fits a file of the repository.
func (o Options) anyFile(patterns []string) bool {
	if o.Files == nil || len(patterns) > maxPatterns {
		return true
	}
	positive := false
	for _, p := range patterns {
		if len(p) > maxPattern {
			return true
		}
		if p != "" && p[0] != '!' {
			if positive = true; o.fits(strings.TrimPrefix(p, "./")) {
				return true
			}
		}
	}
	return !positive
}

// fits reports whether a pattern fits a file; one that is none fits all.
func (o Options) fits(pattern string) bool {
	re, err := regexp.Compile("^" + globRegexp(pattern) + "$")
	if err != nil {
		return true
	}
	before := pattern
	if i := strings.IndexAny(pattern, "*?+[]"); i >= 0 {
		before = pattern[:max(i-1, 0)] // what stands before a sign may be optional
	}
	first, _ := slices.BinarySearch(o.Files, before)
	for _, file := range o.Files[first:] {
		if !strings.HasPrefix(file, before) {
			break
		}
		if re.MatchString(file) {
			return true
		}
	}
	return false
}

// globRegexp translates a pattern of paths: * within a part, ** across parts.
func globRegexp(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case strings.HasPrefix(pattern[i:], "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(".*")
			i++
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?' || c == '+' || c == '[' || c == ']':
			b.WriteByte(c)
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String()
}

// maxPattern bounds the patterns that are matched at all, and maxPatterns how many of them.
const (
	maxPattern  = 200
	maxPatterns = 500
)

// matchGlob matches a branch pattern: * within a part, ** across parts. Both may be
// anybody's, so it goes over the name once for each sign of the pattern.
func matchGlob(pattern, name string) bool {
	if len(pattern) > maxPattern || len(name) > maxPattern {
		return false
	}
	ends := make([]bool, len(name)+1) // where in the name the pattern so far may end
	ends[0] = true
	for len(pattern) > 0 {
		next := make([]bool, len(name)+1)
		switch sign := pattern[0]; sign {
		case '*':
			across := strings.HasPrefix(pattern, "**")
			if across {
				pattern = pattern[1:]
			}
			reached := false
			for i := range next {
				reached = ends[i] || reached && (across || name[i-1] != '/')
				next[i] = reached
			}
		default:
			for i := range len(name) {
				next[i+1] = ends[i] && (sign == '?' || sign == name[i])
			}
		}
		ends, pattern = next, pattern[1:]
	}
	return ends[len(name)]
}
