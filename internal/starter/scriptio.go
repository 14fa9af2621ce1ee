package starter

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// traffic is what a script reads and writes, by the paths that it names.
type traffic struct {
	reads, writes []string
	models        []string // those of the writes that hold a trained model
	loads         []string // those of the reads that hold one
	network       bool
	// vague is true if it writes to a place that its text does not say.
	vague bool
}

// arguments are those of a command line: --name value, and others in their
// order; and the folder that it is given in.
type arguments struct {
	named map[string]string
	plain []string
	cwd   string
}

func parseArguments(words []string, cwd string) arguments {
	a := arguments{named: map[string]string{}, cwd: cwd}
	for i := 0; i < len(words); i++ {
		name, ok := strings.CutPrefix(words[i], "--")
		switch key, value, joined := strings.Cut(name, "="); {
		case !ok:
			a.plain = append(a.plain, words[i])
		case joined:
			a.named[strings.ReplaceAll(key, "-", "_")] = value
		case i+1 < len(words) && !strings.HasPrefix(words[i+1], "-"):
			i++
			a.named[strings.ReplaceAll(key, "-", "_")] = words[i]
		}
	}
	return a
}

// effect is what a function does with its parameters: it reads or writes the
// path that a text with holes for them names.
type effect struct {
	use   use
	text  string
	model bool
	fn    python.Func
}

// effects finds what the functions of a script, and of the modules that it
// imports, read and write when they are called: load("data/train.csv").
func (l *look) effects(s *script) map[string][]effect {
	if out, ok := l.does[s.path]; ok {
		return out
	}
	out := map[string][]effect{}
	l.does[s.path] = out
	for range 3 { // a function that calls one that reads reads as well
		for _, file := range append([]string{s.path}, l.closure(s.path)...) {
			if code := l.scripts[file]; code != nil {
				code.addEffects(out)
			}
		}
	}
	return out
}

// maxEffects bounds what is kept of one function.
const maxEffects = 20

func (s *script) addEffects(out map[string][]effect) {
	for _, c := range s.mod.Calls {
		if c.Func < 0 {
			continue
		}
		fn := s.mod.Funcs[c.Func]
		for _, touch := range s.touches(c, out) {
			touch.fn = fn
			known := slices.ContainsFunc(out[fn.Name], func(e effect) bool { return e.text == touch.text && e.use == touch.use })
			if strings.Contains(touch.text, python.Hole+"=") && !known && len(out[fn.Name]) < maxEffects {
				out[fn.Name] = append(out[fn.Name], touch)
			}
		}
	}
}

// touches lists what a call reads and writes: itself, and through the function
// that it calls.
func (s *script) touches(c python.Call, effects map[string][]effect) []effect {
	var out []effect
	for _, e := range effects[c.Method()] {
		if s.calledBy(c, e) {
			e.text = e.filled(c)
			out = append(out, e)
		}
	}
	if use, name := usage(c); use != nothing && len(out) == 0 {
		out = append(out, effect{use: use, text: name, model: use == reading && loadsModel(c) || use == writing && savesModel(c)})
	}
	return out
}

// calledBy reports whether a call can be one of the function: load() of a module
// of the repository is not load() of a library.
func (s *script) calledBy(c python.Call, e effect) bool {
	prefix, _, dotted := strings.Cut(c.Name, ".")
	switch {
	case !dotted:
		return e.fn.Class == ""
	case prefix == "?" || prefix == "self":
		return e.fn.Class != ""
	default:
		return !slices.Contains(s.packages, prefix)
	}
}

// filled puts the arguments of a call into the text; "" if one is not known.
func (e effect) filled(c python.Call) string {
	params := e.fn.Parameters
	if len(params) > 0 && e.fn.Class != "" {
		params = params[1:]
	}
	parts := strings.Split(e.text, python.Hole)
	var out strings.Builder
	for i, part := range parts {
		name, isParam := strings.CutPrefix(part, "=")
		switch at := slices.Index(params, name); {
		case i%2 == 0:
			out.WriteString(part)
		case !isParam:
			out.WriteString(python.Hole + part + python.Hole)
		case at < 0:
			return ""
		default:
			arg := text(c, at, name)
			if _, given := c.Arg(name); arg == "" && !given && at >= len(c.Args) {
				arg = e.fn.Defaults[name]
			}
			if arg == "" {
				return ""
			}
			out.WriteString(arg)
		}
	}
	return out.String()
}

// traffic finds what the script reads and writes when it is called so.
func (s *script) traffic(args arguments, effects map[string][]effect) traffic {
	var t traffic
	for _, c := range s.mod.Calls {
		t.network = t.network || downloads(c)
		for _, touch := range s.touches(c, effects) {
			s.touch(&t, touch, args)
		}
	}
	for _, list := range []*[]string{&t.reads, &t.writes, &t.models, &t.loads} {
		*list = unique(*list)
	}
	t.reads = slices.DeleteFunc(t.reads, func(p string) bool { return slices.Contains(t.writes, p) })
	return t
}

// touch adds what one call reads or writes.
func (s *script) touch(t *traffic, e effect, args arguments) {
	name, ok := s.place(e.text, args)
	switch {
	case !ok:
		t.network = t.network || strings.Contains(e.text, "://") && e.use == reading
		t.vague = t.vague || e.text == "" && e.use == writing
	case path.Ext(name) == ".log":
	case e.use == reading:
		t.reads = append(t.reads, name)
		if e.model {
			t.loads = append(t.loads, name)
		}
	case e.use == writing:
		t.writes = append(t.writes, name)
		if e.model {
			t.models = append(t.models, name)
		}
	}
}

// home is the folder that a script must be started in: its own, if it names
// paths that begin with "../", else the top folder.
func (s *script) home() string {
	for _, c := range s.mod.Calls {
		for _, arg := range c.Args {
			if strings.HasPrefix(arg.Text, "../") && path.Dir(s.path) != "." {
				return path.Dir(s.path)
			}
		}
	}
	return ""
}

// constants lists the files that the script's constants name.
func (s *script) constants(args arguments) []string {
	var out []string
	for _, text := range s.mod.Texts {
		if name, ok := s.place(text, args); ok && path.Ext(name) != "" && path.Ext(name) != ".py" && path.Ext(name) != ".log" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func unique(list []string) []string {
	var out []string
	for _, text := range list {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// place is the path of the repository that a text names, holes filled from the
// command line and its defaults.
func (s *script) place(text string, args arguments) (string, bool) {
	var out strings.Builder
	for i, part := range strings.Split(text, python.Hole) {
		if i%2 == 1 {
			value, ok := s.argument(part, args)
			if !ok {
				return "", false
			}
			part = value
		}
		out.WriteString(part)
	}
	name := out.String()
	if rest, ok := strings.CutPrefix(name, python.File); ok {
		name = path.Join(s.path, rest)
	} else if args.cwd != "" && !path.IsAbs(name) && !strings.Contains(name, "://") && name != "" {
		name = relative(args.cwd, name)
	}
	folder := strings.HasSuffix(name, "/")
	name = path.Clean(name)
	if text == "" || name == "." || path.IsAbs(name) || strings.HasPrefix(name, "..") || strings.Contains(name, "://") ||
		strings.Contains(out.String(), "://") || strings.ContainsAny(name, "\n\\*?[{<>|\"'`$") || strings.HasPrefix(name, "~") {
		return "", false
	}
	if folder {
		name += "/"
	}
	return name, true
}

// argument is the value of an option, or of the n-th word of sys.argv.
func (s *script) argument(name string, args arguments) (string, bool) {
	if strings.HasPrefix(name, "=") { // of a function, which is called with what nobody knows
		return "", false
	}
	if name != "" && name[0] >= '1' && name[0] <= '9' && len(name) < 3 {
		at := int(name[0] - '1')
		if at < len(args.plain) && len(name) == 1 {
			return args.plain[at], true
		}
		return "", false
	}
	if value, ok := args.named[name]; ok {
		return value, true
	}
	if at := slices.Index(s.arguments, name); at >= 0 && at < len(args.plain) {
		return args.plain[at], true
	}
	value, ok := s.options[name]
	return value, ok && !strings.Contains(value, python.Hole)
}

// use is what a call does with the path that it names.
type use int

const (
	nothing use = iota
	reading
	writing
)

// usage tells what a call does with which path.
func usage(c python.Call) (use, string) {
	method := c.Method()
	switch method {
	case "open":
		return opening(c)
	case "write_text", "write_bytes":
		return writing, c.On
	case "read_text", "read_bytes":
		return reading, c.On
	case "to_csv", "to_parquet", "to_json", "to_pickle", "to_excel", "to_feather", "save_model", "savefig", "save_pretrained",
		"write_csv", "write_parquet", "write_html", "write_image", "save_weights":
		return writing, text(c, 0, "path_or_buf", "path", "fname", "filepath", "file", "save_directory")
	case "read_csv", "read_parquet", "read_json", "read_pickle", "read_excel", "read_feather", "read_table", "read_hdf", "read_ndjson",
		"scan_csv", "scan_parquet", "loadtxt", "genfromtxt", "load_model", "imread", "listdir", "ImageFolder":
		return reading, text(c, 0, "filepath_or_buffer", "path", "source", "io", "fname", "filepath", "root")
	case "save":
		if c.Name == "torch.save" || c.Name == "mlflow.save" {
			return writing, text(c, 1, "f")
		}
		return writing, text(c, 0, "file", "filepath", "path")
	case "dump":
		if strings.HasPrefix(c.Name, "joblib.") || strings.HasSuffix(c.Name, "joblib.dump") {
			return writing, text(c, 1, "filename")
		}
	case "load":
		if c.Name == "joblib.load" || c.Name == "torch.load" || c.Name == "numpy.load" || strings.HasSuffix(c.Name, "joblib.load") {
			return reading, text(c, 0, "filename", "f", "file")
		}
	case "savez", "savetxt", "savez_compressed", "imwrite", "imsave", "export_onnx":
		return writing, text(c, 0, "file", "fname", "filename")
	}
	return nothing, ""
}

// opening tells whether a file is opened to be read or written.
func opening(c python.Call) (use, string) {
	at, name := 1, text(c, 0, "file")
	switch {
	case c.On != "": // Path("x").open("w")
		at, name = 0, c.On
	case c.Name != "open" && c.Name != "gzip.open" && c.Name != "io.open" && c.Name != "bz2.open":
		return nothing, ""
	}
	mode, ok := c.Arg("mode")
	if !ok {
		mode, _ = c.Positional(at)
	}
	if strings.ContainsAny(mode.Text, "wax") {
		return writing, name
	}
	return reading, name
}

// text is the text of an argument, by place or name.
func text(c python.Call, n int, names ...string) string {
	if arg, ok := c.Positional(n); ok {
		return arg.Text
	}
	for _, name := range names {
		if arg, ok := c.Arg(name); ok {
			return arg.Text
		}
	}
	return ""
}

// savesModel and loadsModel tell a trained model from other files, by the call.
func savesModel(c python.Call) bool {
	switch c.Method() {
	case "dump", "save_model", "save", "save_pretrained", "save_weights":
		return !strings.HasPrefix(c.Name, "numpy.") && !strings.HasPrefix(c.Name, "json.")
	case "open":
		return strings.HasSuffix(text(c, 0, "file")+c.On, ".pkl") || strings.HasSuffix(text(c, 0, "file")+c.On, ".pickle")
	}
	return false
}

func loadsModel(c python.Call) bool {
	switch c.Method() {
	case "load":
		return c.Name != "numpy.load"
	case "load_model":
		return true
	case "open":
		return savesModel(c)
	}
	return false
}

// downloads reports whether a call needs the network.
func downloads(c python.Call) bool {
	first := text(c, 0)
	switch {
	case strings.HasPrefix(c.Name, "requests."), strings.HasPrefix(c.Name, "urllib.request."), strings.HasPrefix(c.Name, "httpx."),
		strings.HasPrefix(c.Name, "boto3."), strings.HasPrefix(c.Name, "gdown."), strings.HasPrefix(c.Name, "kagglehub."),
		strings.HasPrefix(c.Name, "sklearn.datasets.fetch_"), c.Name == "datasets.load_dataset", strings.HasSuffix(c.Name, ".from_pretrained"),
		strings.HasPrefix(c.Name, "wandb.init"), strings.HasPrefix(c.Name, "nltk.download"), strings.HasSuffix(c.Name, "hf_hub_download"):
		return true
	case strings.HasPrefix(c.Name, "torchvision.datasets.") && c.Method() != "ImageFolder", strings.Contains(c.Name, "keras.datasets."):
		return true
	}
	return strings.HasPrefix(c.Method(), "read_") && (strings.HasPrefix(first, "http://") || strings.HasPrefix(first, "https://"))
}
