package report

import (
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/muster-ci/muster/internal/result"
)

// Notes are what stands around a report where a host shows it.
type Notes struct {
	// Report and Job are the addresses of the whole report and of the job; empty for none.
	Report, Job string
	// Commit is the change's own last commit, if what was checked out is another: its merge with the base.
	Commit string
	// Unverified says why nobody vouches for the report: "from a fork". Then its headline
	// does not look like a pass, and a comment has a marker of its own, [Marker] of the
	// name and "/unverified", so that it is never taken for one that somebody vouches for.
	Unverified string
	// Failed says why the commit is marked as a failure though the gate did not deny:
	// "maturity level 1 is below the 3 that are asked for". It is then the headline.
	Failed string
	// Warnings stand below the first sentence, Remarks in small letters at the end.
	Warnings, Remarks []string
	// Owners are who should look at what did not pass, as CODEOWNERS names them:
	// "@acme/ml-leads". They are called only if Mention is true.
	Owners  []string
	Mention bool
	// Key stands for what the report says, apart from when and how fast: a comment that
	// was written of the same [Says] it. Empty for none.
	Key string
}

// What hosts take.
//
// GitHub stores 262,144 bytes of a comment, and says itself that 65,536 characters
// is its limit; so many units of UTF-16 are below both, however it counts. A check
// run's summary holds 65,535 characters (REST API, "Create a check run"), a job's
// summary 1 MiB ("Workflow commands", "Step isolation and limits"). GitLab takes more.
const (
	CommentLimit    = 65_536    // UTF-16 units
	CheckLimit      = 65_535    // bytes
	JobSummaryLimit = 1_048_576 // bytes
)

// maxNotes is how many lines and owners are shown of each kind.
const maxNotes = 5

// Comment writes what a change's comment says: the pipeline's marker, the report, the
// earlier verdicts about the change, and, hidden, what [Earlier] reads for the next
// job. Where it would be too long, details are left out, and never the verdict.
func Comment(w io.Writer, r result.Report, earlier []result.PastVerdict, o Notes) error {
	m := markdown{v: hostView(r, o), notes: o, host: true, marked: true}
	now := verdictOf(r, m.v, o)
	m.earlier = past(earlier, now)
	kept := append(slices.Clip(m.earlier), now...)
	state, err := hidden(kept, digestOf("", o.Key))
	if err != nil {
		return err
	}
	most := limit{CommentLimit - utf16Units(state), utf16Units}
	rooms := []amounts{{8, 8, 12, 60}, {5, 5, 5, 20}, {3, 3, 3, 10}}
	body := m.within(most, rooms, func(m markdown) []part { return m.comment(r) })
	if state, err = hidden(kept, digestOf(body, o.Key)); err != nil { // as long as the one before
		return err
	}
	_, err = io.WriteString(w, body+state)
	return err
}

// Summary writes the report for a check or a job, in at most as many bytes; see
// [CheckLimit] and [JobSummaryLimit].
func Summary(w io.Writer, r result.Report, o Notes, most int) error {
	m := markdown{v: hostView(r, o), notes: o, host: true}
	bytes := limit{most, func(s string) int { return len(s) }}
	rooms := []amounts{{50, 50, 30, 5000}, {20, 20, 12, 60}, {5, 5, 5, 20}, {3, 3, 3, 10}}
	_, err := io.WriteString(w, m.within(bytes, rooms, markdown.summary))
	return err
}

// Headline is what a check or a status says in a line of plain text: what was
// decided, in a sentence of at most 140 characters, which is what GitHub takes for
// a status ("Create a commit status", description).
func Headline(r result.Report, o Notes) string {
	const most = 140
	return clip(plainText(hostView(r, o).plain()), most)
}

// plain is the headline without its name, not escaped.
func (v *view) plain() string {
	line := capital(v.Verdict)
	if len(v.Clause) > 0 {
		line += ": " + v.Clause.String()
	}
	return line
}

// hostView is the view of a report for a host, which shows it as a state of a
// commit: what has nothing to decide about yet is no pass.
func hostView(r result.Report, o Notes) *view {
	v := newView(r)
	if o.Commit != "" {
		v.Commit = commit7(o.Commit)
	}
	if Pending(r) {
		v.Tone, v.Verdict, v.Clause = waiting, "pending", phrase{own("there is no new model to decide about")}
	}
	if o.Failed != "" && (r.Decision == nil || r.Decision.Verdict == result.Pass) {
		v.fail(o.Failed, r.Decision != nil)
	}
	return v
}

// fail makes the report one of a failure. What the gate decided is
// said all the same.
func (v *view) fail(why string, passed bool) {
	v.Tone, v.Verdict, v.Clause = bad, "failed", phrase{said(why)}
	if passed {
		v.Clause = append(v.Clause, own("; the model passed"))
	}
}

// Pending reports whether there is nothing to decide about yet, since stages were
// not due: neither a pass nor a denial.
func Pending(r result.Report) bool {
	return r.Decision == nil && r.Run != nil && r.Run.Status == result.RunPassed && r.Run.NoModel != ""
}

// warnings are the lines that must be read first.
func (o Notes) warnings() []phrase {
	var lines []phrase
	for _, line := range o.Warnings[:min(len(o.Warnings), maxNotes)] {
		lines = append(lines, phrase{said(line)})
	}
	return lines
}

// where is what holds all of the report.
func (o Notes) where() string {
	if address := webAddress(o.Report); address != "" {
		return mdLink("the full report", address)
	}
	return "report.html"
}

func (o Notes) links() []string {
	var links []string
	for _, l := range []struct{ text, address string }{{"full report", o.Report}, {"job", o.Job}} {
		if address := webAddress(l.address); address != "" {
			links = append(links, mdLink(l.text, address))
		}
	}
	return links
}

// look says who should look at what did not pass.
func (m markdown) look() []fact {
	if m.v.Decision.Verdict == verdictWord(result.Pass) {
		return nil
	}
	var owners []phrase
	for _, owner := range m.notes.Owners[:min(len(m.notes.Owners), maxNotes)] {
		if m.notes.Mention && handle.MatchString(owner) {
			owners = append(owners, phrase{{Text: owner, Style: mention}})
			continue
		}
		owners = append(owners, phrase{name(owner)})
	}
	return []fact{{Label: "Who should look", Value: joined(", ", owners)}}
}

// handle is a user, or a team of an organisation, as GitHub and GitLab name them.
var handle = regexp.MustCompile(`^@[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}){0,5}$`)

// webAddress is an address that a link may lead to, without a character that
// means something in Markdown; empty if it is none.
func webAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return ""
	}
	const longest, harmless = 2000, "-._/:?#&=%+,;"
	var b strings.Builder
	for _, c := range []byte(address) {
		if c < 0x80 && (wordy(rune(c)) || strings.IndexByte(harmless, c) >= 0) {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + strings.ToUpper(hexByte(c)))
	}
	if b.Len() > longest {
		return ""
	}
	return b.String()
}

func hexByte(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// plainText makes text from outside safe where no markup is read, and yet a host
// might see a mention or a reference, or a runner's log a command.
func plainText(s string) string {
	const apart = "\u200b" // has no width
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		b.WriteRune(r)
		if refers(runes, i) || (r == '$' && strings.HasPrefix(string(runes[i+1:min(i+3, len(runes))]), "{{")) {
			b.WriteString(apart)
		}
	}
	return termText(b.String())
}

func utf16Units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
