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

// The page and its style are files of their own, so that they can be read.
var (
	//go:embed page.html.tmpl
	pageTemplate string
	//go:embed style.css
	pageStyle string
	//go:embed chart.css
	chartStyle string
	//go:embed chart.html.tmpl
	chartTemplate string
)

// HTML writes the report as one page that needs no network and no scripts.
func HTML(w io.Writer, r result.Report) error {
	page, err := template.New("page").Funcs(pageFuncs()).Parse(pageTemplate + chartTemplate)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	plots, err := pictures(r)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	// The style is this package's own text, the only one that is not escaped.
	if err := page.Execute(&buf, pageData{newView(r), plots, courses(r.History), history(r.History), template.CSS(pageStyle + chartStyle)}); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = buf.WriteTo(w)
	return err
}

// pageFuncs are what the templates of pages call.
func pageFuncs() template.FuncMap {
	return template.FuncMap{
		"capital": func(text string) string {
			if text == "" {
				return ""
			}
			return capital(text)
		},
		"pips":  func(n int) string { return strings.Repeat("●", n) + strings.Repeat("○", 4-n) },
		"facts": func(title string, facts []fact) factList { return factList{title, facts} },
		"table": func(d *decisionView, g rowGroup) rowTable { return rowTable{g, d.Interval} },
		"add":   func(a, b int) int { return a + b },
	}
}

// pageData is what the template is given.
type pageData struct {
	*view
	Plots   []template.HTML
	Courses []chart
	Past    []pastView
	Style   template.CSS
}

// factList and rowTable are what the template's parts are given.
type factList struct {
	Title string
	Facts []fact
}

type rowTable struct {
	rowGroup
	Interval string
}

// Title is the name of the page: what a tab or a list of bookmarks shows.
func (v *view) Title() string {
	title := ""
	if v.Tone != neutral {
		title = v.Tone.Mark() + " "
	}
	if v.Name != "" {
		title += v.Name + ": "
	}
	title += v.Verdict
	if len(v.Clause) > 0 {
		title += ", " + v.Clause.String()
	}
	return title + " · muster"
}

// Neutral and Parts are for the template: a report that judges nothing bears no
// mark, and one of a single part needs no way to it.
func (v *view) Neutral() bool { return v.Tone == neutral }

// Parts counts the parts that are there.
func (v *view) Parts() int {
	parts := 0
	for _, there := range []bool{v.Decision != nil, v.Promotion != nil, v.Run != nil, v.Maturity != nil} {
		if there {
			parts++
		}
	}
	return parts
}

// Plotted reports whether any row has a plot.
func (v *decisionView) Plotted() bool {
	return slices.ContainsFunc(v.allRows(), func(r rowView) bool { return r.Plot != nil })
}

// OthersTable and Pointers are for the template.
func (v *decisionView) OthersTable() rowGroup { return v.othersTable() }

func (v *decisionView) Pointers() []fact {
	return slices.DeleteFunc(v.pointers(), func(f fact) bool { return len(f.Value) == 0 })
}

// Short is the promotion in two words: where the alias went.
func (p *promotionView) Short() phrase {
	if p.Verdict == "not promoted" {
		return phrase{p.Alias, own(" stays as it is")}
	}
	return p.What
}

// Describe says what a plot shows, for those who cannot see it.
func (r rowView) Describe() string {
	text := "Change " + r.Change
	if r.Interval != "" {
		text += ", interval " + strings.Trim(r.Interval, "[]")
	}
	return text + "; allowed: " + r.Allowed + ". Verdict: " + r.Verdict + "."
}
