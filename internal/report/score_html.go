package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

var (
	//go:embed score.html.tmpl
	scoreTemplate string
	//go:embed score.css
	scoreStyle string
)

// The limits of what a page shows of a ready file.
const (
	maxReadyFiles = 40
	maxReadyText  = 64 << 10
)

// ScoreHTML writes a repository's score as a page of its own, which needs no network
// and no scripts: level, shape, the way to the next level with files that are ready
// to be copied, and every criterion with its evidence.
func ScoreHTML(w io.Writer, repository string, a result.Assessment) error {
	page, err := template.New("score").Funcs(pageFuncs()).Parse(scoreTemplate)
	if err == nil {
		_, err = page.New("page").Parse(pageTemplate + chartTemplate)
	}
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	var buf bytes.Buffer
	if err := page.ExecuteTemplate(&buf, "score", newScorePage(repository, a)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = w.Write(plainPage(buf.Bytes()))
	return err
}

// scorePage is what the template is given.
type scorePage struct {
	*maturityView
	Name, Title        string
	Commit, FullCommit string
	Lead               phrase
	Radar              *radar
	Dimensions         []dimensionView
	Claims             []evidenceView
	Files              []readyView
	Attested           int
	Style              template.CSS
}

// readyView is a file that can be copied.
type readyView struct {
	Anchor   string
	Path     string
	Text     string
	Criteria []string
	Edit     bool
	After    string
}

func newScorePage(repository string, a result.Assessment) scorePage {
	p := scorePage{
		maturityView: newMaturity(a), Name: clip(clean(repository), nameLimit),
		Commit: commit7(a.Commit), FullCommit: clean(a.Commit), Style: template.CSS(pageStyle + scoreStyle),
	}
	p.Title = capital(p.Verdict) + ", " + p.Clause.String()
	if p.Name != "" {
		p.Title = p.Name + ": " + p.Title
	}
	if len(p.Roots) > 0 {
		p.Dimensions = p.Roots[0].Dimensions
		p.Radar = newRadar(p.Dimensions)
	}
	for _, root := range p.Roots {
		p.Claims = append(p.Claims, root.Claims...)
	}
	for i, f := range a.Files[:min(len(a.Files), maxReadyFiles)] {
		p.Files = append(p.Files, newReady(i, f))
	}
	p.Attested = attested(a)
	p.Lead = p.Summary
	return p
}

// newReady is a ready file as it is shown. Its text is not made one line of: it is
// there to be copied, and html/template escapes it.
func newReady(i int, f result.ReadyFile) readyView {
	v := readyView{
		Anchor: fmt.Sprintf("ready-%d", i+1), Path: clip(clean(f.Path), nameLimit), Edit: f.Edit,
		After: clip(clean(f.After), messageLimit), Text: cleanText(f.Text),
	}
	for _, id := range f.Criteria {
		v.Criteria = append(v.Criteria, clip(clean(id), nameLimit))
	}
	return v
}

// cleanText cleans a text of several lines, each by itself.
func cleanText(text string) string {
	if len(text) > maxReadyText {
		text = text[:maxReadyText]
	}
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		out = append(out, cleanLine(line))
	}
	return strings.Join(out, "\n")
}

func attested(a result.Assessment) int {
	n := 0
	for _, root := range a.Roots {
		for _, c := range root.Criteria {
			if c.Strength == result.StrengthAttested {
				n++
			}
		}
	}
	return n
}

// FilesFor are the ready files of a criterion, for the template.
func (p scorePage) FilesFor(id string) []readyView {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f readyView) bool { return !slices.Contains(f.Criteria, id) })
}

// Doubts reports whether there is anything to say about how far the score can be trusted.
func (p scorePage) Doubts() bool {
	return len(p.Claims)+len(p.Overrides)+len(p.Unread)+len(p.Forge)+p.Attested > 0 || p.Range != ""
}
