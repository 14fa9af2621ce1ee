package tracking

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// side is one list of files of a stage.
type side func(*result.Stage) []result.File

func inputs(s *result.Stage) []result.File  { return s.Inputs }
func outputs(s *result.Stage) []result.File { return s.Outputs }

// diffFiles lists the files whose contents differ, each once, with the stages
// that it belongs to. What without names is left out: what stages make is no
// cause, only a consequence.
func diffFiles(pairs []pair, files Lister, of side, without map[string]bool) []result.FileChange {
	found := map[string]*result.FileChange{}
	for _, p := range pairs {
		if !p.known() {
			continue
		}
		before, after, ok := p.contents(files, of)
		if !ok {
			before, after = p.wholes(of)
		}
		paths := maps.Clone(before)
		maps.Copy(paths, after)
		for name := range paths {
			if before[name] == after[name] || without[name] {
				continue
			}
			if found[name] == nil {
				found[name] = &result.FileChange{Path: name, A: before[name], B: after[name]}
			}
			found[name].Stages = append(found[name].Stages, p.name)
		}
	}
	out := []result.FileChange{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[name])
	}
	return out
}

// diffRefs lists the inputs that lie elsewhere and have other versions.
func diffRefs(pairs []pair) []result.FileChange {
	var out []result.FileChange
	for _, p := range pairs {
		if !p.known() {
			continue
		}
		for _, c := range changes(p.a.Refs, p.b.Refs) {
			change := result.FileChange{Path: c.Name, A: before(c.A), B: before(c.B)}
			same := func(other result.FileChange) bool {
				return other.Path == change.Path && other.A == change.A && other.B == change.B
			}
			if at := slices.IndexFunc(out, same); at >= 0 {
				out[at].Stages = append(out[at].Stages, p.name)
			} else {
				change.Stages = []string{p.name}
				out = append(out, change)
			}
		}
	}
	return out
}

// contents returns the files of both sides by path. Lists of many files are
// fetched only where they differ; it is false if one is no longer kept.
func (p pair) contents(files Lister, of side) (before, after map[string]string, ok bool) {
	a, b := of(p.a), of(p.b)
	if a, ok = fetched(a, b, files); !ok {
		return nil, nil, false
	}
	if b, ok = fetched(b, of(p.a), files); !ok {
		return nil, nil, false
	}
	return byPath(a), byPath(b), true
}

// fetched replaces the entries that stand for many files by those files, and
// leaves out those that the other side has too.
func fetched(list, other []result.File, files Lister) (all []result.File, ok bool) {
	for _, file := range list {
		switch {
		case file.Files == 0:
			all = append(all, file)
		case !slices.Contains(other, file):
			many, err := files(file)
			if err != nil {
				return nil, false
			}
			all = append(all, many...)
		}
	}
	return all, true
}

// wholes stands for lists that are not kept: the files of one path as one.
func (p pair) wholes(of side) (before, after map[string]string) {
	whole := func(list []result.File) map[string]string {
		list = slices.Clone(list)
		for i, file := range list {
			if file.Files > 0 {
				list[i].Path = fmt.Sprintf("%s (%d files)", file.Path, file.Files)
			}
		}
		return byPath(list)
	}
	return whole(of(p.a)), whole(of(p.b))
}

func byPath(files []result.File) map[string]string {
	out := make(map[string]string, len(files))
	for _, file := range files {
		digest := file.SHA256
		if file.Executable {
			digest += "+x"
		}
		out[file.Path] = digest
	}
	return out
}

// madeBy lists what the stages of either run make.
func madeBy(a, b result.Run) map[string]bool {
	made := map[string]bool{}
	for _, run := range []result.Run{a, b} {
		for i := range run.Stages {
			for _, file := range run.Stages[i].Outputs {
				made[file.Path] = true
			}
		}
	}
	return made
}

func shortDigest(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 12)]
}
