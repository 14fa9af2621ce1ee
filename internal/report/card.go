package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/result"
)

// Card writes the model card of a version as Markdown: the sections are those of
// Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019, section 4), the
// front matter has the keys of Hugging Face's model cards (hub-docs, modelcard.md).
// Move is the promotion that it was written for; nil if there was none. What muster
// cannot know (what the model is meant for) the card says it does not know.
func Card(w io.Writer, v result.Version, move *result.Move) error {
	buf := bufio.NewWriter(w)
	c := card{markdown: markdown{Writer: buf, v: cardView(v)}, version: v, move: move}
	if err := c.frontMatter(); err != nil {
		return fmt.Errorf("write model card: %w", err)
	}
	c.title()
	c.details()
	c.use()
	c.evaluation()
	c.analyses()
	c.caveats()
	c.training()
	c.made()
	return buf.Flush()
}

// card lays out what is known of one version.
type card struct {
	markdown
	version result.Version
	move    *result.Move
}

func cardView(v result.Version) *view {
	if v.Decision == nil {
		return &view{Name: cardName(v)}
	}
	return &view{Name: cardName(v), Decision: newDecision(*v.Decision, v.Run)}
}

func cardName(v result.Version) string {
	if v.Run != nil {
		return clip(clean(v.Run.Pipeline), nameLimit)
	}
	return "model"
}

// cardMatter is the front matter. A model index (Papers with Code's, as Hugging Face
// reads it) needs a type of task and of data set: nobody told muster either.
type cardMatter struct {
	ModelName string      `yaml:"model_name"`
	Tags      []string    `yaml:"tags"`
	Datasets  []string    `yaml:"datasets,omitempty"`
	Metrics   []string    `yaml:"metrics,omitempty"`
	Index     []cardIndex `yaml:"model-index,omitempty"`
}

type cardIndex struct {
	Name    string       `yaml:"name"`
	Results []cardResult `yaml:"results"`
}

type cardResult struct {
	Task    map[string]string `yaml:"task"`
	Dataset map[string]string `yaml:"dataset"`
	Metrics []cardMetric      `yaml:"metrics"`
}

type cardMetric struct {
	Type  string  `yaml:"type"`
	Name  string  `yaml:"name"`
	Value float64 `yaml:"value"`
}

// inMatter is a name for the front matter: what reads no front matter shows it as
// Markdown, where the escapes of YAML are none.
func inMatter(text string) string {
	return strings.Map(func(r rune) rune {
		if wordy(r) || strings.ContainsRune("._/ -+=", r) {
			return r
		}
		return '-'
	}, clip(clean(text), nameLimit))
}

func (c card) frontMatter() error {
	matter := cardMatter{ModelName: inMatter(c.v.Name), Tags: []string{"muster"}}
	var values []cardMetric
	for _, metric := range slices.Sorted(maps.Keys(c.version.Metrics)) {
		value, label := c.version.Metrics[metric], inMatter(metric)
		if math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		matter.Metrics = append(matter.Metrics, label)
		values = append(values, cardMetric{Type: label, Name: label, Value: value})
	}
	if len(values) > 0 {
		set := map[string]string{"type": "evaluation", "name": "evaluation data"}
		if c.version.Decision != nil && c.version.Decision.Receipt.EvaluationData != "" {
			set["revision"] = c.version.Decision.Receipt.EvaluationData
		}
		matter.Index = []cardIndex{{Name: matter.ModelName, Results: []cardResult{{Task: map[string]string{"type": "other"}, Dataset: set, Metrics: values}}}}
	}
	text, err := yaml.Marshal(matter)
	if err != nil {
		return err
	}
	c.line("---\n%s---", text)
	return nil
}

func (c card) title() {
	c.line("\n# %s", mdText(c.v.Name))
	if d := c.version.Decision; d != nil {
		c.line("\n%s", mdPhrase(phrase{said(sentence(decided(*d)))}, true))
	}
	if c.move != nil && c.move.Override {
		c.line("\n%s %s", bad.emoji(), mdPhrase(phrase{
			{Text: "Promoted by a person although the gate did not let it pass", Style: strong}, own(": "), said(c.move.By + ": " + c.move.Reason),
		}, false))
	}
}

func (c card) details() {
	m, run := c.version.Model, c.version.Run
	facts := []fact{
		{Label: "Model", Value: phrase{name(m.Path), own(", digest "), name(m.Digest)}},
		{Label: "Made", Value: phrase{own(moment(c.version.Created))}},
		{Label: "Training key", Value: phrase{name(m.TrainingKey)}},
	}
	if m.Commit != "" {
		facts = append(facts, fact{Label: "Commit", Value: phrase{name(m.Commit)}})
	}
	if run != nil {
		facts = append(facts, fact{Label: "Run", Value: phrase{name(run.ID)}})
		if run.Git != nil && run.Git.Dirty {
			facts = append(facts, fact{Label: "Working copy", Value: phrase{own("differed from the commit: nobody can say later what was trained")}})
		}
	}
	size := int64(0)
	for _, file := range m.Files {
		size += file.Size
	}
	facts = append(facts, fact{Label: "Files", Value: phrase{own(plural(len(m.Files), "file", "files") + fmt.Sprintf(", %d bytes", size))}})
	c.section("Model details")
	c.facts(facts)
}

func (c card) section(title string) { c.line("\n## %s\n", title) }

func (c card) use() {
	c.section("Intended use")
	c.line("Not recorded: what the model is for, who is to use it, and where it must not be used, people have to say.")
}

// evaluation is section 4.5 of the paper with what belongs to 4.3 and 4.4: how it was measured.
func (c card) evaluation() {
	c.section("Evaluation data and metrics")
	if c.version.Decision == nil {
		c.line("Not recorded: the version was added without a decision.")
		return
	}
	c.facts(slices.DeleteFunc(slices.Clone(c.v.Decision.Receipt), func(f fact) bool {
		return strings.HasPrefix(f.Label, "Policy ") || strings.HasPrefix(f.Label, "Candidate")
	}))
}

// analyses are the numbers, overall and on the slices, against the champion of the time.
func (c card) analyses() {
	d := c.v.Decision
	c.section("Quantitative analyses")
	if d == nil || len(d.allRows()) == 0 {
		c.line("Nothing was compared.")
		return
	}
	c.line("The *candidate* is this model; the *champion* is the one in use at the time.\n")
	for _, table := range d.Tables {
		c.rows(table, d.Interval)
		c.line("")
	}
	if len(d.Others) > 0 {
		c.rows(d.othersTable(), d.Interval)
	}
}

// caveats are the limits that muster found.
func (c card) caveats() {
	c.section("Caveats")
	d := c.version.Decision
	if d == nil {
		c.line("Not recorded.")
		return
	}
	wrote := false
	for _, row := range c.v.Decision.allRows() {
		if row.Blind {
			c.line("- %s blind: %s cannot show a drop of five margins", unsure.emoji(), mdText(row.Label()))
			wrote = true
		}
	}
	for _, f := range d.Findings {
		if f.Waived && f.Waiver != nil {
			c.line("- waived until %s: %s", mdText(clip(clean(f.Waiver.Expires), nameLimit)), mdPhrase(phrase{
				name(f.Code), own(", "), said(f.Message), own(" For the reason: "), said(f.Waiver.Reason), own(", says "), said(f.Waiver.Owner),
			}, false))
			wrote = true
		}
	}
	if shown := c.v.Decision.Findings; len(shown) > 0 {
		c.findings(shown, 20)
		wrote = true
	}
	if !wrote {
		c.line("The gate found none. What is not in the evaluation data it cannot have seen.")
	}
}

// training lists what the stages read that no stage made.
func (c card) training() {
	c.section("Training data, code and parameters")
	if c.version.Run == nil {
		c.line("Not recorded.")
		return
	}
	made := map[string]bool{}
	for _, stage := range c.version.Run.Stages {
		for _, file := range stage.Outputs {
			made[file.Path] = true
		}
	}
	c.line("| stage | command | image | parameters | reads |\n|---|---|---|---|---|")
	for _, stage := range c.version.Run.Stages {
		c.line("| %s | %s | %s | %s | %s |", mdCode(name(stage.Name).Text), mdCode(command(stage.Command).Text), mdCode(name(stage.Image).Text),
			mdText(clip(clean(params(stage.Params)), messageLimit)), reads(stage, made))
	}
}

func params(values map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, key+"="+values[key])
	}
	return strings.Join(parts, ", ")
}

// reads lists the first inputs of a stage that come from outside the pipeline.
func reads(stage result.Stage, made map[string]bool) string {
	const most = 20
	var files []string
	for _, file := range stage.Inputs {
		if !made[file.Path] {
			files = append(files, mdCode(name(file.Path).Text)+" "+mdText(short(file.SHA256)))
		}
	}
	if more := len(files) - most; more > 0 {
		files = append(files[:most], "and "+plural(more, "more", "more"))
	}
	return strings.Join(files, ", ")
}

func (c card) made() {
	c.section("Provenance")
	attached := "not recorded"
	for _, file := range c.version.Attachments {
		if file.Path == result.ProvenanceFile {
			attached = "`" + result.ProvenanceFile + "`, an in-toto statement with SLSA provenance, digest " + mdCode(file.SHA256)
		}
	}
	c.line("%s.", capital(attached))
	c.line("\nWritten by muster%s.", mdText(prefixed(" ", musterVersion(c.version))))
}

func musterVersion(v result.Version) string {
	if v.Run == nil {
		return ""
	}
	return clip(clean(v.Run.Muster), nameLimit)
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
