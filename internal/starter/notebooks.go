package starter

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// notebooks makes a pipeline of the notebooks, if one of them trains.
func (l *look) notebooks() *pipeline {
	p := &pipeline{}
	trained := false
	for _, name := range l.files {
		if path.Ext(name) != ".ipynb" || strings.Count(name, "/") > 2 {
			continue
		}
		s := l.notebookScript(name)
		if s == nil || !s.learns && !s.calls["to_csv"] {
			continue
		}
		t := s.traffic(arguments{cwd: path.Dir(name)}, l.effects(s))
		if !s.fits() && len(t.writes) == 0 {
			continue
		}
		trained = trained || s.learns && s.fits()
		l.notebook(p, s, t)
	}
	if !trained {
		return nil
	}
	return p
}

// notebookScript reads the code of a notebook of Python's.
func (l *look) notebookScript(name string) *script {
	data, err := l.read(name, maxBook)
	if err != nil {
		l.add(name, 0, "not read: %v", err)
		return nil
	}
	var head struct {
		Metadata struct {
			Kernel struct{ Language string } `json:"kernelspec"`
		} `json:"metadata"`
	}
	mod, err := python.Notebook(data)
	if err == nil {
		err = json.Unmarshal(data, &head)
	}
	if err != nil {
		l.add(name, 0, "not read: it is no notebook")
		return nil
	}
	if language := head.Metadata.Kernel.Language; language != "" && language != "python" {
		l.add(name, 0, "a notebook in %s, which muster init cannot look into", printable(language))
		return nil
	}
	s := l.newScript(name, mod)
	l.scripts[name] = s
	return s
}

// notebook makes a notebook a stage. It runs in its own folder.
func (l *look) notebook(p *pipeline, s *script, t traffic) {
	l.saw("notebook", s.path, 0)
	st := p.add(strings.TrimSuffix(path.Base(s.path), ".ipynb"), s.path)
	st.notebook, st.script, st.trains, st.network = s.path, s.path, s.learns && s.fits(), t.network
	for _, in := range t.reads {
		if top := strings.TrimPrefix(in, path.Dir(s.path)+"/"); top != in && l.has(top) && !l.has(in) {
			l.add(s.path, 0, "it reads %s as from the top folder, but a notebook is run in its own folder: change the path there", top)
		}
		st.reads(in)
	}
	for _, file := range s.locals {
		st.reads(file)
	}
	l.outputs(st, t)
	if slices.Contains(s.packages, "google") {
		l.add(s.path, 0, "it uses google.colab, which is not there in a stage")
	}
	if len(t.writes) == 0 {
		st.comment("no output was seen: name under outputs what it writes, else only the log is kept")
		l.add(s.path, 0, "no output was seen: name under outputs what the notebook writes")
	}
}
