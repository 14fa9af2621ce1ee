package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// data makes the facts of the data that training reads: hashes that DVC keeps,
// and files of data that are committed.
func (b *builder) data() {
	b.results()
	remote := b.dvcRemote()
	for _, file := range b.in.Tree.Files {
		switch {
		case !b.mine(file) || b.in.Tree.Class(file) == source.Fixture || b.in.Tree.Class(file) == source.Vendored:
		case strings.HasSuffix(file, ".dvc"):
			b.dvcFile(file, remote)
		case path.Base(file) == "dvc.lock":
			b.dvcLock(file, remote)
		}
	}
	b.committed()
}

// resultName is what a set of results is called, or what makes one.
var resultName = regexp.MustCompile(`(?i)result|predict|eval|metric|output|report|^on_\w+_end$|valid(ation)?_(step|epoch)|test_(step|epoch)`)

// results takes back that artefacts of a tracker are versions of the data, where
// they hold what a model made of it.
func (b *builder) results() {
	for _, category := range []string{"data.version", "lineage.data"} {
		b.set.Facts[category] = slices.DeleteFunc(b.set.Facts[category], func(f Fact) bool {
			method := f.Subject[strings.LastIndexByte(f.Subject, '.')+1:]
			return (method == "Artifact" || method == "log_artifact") && (resultName.MatchString(f.Function) || b.namedForResults(f))
		})
	}
}

// namedForResults reports whether the artefact that a fact makes has such a name.
func (b *builder) namedForResults(f Fact) bool {
	mod := b.in.Tree.Python[f.Path].Module()
	return mod != nil && slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		name, ok := c.Arg("name")
		if !ok {
			name, _ = c.Positional(0)
		}
		return c.Line == f.Line && c.Subject() == f.Subject && resultName.MatchString(name.Value+name.Text)
	})
}

var remoteURL = regexp.MustCompile(`(?m)^\s*url\s*=\s*(\S+)`)

// dvcRemote returns the first remote that the configuration of DVC names.
func (b *builder) dvcRemote() string {
	for _, file := range b.in.Tree.Files {
		if path.Base(path.Dir(file)) == ".dvc" && path.Base(file) == "config" {
			if m := remoteURL.FindSubmatch(b.in.Tree.Text[file]); m != nil {
				return string(m[1])
			}
		}
	}
	return ""
}

// dvcFile makes a fact of a file that DVC keeps by its hash.
func (b *builder) dvcFile(file, remote string) {
	docs := b.in.Tree.Documents(file)
	if len(docs) == 0 {
		return
	}
	imported := false
	for _, dep := range docs[0].Get("deps").Items() {
		imported = imported || dep.Get("repo").Exists() || strings.Contains(dep.Get("path").Text(), "://")
	}
	for _, out := range docs[0].Get("outs").Items() {
		hash := out.Get("md5")
		if !hash.Exists() {
			hash = out.Get("etag")
		}
		name := strings.TrimSuffix(file, ".dvc")
		if !hash.Exists() || source.IsModel(name) {
			continue
		}
		b.add(Fact{
			Category: "data.dvc", Tool: "DVC", Subject: "hash of " + out.Get("path").Text(), Path: file, Line: hash.Line(), Context: string(source.Source),
			Detail: map[string]any{"remote": remote != "" || imported, "imported": imported},
		})
	}
}

// dvcLock makes a fact of the first file of data whose hash a dvc.lock holds as
// what a stage read.
func (b *builder) dvcLock(file, remote string) {
	docs := b.in.Tree.Documents(file)
	if len(docs) == 0 {
		return
	}
	made := map[string]bool{} // what a stage writes can be made again
	for _, stage := range docs[0].Get("stages").Entries() {
		for _, out := range stage.Value.Get("outs").Items() {
			made[out.Get("path").Text()] = true
		}
	}
	for _, stage := range docs[0].Get("stages").Entries() {
		for _, dep := range stage.Value.Get("deps").Items() {
			name, hash := dep.Get("path").Text(), dep.Get("md5")
			if hash.Exists() && !noData.MatchString(name) && !source.IsModel(name) {
				b.add(Fact{
					Category: "data.dvc", Tool: "DVC", Subject: "hash of " + name, Path: file, Line: hash.Line(), Context: string(source.Source),
					Detail: map[string]any{"remote": remote != "" || made[name] || b.in.Tree.Has(path.Join(path.Dir(file), name)), "imported": false},
				})
				return
			}
		}
	}
}

// noData are code and configuration that a stage reads beside its data.
var noData = regexp.MustCompile(`(?i)\.(py|r|jl|sh|ipynb|ya?ml|toml|cfg|ini|md|lock)$|(^|/)(src|conf|configs?)(/|$)`)

var (
	tableFile = regexp.MustCompile(`(?i)\.(csv|tsv|parquet|feather|arrow|jsonl|ndjson|xlsx?|npz|npy|arff|libsvm|data|csv\.gz|csv\.zip|zip|tar\.gz|sqlite3?|db|h5|hdf5|sas7bdat|rds|rda|pkl)$`)
	textFile  = regexp.MustCompile(`(?i)\.(json|txt|pickle|png|jpe?g|wav|tif+)$`)
	dataDir   = regexp.MustCompile(`(?i)(^|/)(data|datasets?|raw|input|inputs|images)(/|$)`)
)

// isListing reports whether a text says what a folder is built or made of: a
// service that is called data has such files, too.
func isListing(file string) bool {
	return source.IsRequirements(file) || buildText.MatchString(path.Base(file))
}

var buildText = regexp.MustCompile(`(?i)^(package(-lock)?|tsconfig|composer|cmakelists|readme|licen[cs]e|changelog|top_level|sources)\b.*\.(json|txt)$`)

// committed makes a fact of each file of data in the repository that code which
// trains names.
func (b *builder) committed() {
	var files []string
	pictures := b.pictures()
	for _, f := range b.in.Tree.Files {
		class := b.in.Tree.Class(f)
		if pictureFile.MatchString(f) && pictures[path.Dir(f)] < minPictures {
			continue // a sample to be shown
		}
		isData := tableFile.MatchString(f) && !source.IsModel(f) || textFile.MatchString(f) && dataDir.MatchString(path.Dir(f)) && !isListing(f)
		if isData && b.mine(f) && !outputs.MatchString(path.Dir(f)) && (class == source.Source || class == source.Docs) {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return
	}
	named := b.namedByTraining()
	for _, f := range files {
		if r, ok := named.find(f); ok {
			b.add(Fact{
				Category: "data.committed", Subject: f + " in git, named by " + r.path, Path: r.path, Line: max(r.line, 1), Context: string(source.Source),
				Entries: b.links(r.file), Detail: map[string]any{"file": f},
			})
		}
	}
}

var pictureFile = regexp.MustCompile(`(?i)\.(png|jpe?g|wav|tif+)$`)

// minPictures is how many pictures or recordings in one folder make a set of data.
const minPictures = 10

// pictures counts the pictures and recordings of each folder.
func (b *builder) pictures() map[string]int {
	out := map[string]int{}
	for _, f := range b.in.Tree.Files {
		if pictureFile.MatchString(f) {
			out[path.Dir(f)]++
		}
	}
	return out
}

// reference is a place that names a file.
type reference struct {
	path string
	line int
	file string // the module that reads it
}

// references are the places that name files, by the path and by its last part.
type references struct{ byPath, byBase map[string]reference }

func (r references) add(text string, ref reference) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 300 || strings.Contains(text, "://") || strings.ContainsAny(text, "\n ") {
		return
	}
	text = strings.TrimPrefix(path.Clean("/"+text), "/")
	for strings.HasPrefix(text, "../") {
		text = text[3:]
	}
	if _, taken := r.byPath[text]; !taken {
		r.byPath[text] = ref
	}
	base := path.Base(text)
	if _, taken := r.byBase[base]; !taken && path.Ext(base) != "" {
		r.byBase[base] = ref
	}
}

// find returns the place that names a file: by its path, the end of its path,
// its last part, or a folder of data around it.
func (r references) find(file string) (reference, bool) {
	for rest := file; ; {
		if ref, ok := r.byPath[rest]; ok {
			return ref, true
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
	}
	if ref, ok := r.byBase[path.Base(file)]; ok {
		return ref, true
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if ref, ok := r.byPath[dir]; ok && dataDir.MatchString(dir) {
			return ref, true
		}
	}
	return reference{}, false
}

// namedByTraining gathers what is named by the modules that run where something
// trains, by configuration, and by the commands that lead there.
func (b *builder) namedByTraining() references {
	refs := references{map[string]reference{}, map[string]reference{}}
	entries, reader := b.trainingEntries()
	for _, m := range b.ownModules() {
		if !slices.ContainsFunc(m.links, func(l Link) bool { return entries[l.ID] }) && !reader[m.file] {
			continue
		}
		namedIn(m, refs)
	}
	for _, h := range b.reach.Hits {
		if entries[h.Entry] {
			for i, a := range h.Args {
				name, value, given := strings.Cut(a, "=")
				switch {
				case given && outputArgument.MatchString(name), i > 0 && strings.HasPrefix(h.Args[i-1], "-") && outputArgument.MatchString(h.Args[i-1]):
					continue
				case given:
					a = value
				case !strings.ContainsAny(a, "/.") && (i == 0 || !strings.HasPrefix(h.Args[i-1], "-")):
					continue // a word, which may be called like a folder
				}
				refs.add(a, reference{h.Path, h.Line, h.Path})
			}
		}
	}
	b.namedInConfiguration(refs)
	return refs
}

// trainingEntries are the entries that lead to training, and the files that
// train or are imported there.
func (b *builder) trainingEntries() (entries, files map[string]bool) {
	entries, files = map[string]bool{}, map[string]bool{}
	for _, category := range []string{"train", "train.remote"} {
		for _, f := range b.set.Facts[category] {
			if f.Context != string(source.Source) {
				continue
			}
			for _, l := range f.Entries {
				entries[l.ID] = true
			}
			for _, dep := range b.reach.Closure(f.Path) {
				files[dep] = true
			}
		}
	}
	return entries, files
}

func namedIn(m module, refs references) {
	for _, c := range m.mod.Calls {
		if written.MatchString(c.Method()) || c.OpensToWrite() || takesOutput(c) {
			continue
		}
		for _, text := range append(c.Texts(), c.On) {
			refs.add(plainText(text), reference{m.file, c.Line, m.file})
		}
	}
	for _, f := range m.mod.Funcs {
		for name, text := range f.Defaults {
			if !outputArgument.MatchString(name) {
				refs.add(plainText(text), reference{m.file, f.Line, m.file})
			}
		}
	}
	for _, texts := range []map[string]string{m.mod.Texts, m.mod.Constants} {
		for _, text := range texts {
			refs.add(plainText(text), reference{m.file, 1, m.file})
		}
	}
}

// outputArgument is what an argument for a place to write to is called.
var outputArgument = regexp.MustCompile(`(?i)^-*(out(put)?|dest(ination)?|save|target|write|export)(s?$|[-_])`)

// takesOutput reports whether a call declares an argument of the command line that
// says where to write.
func takesOutput(c python.Call) bool {
	a, ok := c.Positional(0)
	return ok && (c.Method() == "add_argument" || c.Method() == "option" || c.Method() == "Option") && outputArgument.MatchString(a.Value)
}

// written are calls that write what they name, outputs the folders of what was made.
var (
	written = regexp.MustCompile(`^(to_\w+|dump|dumps|save\w*|savefig|write\w*|log_artifacts?|makedirs|mkdir|export\w*|upload\w*)$`)
	outputs = regexp.MustCompile(`(?i)(^|/)(reports?|results?|outputs?|predictions?|metrics|logs?|figures?|plots?|artifacts?|models?|eval(uation)?s?|mlruns|wandb|monitoring|site|static)(/|$)`)
)

// plainText is a text without what only a run knows.
func plainText(text string) string {
	if i := strings.LastIndex(text, python.Hole); i >= 0 {
		text = text[i+1:]
	}
	return strings.TrimPrefix(strings.TrimPrefix(text, python.File), "/../")
}

// namedInConfiguration gathers the texts of configuration files.
func (b *builder) namedInConfiguration(refs references) {
	for _, file := range b.ownYAML() {
		if strings.HasPrefix(file, ".") || len(b.in.Tree.Text[file]) > maxConfiguration {
			continue
		}
		for _, doc := range b.in.Tree.Documents(file) {
			doc.Scalars(maxTargets, func(_ string, v yamldoc.Value) {
				refs.add(v.Text(), reference{file, v.Line(), file})
			})
		}
	}
}

// maxConfiguration bounds the configuration that is looked through.
const maxConfiguration = 256 << 10
