package cues

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// heldOutName are names for data that training does not see.
var heldOutName = regexp.MustCompile(`(?i)^(x|y|df|ds|data|dl|set|n|idx|num)?_?(test|val|valid|validation|hold_?out|dev|oot|eval|unseen)_?(x|y|df|ds|dl|set|data|dataset|loader|dataloader|data_?loader|data_?set|split|slice|iter|gen|generator|frame|idx|indices|labels?|features|size|loss|acc|accuracy|path|file|csv|images|batch|samples|metrics?|score|rmse|mae|f1|auc|dir|fraction|frac|ratio|steps?)?$|^(x|y)(test|val|valid)$|^(test|val|valid|validation)_(size|split|fraction|ratio)$`)

// heldOutFile are paths of held-out data, and the split of that name.
var heldOutFile = regexp.MustCompile(`(?i)(^|[/_-])(x_|y_)?(test|val|valid|validation|hold_?out|eval)([_-]?\w+)?(\.(csv|tsv|parquet|jsonl?|npz?|npy|pkl|feather|txt|arrow|h5|xlsx)|/)$|^(test|val|valid|validation)(\[.*\])?$`)

// heldOut notes the first name in a module that is one for held-out data.
func (f *finder) heldOut() {
	for _, list := range [][]python.Word{f.mod.Names, f.mod.Keys} {
		for _, w := range list {
			if f.fits(heldOutName, w.Text) {
				f.note("heldout.name", w.Text, w.Line, "")
				return
			}
		}
	}
	for _, fn := range f.mod.Funcs {
		if i := slices.IndexFunc(fn.Parameters, func(p string) bool { return f.fits(heldOutName, p) }); i >= 0 {
			f.note("heldout.name", fn.Parameters[i], fn.Line, fn.Name)
			return
		}
	}
	for _, c := range f.mod.Calls {
		for _, text := range c.Texts() {
			if heldOutFile.MatchString(text) {
				f.note("heldout.name", text, c.Line, f.mod.FuncName(c.Func))
				return
			}
		}
	}
}

var (
	measured = regexp.MustCompile(`(?i)metric|score|eval|result|report|perf|accuracy|rmse|summary|history`)
	// statistics are those of a model where a key beside them names a measure.
	statistics = regexp.MustCompile(`(?i)(^|[/_.-])(stat(s|istics)?|errors?)([/_.-]|$)`)
	measureKey = regexp.MustCompile(`(?i)(^|_)(accuracy|f1|f_?beta|auc|roc_auc|precision|recall|rmse|mae|mape|mse|r2|log_?loss)(_|$)`)
	writers    = []string{"dump", "write_text", "safe_dump", "to_json", "to_csv", "open", "write", "savetxt", "save_json", "writerow", "dumps", "log_metrics", "insert_one", "put_object"}
)

// dumpedKey is how a measure is called in a record of several.
var dumpedKey = regexp.MustCompile(`(?i)^((test|val|valid|validation|holdout|eval)_)?(accuracy|acc|f1|f1_score|auc|roc_auc|precision|recall|rmse|mae|mse|mape|r2|r2_score|log_?loss)$`)

// metricFiles notes calls that write what was measured.
func (f *finder) metricFiles() {
	for _, c := range f.mod.Calls {
		if !slices.Contains(writers, c.Method()) || c.Method() == "open" && !c.OpensToWrite() {
			continue
		}
		what := measuredIn(c)
		if what == "" && namesMeasure(f.mod) {
			what = wordIn(c, statistics)
		}
		if what != "" && !madeUp(f.mod, c.Func) {
			f.note("metrics.file", c.Method()+" "+what, c.Line, f.mod.FuncName(c.Func))
			return
		}
	}
}

// madeUp reports whether the numbers that a function writes stand there as literals,
// and nothing in its file could have measured any.
func madeUp(mod *python.Module, fn int) bool {
	pairs := 0
	for _, p := range mod.Pairs {
		if p.Func != fn {
			continue
		}
		if !p.Fixed {
			return false
		}
		pairs++
	}
	return pairs > 1 && !slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return measuring.MatchString(c.Method()) })
}

// measuring are calls that measure, or get what was measured or is to be.
var measuring = regexp.MustCompile(`(?i)score|predict|evaluat|accuracy|precision|recall|rmse|mae$|mse|auc|f1|loss|metric|load|read|get|run|item|mean|compute|test|fit|train`)

// namesMeasure reports whether a module has a key, or a column, that names a measure.
func namesMeasure(mod *python.Module) bool {
	return slices.ContainsFunc(mod.Keys, func(w python.Word) bool { return measureKey.MatchString(w.Text) }) ||
		slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
			columns, _ := c.Arg("columns")
			return columns.Form != nil && slices.ContainsFunc(columns.Items, measureKey.MatchString)
		})
}

// measuredIn returns what a call writes, if its name is one for measures.
func measuredIn(c python.Call) string {
	if c.Method() == "dump" || c.Method() == "safe_dump" {
		for _, a := range c.Args {
			if i := slices.IndexFunc(a.Keys, dumpedKey.MatchString); i >= 0 {
				return a.Keys[i]
			}
		}
	}
	return wordIn(c, measured)
}

// wordIn returns the first name or text of a call that a pattern fits.
func wordIn(c python.Call, pattern *regexp.Regexp) string {
	for _, text := range append([]string{c.On, c.Receiver}, c.Texts()...) {
		if pattern.MatchString(text) && !strings.Contains(text, " ") {
			return strings.NewReplacer(python.Hole+"+version"+python.Hole, "*", python.Hole, "").Replace(text)
		}
	}
	return ""
}

var (
	seedName  = regexp.MustCompile(`(?i)^((global|random|np|torch|rng|model|split|data)_?)?(seed|random_?state)s?$`)
	seedCalls = regexp.MustCompile(`(?i)(^|[._])(manual_seed|manual_seed_all|seed_everything|set_(all_|global_|random_)?seeds?|fix_seeds?|setSeed|set_random_seed|seed_all|default_rng|RandomState|PRNGKey)$|^(random|numpy\.random|tensorflow\.random)\.(seed|set_seed)$|^set\.seed$`)
)

// seeds notes the first place where a module fixes what is random.
func (f *finder) seeds() {
	for _, c := range f.mod.Calls {
		if len(c.Args) > 0 && f.fits(seedCalls, strings.TrimPrefix(c.Name, "?.")) {
			f.note("seed", c.Name, c.Line, f.mod.FuncName(c.Func))
			return
		}
		for _, a := range c.Args {
			if a.Value != "None" && f.fits(seedName, a.Name) {
				f.note("seed", a.Name+" of "+c.Name, c.Line, f.mod.FuncName(c.Func))
				return
			}
		}
	}
	for _, list := range [][]python.Word{f.mod.Keys, f.mod.Names} {
		for _, w := range list {
			if f.fits(seedName, w.Text) {
				f.note("seed", w.Text, w.Line, "")
				return
			}
		}
	}
}

var (
	commitKey = regexp.MustCompile(`(?i)^(mlflow\.source\.)?git[_.-]?(sha|commit|hash|rev|revision|version)([_.-]?(sha|hash|id))?$|^commit([_.-]?(sha|hash|id))?$|^(code|source|repo)[_.-]?(version|commit|sha|revision)$|^vcs[_.-]?(ref|revision)$|^build[_.-]?id$`)
	dataKey   = regexp.MustCompile(`(?i)^(raw[_.-]?|train(ing)?[_.-]?|input[_.-]?)?data(set)?s?[_.-]?(version|hash|sha(256)?|md5|digest|id|checksum|fingerprint|snapshot|rev|revision|commit|manifest)([_.-]?(id|path|hash))?$|^dvc[_.-]?(rev|hash|md5|version)$`)
	// snapshotKey names a snapshot, which may be one of data.
	snapshotKey = regexp.MustCompile(`(?i)^snapshot[_.-]?(id|version|path|hash)s?$`)
)

// recording are calls whose keywords name what they record: a logger, a tag, the
// constructor of a record. A keyword of any other call is only handed on.
var recording = regexp.MustCompile(`(?i)log|tag|record|meta|manifest|lineage|provenance|dict|update|run|info|card|version|regist|report|entry|insert|param|summary|artifact|config|annotat|document`)

// recorded notes keys and tags that name the commit, or the data, of a run.
func (f *finder) recorded() {
	var words []python.Word
	for _, p := range f.mod.Pairs {
		words = append(words, python.Word{Text: p.Name, Line: p.Line})
	}
	for _, c := range f.mod.Calls {
		switch c.Method() {
		case "set_tag", "log_param", "log_text", "tag", "add_tag", "set_property", "add_property":
			if a, ok := c.Positional(0); ok && a.Literal {
				words = append(words, python.Word{Text: a.Value, Line: c.Line})
			}
		}
		named := slices.ContainsFunc(c.Args, func(a python.Arg) bool { return a.Name != "" })
		if !named || !recording.MatchString(c.Method()) {
			continue
		}
		for _, a := range c.Args {
			if a.Name != "" {
				words = append(words, python.Word{Text: a.Name, Line: c.Line})
			}
		}
	}
	slices.SortStableFunc(words, func(a, c python.Word) int { return a.Line - c.Line })
	f.keyed("commit.key", words, commitKey)
	f.keyed("data.key", words, dataKey)
	f.keyed("data.key", f.dataSnapshots(), snapshotKey)
}

// aboutData is a name that speaks of data as its own word.
var aboutData = regexp.MustCompile(`(?i)(^|[_.-])(data|datasets?|tables?|rows?|train(ing)?)([_.-]|$)`)

// dataSnapshots are the keys of a module that stand where it speaks of data: by its
// name, that of the function, or another key there. States and models have snapshots too.
func (f *finder) dataSnapshots() []python.Word {
	all := aboutData.MatchString(strings.TrimSuffix(path.Base(f.file), ".py"))
	speaks := map[int]bool{}
	for _, p := range f.mod.Pairs {
		speaks[p.Func] = speaks[p.Func] || aboutData.MatchString(p.Name) || aboutData.MatchString(f.mod.FuncName(p.Func))
	}
	var out []python.Word
	for _, p := range f.mod.Pairs {
		if all || speaks[p.Func] {
			out = append(out, python.Word{Text: p.Name, Line: p.Line})
		}
	}
	return out
}

// keyed notes the first of the words that matches.
func (f *finder) keyed(category string, words []python.Word, name *regexp.Regexp) {
	if i := slices.IndexFunc(words, func(w python.Word) bool { return name.MatchString(w.Text) }); i >= 0 {
		f.note(category, words[i].Text, words[i].Line, "")
	}
}

// lookups notes addresses in MLflow's registry.
func (f *finder) lookups() {
	for _, w := range f.mod.Addresses {
		if strings.HasPrefix(w.Text, "models:/") {
			f.found = append(f.found, Cue{Category: "registry.lookup", Tool: "MLflow", Subject: w.Text, Line: w.Line})
		}
	}
}

// copies are calls that keep, or fingerprint, what a snapshot is of.
var copies = regexp.MustCompile(`^(shutil\.copy\w*|shutil\.make_archive|hashlib\.\w+)$|[._](to_parquet|to_csv|to_feather|save_to_disk|upload_from_\w+|upload_file|upload_fileobj|put_object|fput_object|copy_blob|copy_object|copy_file|copyfileobj|hexdigest)$`)

// KeepsSnapshots reports whether a module copies or fingerprints data, and writes a
// version of it down.
func KeepsSnapshots(mod *python.Module) bool {
	copied := slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return copies.MatchString(c.Name) }) || copiesBytes(mod)
	keyed := slices.ContainsFunc(mod.Keys, func(w python.Word) bool {
		return dataKey.MatchString(w.Text) || snapshotKey.MatchString(w.Text)
	})
	return copied && (keyed || contentAddressed(mod))
}

// contentAddressed reports whether a module writes down a version beside the hash
// of what it is a version of, and hashes itself.
func contentAddressed(mod *python.Module) bool {
	has := func(names ...string) bool {
		return slices.ContainsFunc(mod.Keys, func(w python.Word) bool { return slices.Contains(names, w.Text) })
	}
	return has("version") && has("sha256", "md5", "digest", "hash", "checksum") &&
		slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return strings.HasPrefix(c.Name, "hashlib.") })
}

// copiesBytes reports whether a function of the module opens one file to read its
// bytes and another one to write them.
func copiesBytes(mod *python.Module) bool {
	read, write := map[int]bool{}, map[int]bool{}
	for _, c := range mod.Calls {
		if c.Method() != "open" {
			continue
		}
		mode, ok := c.Arg("mode")
		if !ok {
			mode, _ = c.Positional(1)
		}
		read[c.Func] = read[c.Func] || mode.Value == "rb"
		write[c.Func] = write[c.Func] || mode.Value == "wb"
		if c.Func >= 0 && read[c.Func] && write[c.Func] {
			return true
		}
	}
	return false
}

var (
	dataAddress = regexp.MustCompile(`(?i)^(https?|ftp|s3|s3a|gs|abfss?|wasbs?|hdfs)://.*(\.(csv|tsv|jsonl?|parquet|zip|gz|tgz|tar|xlsx?|data|txt|npz|arff)(\?.*)?$|/(data|datasets?)/)`)
	localHost   = regexp.MustCompile(`(?i)//(localhost|127\.|0\.0\.0\.0|example\.(com|org)|your[-_])|placeholder|<`)
	addressed   = regexp.MustCompile(`(^|[._])(read_(csv|json|parquet|excel|table|html)|urlopen|urlretrieve|get_file|load_dataset|csv|parquet|download\w*)$|^(requests|httpx)\.(get|Session\(\)\.get)$`)
)

// partition is the part of an address that a parameter fills in, and that names
// a period whose data no longer changes.
var partition = regexp.MustCompile(`(?i)\{[^}]*(year|month|date|\bday|partition|version|snapshot)[^}]*\}`)

// weights are addresses of models that somebody trained, not of data.
var weights = regexp.MustCompile(`(?i)weights|pretrained|checkpoint`)

// addresses notes an address of data in a file that also has a call
// that reads what it is given.
func (f *finder) addresses() {
	if !slices.ContainsFunc(f.mod.Calls, func(c python.Call) bool { return addressed.MatchString(c.Name) }) {
		return
	}
	for _, w := range f.mod.Addresses {
		if dataAddress.MatchString(w.Text) && !localHost.MatchString(w.Text) && !weights.MatchString(w.Text) {
			f.note("data.fetch", "reads "+w.Text, w.Line, "")
			if partition.MatchString(w.Text) {
				f.note("data.partition", "reads "+w.Text, w.Line, "")
			}
			return
		}
	}
}
