package facts

import (
	"path"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// whenNames are the arguments by which orchestrators take a schedule.
var whenNames = []string{"schedule", "schedule_interval", "timetable", "cron", "interval"}

// isOff reports whether a schedule is none: its constant is None in the module
// that has it, or the call pauses it.
func (s *scan) isOff(file string, mod *python.Module, call python.Call) bool {
	for _, name := range []string{"is_paused_upon_creation", "paused"} {
		if a, ok := call.Arg(name); ok && a.Value == "True" {
			return true
		}
	}
	for _, name := range whenNames {
		if a, ok := call.Arg(name); ok && !a.Literal && a.Value != "" && s.constant(file, mod, a.Value) == "None" {
			return true
		}
	}
	return false
}

// constant returns the value of a constant of the module, or of one that it
// imports from a module of the repository.
func (s *scan) constant(file string, mod *python.Module, name string) string {
	if v, ok := mod.Constants[name]; ok {
		return v
	}
	module, last := cut(strings.TrimLeft(name, "."))
	if module == "" {
		return ""
	}
	rel := strings.ReplaceAll(module, ".", "/") + ".py"
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		for _, candidate := range []string{path.Join(dir, rel), path.Join(dir, "src", rel)} {
			if other := s.modules[candidate]; other != nil {
				return other.Module().Constants[last]
			}
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}
