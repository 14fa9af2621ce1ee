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

	"github.com/muster-ci/muster/internal/config"
)

// base is an image that a Dockerfile stands on, and where it is named.
type base struct {
	ref         string
	first, last int // lines, from 1
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

// parseBases follows the Dockerfile reference (docs.docker.com, "FROM", "COPY
// --from"). A name with a variable in it is left to the engine.
func parseBases(dockerfile []byte) ([]base, error) {
	parsed, err := parser.Parse(bytes.NewReader(dockerfile))
	if err != nil {
		return nil, err
	}
	own := map[string]bool{"scratch": true, "": true} // build stages of the file itself
	var bases []base
	take := func(ref string, node *parser.Node) {
		if !own[strings.ToLower(ref)] && !strings.Contains(ref, "$") {
			bases = append(bases, base{ref, node.StartLine, node.EndLine})
		}
	}
	for stage, node := 0, 0; node < len(parsed.AST.Children); node++ {
		line := parsed.AST.Children[node]
		if !strings.EqualFold(line.Value, "from") {
			take(copiedFrom(line), line)
			continue
		}
		words := words(line)
		if len(words) == 0 {
			continue
		}
		take(words[0], line)
		own[fmt.Sprint(stage)] = true
		if len(words) == 3 && strings.EqualFold(words[1], "as") {
			own[strings.ToLower(words[2])] = true
		}
		stage++
	}
	return bases, nil
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
			if line := replaceWord(lines[i], base.ref, at); line != nil {
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
