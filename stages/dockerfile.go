package stages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/muster-ci/muster/internal/config"
)

// base is an image that a Dockerfile stands on, and where it is named.
type base struct {
	ref         string
	written     string // as the file has it, with its variables
	first, last int    // lines, from 1
}

// baseImages lists the images that a build stage's Dockerfile takes from
// elsewhere: by FROM, or by COPY and RUN --from.
func (s *session) baseImages(stage config.Stage) ([]base, error) {
	name := filepath.Join(s.Dir, filepath.FromSlash(stage.Build.Context), filepath.FromSlash(stage.Build.Dockerfile))
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read Dockerfile: %w", err)
	}
	bases, err := parseBases(data)
	if err != nil {
		return nil, &stageError{fmt.Errorf("read %s: %w", stage.Build.Dockerfile, err)}
	}
	return bases, nil
}

// parseBases follows the Dockerfile reference (docs.docker.com: "FROM", "COPY
// --from", "Understand how ARG and FROM interact").
func parseBases(dockerfile []byte) ([]base, error) {
	parsed, err := parser.Parse(bytes.NewReader(dockerfile))
	if err != nil {
		return nil, err
	}
	r := &baseReader{own: map[string]bool{"scratch": true, "": true}, lex: shell.NewLex(parsed.EscapeToken)}
	for _, line := range parsed.AST.Children {
		r.read(line)
	}
	return r.bases, nil
}

// baseReader goes through a Dockerfile, line by line.
type baseReader struct {
	own    map[string]bool // the names and numbers of the file's own build stages
	stages int
	args   []string // NAME=DEFAULT of those that stand before the first FROM
	lex    *shell.Lex
	bases  []base
}

func (r *baseReader) read(line *parser.Node) {
	words := words(line)
	switch {
	case strings.EqualFold(line.Value, "arg") && r.stages == 0:
		for _, word := range words {
			if value, ok := r.expand(word); ok && strings.Contains(word, "=") {
				r.args = append(r.args, value)
			}
		}
	case !strings.EqualFold(line.Value, "from"):
		r.take(copiedFrom(line), line)
	case len(words) > 0:
		r.take(words[0], line)
		r.own[fmt.Sprint(r.stages)] = true
		if len(words) == 3 && strings.EqualFold(words[1], "as") {
			r.own[strings.ToLower(words[2])] = true
		}
		r.stages++
	}
}

// take notes an image, if it is none of the file's own. A name with a variable
// that has no default is left to the engine.
func (r *baseReader) take(written string, line *parser.Node) {
	ref, ok := r.expand(written)
	if ok && !r.own[strings.ToLower(ref)] {
		r.bases = append(r.bases, base{ref, written, line.StartLine, line.EndLine})
	}
}

// expand puts the defaults of arguments in place of their names.
func (r *baseReader) expand(word string) (string, bool) {
	out, unknown, err := r.lex.ProcessWord(word, shell.EnvsFromSlice(r.args))
	return out, err == nil && len(unknown) == 0
}

func words(line *parser.Node) []string {
	var out []string
	for node := line.Next; node != nil; node = node.Next {
		out = append(out, node.Value)
	}
	return out
}

// copiedFrom returns what COPY --from or RUN --mount=from= names.
func copiedFrom(line *parser.Node) string {
	for _, flag := range line.Flags {
		if ref, ok := strings.CutPrefix(flag, "--from="); ok {
			return ref
		}
		if mount, ok := strings.CutPrefix(flag, "--mount="); ok {
			for field := range strings.SplitSeq(mount, ",") {
				if ref, ok := strings.CutPrefix(field, "from="); ok {
					return ref
				}
			}
		}
	}
	return ""
}

// identities says what each base is, for the key. A pinned one need not be here for that.
func (s *session) identities(ctx context.Context, stage config.Stage, bases []base, find imageFinder) ([]string, error) {
	var out []string
	for _, base := range bases {
		if digest := s.lock.image(base.ref); digest != "" {
			out = append(out, base.ref+" "+digest)
			continue
		}
		image, err := find(ctx, stage.Name, base.ref)
		if err != nil {
			return nil, err
		}
		out = append(out, base.ref+" "+image.Identity)
	}
	return out, nil
}

// pinnedDockerfile returns the Dockerfile with each pinned base at its digest,
// or nil if it can be used as it is.
func (s *session) pinnedDockerfile(stage config.Stage, bases []base) ([]byte, error) {
	name := filepath.Join(s.Dir, filepath.FromSlash(stage.Build.Context), filepath.FromSlash(stage.Build.Dockerfile))
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read Dockerfile: %w", err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	changed := false
	for _, base := range bases {
		digest := s.lock.image(base.ref)
		if digest == "" || strings.Contains(base.ref, "@") {
			continue
		}
		if base.last > len(lines) {
			return nil, errors.New("read Dockerfile: it changed while it was read")
		}
		at, err := pinned(base.ref, digest)
		if err != nil {
			return nil, err
		}
		for i := base.first - 1; i < base.last; i++ {
			if line := replaceWord(lines[i], base.written, at); line != nil {
				lines[i], changed = line, true
				break
			}
		}
	}
	if !changed {
		return nil, nil
	}
	return bytes.Join(lines, nil), nil
}

// replaceWord replaces the first place where word stands alone in the line, or returns nil.
func replaceWord(line []byte, word, by string) []byte {
	for from := 0; ; {
		at := bytes.Index(line[from:], []byte(word))
		if at < 0 {
			return nil
		}
		at += from
		end := at + len(word)
		if (at == 0 || strings.ContainsRune(" \t=\"", rune(line[at-1]))) && (end == len(line) || strings.ContainsRune(" \t\r\n,\"\\", rune(line[end]))) {
			return append(append(bytes.Clone(line[:at]), by...), line[end:]...)
		}
		from = end
	}
}
