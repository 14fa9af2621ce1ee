package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
)

// notFound finds in the last lines of a log what a program looked for and did
// not find, in the words of Python, of shells and of the C library.
var notFound = regexp.MustCompile(`(?:No such file or directory: '([^'\n]+)')|(?:can't open file '([^'\n]+)')|(?:No module named '([\w.]+)')|(?:cannot open ([^\s:]+): No such file)|(?:(?m:^[\w./-]+: (?:can't open )?'?([^\s:']+)'?: No such file or directory))`)

// forgotten says what a stage looked for in vain that lies in the repository and
// is not among its inputs: the commonest mistake in a first pipeline. It returns
// "" if there is no such thing.
func (s *session) forgotten(stage config.Stage, log string) string {
	for _, groups := range slices.Backward(notFound.FindAllStringSubmatch(log, -1)) {
		for i, name := range groups[1:] {
			if name == "" {
				continue
			}
			const module = 2 // the group of Python's modules
			if found := s.inRepository(stage, name, i == module); found != "" {
				return fmt.Sprintf("%s is in the repository, but a stage sees only its inputs; add it to inputs: of stage %s", found, stage.Name)
			}
		}
	}
	return ""
}

// inRepository returns the path below the project that a name stands for, if
// there is one that the stage does not declare.
func (s *session) inRepository(stage config.Stage, name string, module bool) string {
	names := []string{strings.TrimPrefix(name, "/workspace/")}
	if module {
		name = strings.ReplaceAll(name, ".", "/")
		first, _, _ := strings.Cut(name, "/")
		names = nil
		for _, folder := range s.importFolders(stage) {
			names = append(names, path.Join(folder, name+".py"), path.Join(folder, name), path.Join(folder, first))
		}
	}
	for _, name := range names {
		name = path.Clean(name)
		if !filepath.IsLocal(name) || isSource(stage, name) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(s.Dir, filepath.FromSlash(name))); !errors.Is(err, fs.ErrNotExist) && name != "." {
			return name
		}
	}
	return ""
}

// importFolders lists where a script of the stage would look for a module: beside
// itself, and at the top.
func (s *session) importFolders(stage config.Stage) []string {
	folders := []string{".", "src"}
	for _, in := range stage.Inputs {
		if folder := path.Dir(in); !config.IsPattern(in) && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

func isSource(stage config.Stage, name string) bool {
	return slices.ContainsFunc(sources(stage), func(in string) bool { return config.Within(name, in) || config.Matches(in, name) })
}
