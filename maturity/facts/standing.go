package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// A gate of a project's own making asks what the model in use had measured, holds the
// candidate against it, and lets the candidate take its place. The three may stand in
// different files and commands; they are facts that share a word: "standing" for what
// is in use by any of its names, else the name of the file or artefact that is handed on.
const inUse = "standing"

// ofUse is a word for what is in use, as a part of a name or path.
const ofUse = `(current|production|prod|champion|incumbent|deployed|live|active)`

var (
	// readsStanding and writesStanding are names of functions that get and set it.
	readsStanding  = regexp.MustCompile(`(?i)^_*((get|load|read|fetch|find|query|evaluate|score)_)?` + ofUse + `(_?(model|version|metrics?|scores?|measures?|performance|info|meta(data)?|entry|record|f1|auc|rmse|mae|accuracy|r2|loss|champion))*$`)
	writesStanding = regexp.MustCompile(`(?i)^_*(set|save|write|update|promote|publish|mark|make|replace|swap|switch)_(\w+_)?` + ofUse + `(_?(model|version|metrics?|entry|record))*$|^_*(promote|publish|activate)_(\w+_)?(model|candidate|challenger|version)$`)
	// asks and setsRow are what such functions do with a database or a service.
	asks    = regexp.MustCompile(`(^|\.)(execute|query|scalar|fetchone|fetchrow|read_sql|read_sql_query|find_one|get_item|get|hgetall|hget|all|first|one_or_none)$`)
	setsRow = regexp.MustCompile(`(^|\.)(execute|commit|update_one|replace_one|insert_one|put_item|set|hset|hmset|to_sql)$`)
	// selects and updates are statements about what is in use among models.
	selects = regexp.MustCompile(`(?is)select\b.*\bfrom\b.*\b(is_)?` + ofUse + `\b`)
	updates = regexp.MustCompile(`(?is)update\b.*\bset\b.*\b(is_)?` + ofUse + `\b`)
	ofModel = regexp.MustCompile(`(?i)model|metric|score|version|registry|champion`)
)

// standing makes the facts of gates by what the model in use left.
func (b *builder) standing(g *callGraph) {
	for _, m := range b.ownModules() {
		b.standingFunctions(m)
		b.standingFiles(g, m)
		b.plainRivals(m)
		b.handedOn(m)
	}
	for _, h := range b.reach.Hits {
		b.standingCommand(h)
	}
}

// standingFact makes a fact of one place that reads or writes what is in use.
func (b *builder) standingFact(m module, category, word, subject string, line, fn int) {
	b.add(Fact{
		Category: category, Subject: shorten(subject), Path: m.file, Line: max(line, 1), Context: string(source.Source),
		Function: m.mod.FuncName(fn), Entries: m.links, Detail: map[string]any{"word": word},
	})
}

// standingFunctions makes facts of functions that are named for getting or setting what
// is in use, and do so with a file, a database or a service.
func (b *builder) standingFunctions(m module) {
	calls := map[int][]python.Call{}
	for _, c := range m.mod.Calls {
		calls[c.Func] = append(calls[c.Func], c)
	}
	for i, f := range m.mod.Funcs {
		does := func(those ...*regexp.Regexp) bool {
			return slices.ContainsFunc(calls[i], func(c python.Call) bool {
				return slices.ContainsFunc(those, func(re *regexp.Regexp) bool { return re.MatchString(c.Name) })
			})
		}
		switch {
		case b.fits(readsStanding, f.Name) && does(readsFile, asks):
			b.standingFact(m, "standing.read", inUse, "def "+f.Name, f.Line, i)
		case b.fits(writesStanding, f.Name) && does(updatesFile, setsRow):
			b.standingFact(m, "standing.write", inUse, "def "+f.Name, f.Line, i)
		}
	}
}

// standingFiles makes facts of calls that read or write a file of what is in use, and of
// statements for a database about it. A function of the project's own that is given such
// a file reads it, unless it is named for writing.
func (b *builder) standingFiles(g *callGraph, m module) {
	for _, c := range m.mod.Calls {
		if c.Decorator {
			continue
		}
		for _, text := range standingPaths(m.mod, c) {
			word := wordOf(text)
			writes := c.Method() == "open" && c.OpensToWrite()
			switch {
			case updatesFile.MatchString(c.Name) && (c.Method() != "open" || writes):
				b.standingFact(m, "standing.write", word, c.Subject()+" "+text, c.Line, c.Func)
			case readsFile.MatchString(c.Name), !updates.MatchString(c.Method()) && len(g.resolve(site{m.file, c.Func}, c.Name)) > 0:
				b.standingFact(m, "standing.read", word, c.Subject()+" "+text, c.Line, c.Func)
			}
		}
		for _, a := range c.Args {
			switch {
			case len(a.Text) < 12 || !ofModel.MatchString(a.Text):
			case updates.MatchString(a.Text):
				b.standingFact(m, "standing.write", inUse, a.Text, c.Line, c.Func)
			case selects.MatchString(a.Text):
				b.standingFact(m, "standing.read", inUse, a.Text, c.Line, c.Func)
			}
		}
	}
}

// wordOf is the word that a path shares with others of the same thing.
func wordOf(text string) string {
	switch word := strings.ToLower(standingFile.FindStringSubmatch(text + "/")[2]); word {
	case "best", "latest", "previous", "baseline":
		return word
	}
	return inUse
}

var (
	plainStanding = regexp.MustCompile(`(?i)^(old|prev|previous|current|production|prod|champion|baseline|best|existing|incumbent|deployed)$`)
	plainNew      = regexp.MustCompile(`(?i)^(new|candidate|challenger|contender|cand)$`)
	// fromBefore are words that what is trained also has for its own last step.
	fromBefore = regexp.MustCompile(`(?i)(^|[ ._])(best|prev|previous|last|latest|saved)([ ._]|$)`)
)

// plainRivals makes facts of comparisons that decide something and whose sides are called
// no more than new and old, or the measure and the same of what is in use.
func (b *builder) plainRivals(m module) {
	does := doingsOf(m.mod)
	for _, c := range m.mod.Compares {
		if c.Idle || c.Fixed || !plainly(c.Left, c.Right) && !plainly(c.Right, c.Left) || does.fits[c.Func] || strings.Contains(c.Left+c.Right, "epoch") {
			continue
		}
		if fromBefore.MatchString(c.Left+" "+c.Right) && !does.before(c) {
			continue
		}
		b.note(m, "compare.plain", c.Left+" and "+c.Right, c.Line, m.mod.FuncName(c.Func))
	}
}

// handedOn makes a fact of a difference between the candidate's measure and that of what
// is in use, which a module writes down for another step to decide by.
func (b *builder) handedOn(m module) {
	at := slices.IndexFunc(m.mod.Keys, func(w python.Word) bool { return differenceName.MatchString(w.Text) })
	if at < 0 || !slices.ContainsFunc(m.mod.Calls, writesIndex) || !slices.ContainsFunc(m.mod.Calls, func(c python.Call) bool { return storeLookup.MatchString(c.Name) }) {
		return
	}
	// What each name may be is asked once; few pairs are left.
	var plain, measures []python.Word
	for _, a := range m.mod.Names {
		if isAside(a.Text) {
			continue
		}
		if isPlainNew(a.Text) {
			plain = append(plain, a)
		}
		if isMeasure(a.Text) && !standingWord.MatchString(a.Text) {
			measures = append(measures, a)
		}
	}
	for _, s := range m.mod.Names {
		against := measures
		switch {
		case isAside(s.Text):
			continue
		case plainStanding.MatchString(s.Text):
			against = plain
		case !isMeasure(s.Text) || !standingWord.MatchString(s.Text):
			continue
		}
		if slices.ContainsFunc(against, func(a python.Word) bool { return plainly(a.Text, s.Text) }) {
			b.note(m, "compare.handed", "the difference to "+s.Text, m.mod.Keys[at].Line, "")
			return
		}
	}
}

// plainly reports whether a is a candidate's measure and s that of what is in use.
func plainly(a, s string) bool {
	switch {
	case strings.Contains(strings.ToLower(a+s), "thresh"), described.MatchString(a), described.MatchString(s):
		return false
	case plainStanding.MatchString(s):
		return isPlainNew(a)
	}
	return isMeasure(a) && isMeasure(s) && standingWord.MatchString(s) && !standingWord.MatchString(a)
}

// isPlainNew reports whether a name is a candidate's beside one that is only called old.
func isPlainNew(a string) bool {
	return plainNew.MatchString(a) || numberName.MatchString(a) && !standingWord.MatchString(a)
}

// isAside reports whether a name is that of a bound or of a place, never of a measure.
func isAside(name string) bool {
	return strings.Contains(strings.ToLower(name), "thresh") || described.MatchString(name)
}

var (
	storeLookup = regexp.MustCompile(`(^|\.)(artifact|use_artifact|get_model_version_by_alias|get_latest_versions|search_model_versions|list_model_packages)$|models\.(get|list)$`)
	// measuresFile is a file of what was measured, or of the model's own account.
	measuresFile = regexp.MustCompile(`(?i)(metric|score|eval|result|report|performance|info)\w*\.(json|ya?ml|csv|txt|pkl)$`)
	// earlier is a commit before the one that is tried.
	earlier = regexp.MustCompile(`^(origin/|HEAD[~^]|main:|master:|upstream/|\$)`)
)

// standingCommand makes facts of commands and actions that bring what the model in use
// left, or put the candidate in its place.
func (b *builder) standingCommand(h reach.Hit) {
	note := func(category, word string) {
		text := strings.Join(h.Args, " ")
		if h.Uses != "" {
			text = h.Uses + " " + inputs(h.With)
		}
		b.add(Fact{
			Category: category, Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command",
			Entries: []Link{linkOf(h)}, Detail: map[string]any{"word": word},
		})
	}
	action, _, _ := strings.Cut(h.Uses, "@")
	switch {
	case action == "actions/upload-artifact":
		note("standing.write", "artifact "+h.With["name"])
	case action == "dawidd6/action-download-artifact", action == "actions/download-artifact" && h.With["run-id"] != "":
		note("standing.read", "artifact "+h.With["name"])
	case len(h.Args) > 2 && h.Args[0] == "git" && h.Args[1] == "show":
		if ref, file, ok := strings.Cut(h.Args[2], ":"); ok && earlier.MatchString(ref+":") && measuresFile.MatchString(file) && b.writesMeasures(file) {
			note("standing.read", "git "+path.Base(file))
			note("standing.write", "git "+path.Base(file)) // by the merge
		}
	default:
		from, to := copiedPaths(h.Args)
		if standingFile.MatchString(from + "/") {
			note("standing.read", wordOf(from))
		}
		if brought := strings.Contains(from, "://") && !strings.Contains(to, "://"); standingFile.MatchString(to+"/") && !brought {
			note("standing.write", wordOf(to))
		}
	}
}

// writesMeasures reports whether the project's own code writes a file of that name. The
// names of all that it writes are gathered once.
func (b *builder) writesMeasures(file string) bool {
	if b.memo.written == nil {
		b.memo.written = map[string]bool{}
		for _, m := range b.ownModules() {
			for _, c := range m.mod.Calls {
				if !updatesFile.MatchString(c.Name) || c.Method() == "open" && !c.OpensToWrite() {
					continue
				}
				for _, text := range pathsOf(c) {
					b.memo.written[path.Base(text)] = true
				}
			}
		}
	}
	return b.memo.written[path.Base(file)]
}

// copiedPaths are the two places of a command that copies one to the other.
func copiedPaths(args []string) (from, to string) {
	if len(args) < 3 {
		return "", ""
	}
	rest := args[1:]
	switch args[0] {
	case "cp", "mv", "rsync", "rclone", "mc", "gsutil":
	case "aws", "gcloud":
		if args[1] != "s3" && args[1] != "storage" {
			return "", ""
		}
	default:
		return "", ""
	}
	for _, a := range rest {
		if !strings.HasPrefix(a, "-") {
			from, to = to, a
		}
	}
	return from, to
}
