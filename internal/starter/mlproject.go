package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

const mlprojectFile = "MLproject"

// mlproject imports the entry points of an MLproject (MLflow Projects).
func (l *look) mlproject() *pipeline {
	if !l.has(mlprojectFile) {
		return nil
	}
	doc, ok := l.yaml(mlprojectFile)
	if !ok {
		return nil
	}
	points := doc.get("entry_points")
	l.saw("MLflow project", mlprojectFile, points.line)
	p := &pipeline{}
	for _, name := range points.keys {
		l.entryPoint(p, name, points.fields[name])
	}
	l.mlprojectImage(p, doc)
	for _, key := range doc.keys {
		if !slices.Contains([]string{"name", "entry_points", "conda_env", "python_env", "docker_env"}, key) {
			l.add(mlprojectFile, doc.fields[key].line, "key %s is not known, and was left out", printable(key))
		}
	}
	l.tracking(p)
	return p
}

var parameterHole = pattern(`\{([A-Za-z_][A-Za-z0-9_.-]*)\}`)

// entryPoint makes an entry point a stage, its parameters at their defaults.
func (l *look) entryPoint(p *pipeline, name string, v *value) {
	command := strings.TrimSpace(v.get("command").text)
	defaults, missing := parameters(v.get("parameters"))
	if command == "" || len(missing) > 0 {
		why := "has no command"
		if len(missing) > 0 {
			why = "wants " + strings.Join(missing, ", ") + ", which have no default"
		}
		text := printable(fmt.Sprintf("Entry point %s %s: no stage was made of it. %s", name, why, command))
		p.comments = append(p.comments, text)
		l.add(mlprojectFile, v.line, "%s", text)
		return
	}
	s := p.add(name, fmt.Sprintf("%s:%d", mlprojectFile, v.line))
	l.saw("entry point "+printable(name), mlprojectFile, v.line)
	s.run = []string{strings.TrimSpace(parameterHole().ReplaceAllStringFunc(command, func(hole string) string {
		if value, ok := defaults[strings.Trim(hole, "{}")]; ok {
			return shellQuoted(value)
		}
		return hole
	}))}
	if len(defaults) > 0 {
		s.comment("parameters of MLproject at their defaults; muster gives none on the command line")
	}
}

// parameters returns the defaults by name, and the names that have none.
func parameters(v *value) (defaults map[string]string, missing []string) {
	defaults = map[string]string{}
	for _, name := range v.keys {
		if value := v.fields[name].get("default"); value.isScalar() {
			defaults[name] = value.text
		} else {
			missing = append(missing, name)
		}
	}
	return defaults, missing
}

// mlprojectImage takes the image, or the file that says what to install.
func (l *look) mlprojectImage(p *pipeline, doc *value) {
	if image := doc.get("docker_env", "image").text; image != "" {
		if strings.ContainsAny(image, "/:") || !l.has("Dockerfile") {
			p.image = image
		} else { // a name without a registry is what "docker build" gave it
			l.add(mlprojectFile, doc.get("docker_env").line, "image %s is taken to be the one of Dockerfile", printable(image))
		}
		l.saw("image "+printable(image), mlprojectFile, doc.get("docker_env").line)
		if doc.get("docker_env", "volumes").kind != 0 {
			l.add(mlprojectFile, doc.get("docker_env").line, "docker_env.volumes are not imported: name what stages read as inputs")
		}
		for _, pair := range doc.get("docker_env", "environment").items {
			for _, s := range p.stages {
				if texts := pair.texts(); pair.isList() && len(texts) == 2 {
					s.env = append(s.env, [2]string{texts[0], texts[1]})
				}
			}
			if pair.isScalar() {
				l.add(mlprojectFile, pair.line, "environment variable %s of the caller: write secrets: [%s] if it is one, else env:", printable(pair.text), printable(pair.text))
			}
		}
	}
	if file := path.Clean(doc.get("conda_env").text); l.has(file) {
		l.condaFile = file
	}
	if file := path.Clean(doc.get("python_env").text); l.has(file) {
		l.pythonEnv = file
	}
}

// tracking says what becomes of what scripts log to MLflow.
func (l *look) tracking(p *pipeline) {
	for _, s := range p.stages {
		for _, c := range l.started(s) {
			code := l.scriptAt(c.file)
			if code == nil || !slices.Contains(code.packages, "mlflow") {
				continue
			}
			s.comment("what it logs to MLflow is kept only by a server: env: {MLFLOW_TRACKING_URI: …}, network: true")
			l.add(c.file, 0, "it logs to MLflow: without a server (env: {MLFLOW_TRACKING_URI: …}, network: true) that is gone; let it write its model and metrics to files, and name them as outputs")
			if slices.ContainsFunc(code.mod.Calls, isProjectRun) {
				l.add(c.file, 0, "it starts other entry points itself (mlflow.run), which a stage cannot: make each of them a stage")
				s.comment("it starts other entry points itself (mlflow.run): make each of them a stage")
			}
		}
	}
}

func isProjectRun(c python.Call) bool {
	return c.Name == "mlflow.run" || c.Name == "mlflow.projects.run"
}
