package reach

import (
	"cmp"
	"encoding/json"
	"path"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// render makes an entry of each service of a blueprint of Render's
// (https://render.com/docs/blueprint-spec).
func (g *graph) render(file string, doc yamldoc.Value) {
	for _, s := range doc.Get("services").Items() {
		name := s.Get("name").Text()
		e := Entry{ID: file + "#" + name, Kind: KindService, Path: file, Line: s.Line(), Name: "Render service " + name, Chain: file}
		if s.Get("type").Text() == "cron" {
			e.Kind, e.Triggers = KindTimer, []ci.Trigger{ci.Schedule}
		}
		p := g.entry(e, s.Get("rootDir").Text(), ".")
		p.line = s.Line()
		if cmp.Or(s.Get("runtime").Text(), s.Get("env").Text()) == "docker" {
			g.runs(p, cmp.Or(s.Get("dockerfilePath").Text(), "Dockerfile"), s.Get("dockerContext").Text(), s.Get("dockerCommand"))
			continue
		}
		for _, key := range []string{"buildCommand", "preDeployCommand", "startCommand"} {
			g.inOneLine(p, s.Get(key))
		}
	}
}

// heroku makes an entry of each process of a manifest of Heroku's
// (https://devcenter.heroku.com/articles/build-docker-images-heroku-yml).
func (g *graph) heroku(file string, doc yamldoc.Value) {
	for _, e := range doc.Get("build", "docker").Entries() {
		p := g.entry(Entry{
			ID: file + "#" + e.Key, Kind: KindService, Path: file, Line: e.Line, Name: "Heroku process " + e.Key, Chain: file,
		}, ".")
		p.line = e.Line
		g.runs(p, e.Value.Text(), "", doc.Get("run", e.Key))
	}
}

// appEngine makes an entry of the service of Google App Engine's app.yaml
// (https://cloud.google.com/appengine/docs/standard/reference/app-yaml).
func (g *graph) appEngine(file string, doc yamldoc.Value) {
	if command := doc.Get("entrypoint"); doc.Get("runtime").Text() != "" && command.Text() != "" {
		g.inOneLine(g.entry(Entry{ID: file, Kind: KindService, Path: file, Line: command.Line(), Name: "App Engine service", Chain: file}, path.Dir(file)), command)
	}
}

// fly makes an entry of the application of a fly.toml, whose image is that of the
// Dockerfile it names or has beside it (https://fly.io/docs/reference/configuration/).
func (g *graph) fly(file string) {
	name := "Dockerfile"
	for _, v := range g.toml[file].In("build") {
		switch key := v.Key[len(v.Key)-1]; {
		case key == "image" || key == "builder":
			return
		case key == "dockerfile" && len(v.Strings) > 0:
			name = v.Strings[0]
		}
	}
	p := g.entry(Entry{ID: file, Kind: KindService, Path: file, Line: 1, Name: "Fly application", Chain: file}, path.Dir(file))
	g.runs(p, path.Join(path.Dir(file), name), path.Dir(file), yamldoc.Value{})
}

// connected makes an entry of each content of Posit Connect: the manifest beside it
// names what the server runs, again and again or to answer
// (https://docs.posit.co/connect/user/git-backed/). When, its pages say.
func (g *graph) connected() {
	for _, file := range g.tree.Files {
		if path.Base(file) != "manifest.json" || g.tree.Class(file) != source.Source || len(g.tree.Text[file]) > maxContent {
			continue
		}
		var manifest struct {
			Metadata struct {
				Mode     string `json:"appmode"`
				Document string `json:"primary_rmd"`
				Entry    string `json:"entrypoint"`
			} `json:"metadata"`
		}
		if json.Unmarshal(g.tree.Text[file], &manifest) != nil || manifest.Metadata.Mode == "" {
			continue
		}
		g.content(file, manifest.Metadata.Mode, cmp.Or(manifest.Metadata.Document, manifest.Metadata.Entry))
	}
}

const maxContent = 1 << 20 // bytes

// content follows what a manifest of Connect names: a document, a script or a module.
func (g *graph) content(file, mode, name string) {
	e := Entry{ID: file, Kind: KindPipeline, Path: file, Line: 1, Name: "content of Posit Connect", Chain: file, Triggers: []ci.Trigger{ci.Elsewhere}}
	if strings.Contains(mode, "api") || strings.Contains(mode, "shiny") || strings.Contains(mode, "streamlit") || strings.Contains(mode, "dash") {
		e.Kind, e.Triggers = KindService, nil
	}
	dir := path.Dir(file)
	module, _, _ := strings.Cut(name, ":")
	target := g.find([]string{dir}, "app.R", "plumber.R", "server.R")
	if name != "" {
		target = g.find([]string{dir}, name, module+".py")
	}
	switch p := g.entry(e, dir, "."); {
	case target == "":
	case g.tree.Python[target] != nil:
		g.python(p, target)
	default:
		g.foreign(p, target)
	}
}

// runs follows an image that a platform builds, and starts with a command of its
// own or the image's.
func (g *graph) runs(p place, file, context string, command yamldoc.Value) {
	file = path.Clean(file)
	img, ok := g.images[file]
	if !ok {
		return
	}
	g.build(p, file, cmp.Or(context, "."))
	p.dirs = img.dirs(cmp.Or(context, "."), file)
	if command.Text() != "" {
		g.inOneLine(p, command)
		return
	}
	g.start(p.at(file, p.dirs...), file, nil)
}

// inOneLine follows a command of one line.
func (g *graph) inOneLine(p place, command yamldoc.Value) {
	if command.Text() != "" {
		g.script(p, command.Text(), command.TextLine(), shell.Options{ErrExit: true})
	}
}
