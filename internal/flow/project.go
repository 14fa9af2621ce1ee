// Package flow holds the use cases that cross features, each readable as a list
// of steps: gate, promote, ci. It is the one package that knows several
// features; what passes between them are values of internal/result.
package flow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// Project is one pipeline: its configuration, and what muster keeps beside it.
type Project struct {
	Config *config.Config
	Dir    string // absolute
	File   string // the configuration's name in Dir
	Folder *stages.Folder
	// RegistryPath is where a dir registry lies; it is the configuration's unless the caller says otherwise.
	RegistryPath string
	// Target is the address of the repository that changes go into, as the host names
	// it: a git registry lies there, and never in a fork. Empty for the clone's own remote.
	Target string

	// registry is what the configuration says of it, or the base's in a change request.
	registry config.Registry
	// placed is true if the caller says where the registry lies.
	placed bool
	// called is the name of the folder, which a pipeline without a name has.
	called string
	// gone is true if the file is not there, and Config is the base's.
	gone bool
}

// Gone reports whether the pipeline's file is not there: a change took away what the base has.
func (p *Project) Gone() bool { return p.gone }

// Open reads the configuration at path.
func Open(path, registryPath string) (*Project, error) {
	project, err := Peek(path, registryPath)
	if err != nil {
		return nil, err
	}
	if project.Folder, err = stages.OpenFolder(project.Dir); err != nil {
		return nil, err
	}
	return project, nil
}

// Peek reads the configuration at path and makes nothing: the project has no folder.
func Peek(path, registryPath string) (*Project, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return newProject(cfg, path, registryPath)
}

func newProject(cfg *config.Config, path, registryPath string) (*Project, error) {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("open project: %w", err)
	}
	called := filepath.Base(dir)
	// Links are followed once, here, so that every later path is one that an engine sees too.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("open project: %w", err)
	}
	p := &Project{Config: cfg, Dir: dir, File: filepath.Base(path), RegistryPath: registryPath, called: called, placed: registryPath != ""}
	p.keepIn(cfg.Registry)
	return p, nil
}

// keepIn takes the registry from these settings. What the caller says of its place stays.
func (p *Project) keepIn(settings config.Registry) {
	p.registry = settings
	if !p.placed {
		p.RegistryPath = settings.Path
	}
	if !filepath.IsAbs(p.RegistryPath) {
		p.RegistryPath = filepath.Join(p.Dir, p.RegistryPath)
	}
}

// The files in which results lie, in the project's folder.
const (
	DecisionFile   = "decision.json"
	AssessmentFile = "assessment.json"
	PromotionFile  = "promotion.json"
	ReportFile     = "report.json"
)

// save writes a result into the project's folder.
func save[T result.Document](p *Project, name string, doc T) error {
	data, err := result.Encode(doc)
	if err != nil {
		return err
	}
	return objects.WriteFile(p.Folder.Path(name), data, 0o644)
}

// ErrNotThere says that a result has not been made yet.
var ErrNotThere = errors.New("there is none yet")

// LoadDecision reads a decision: the project's last one if path is empty.
func (p *Project) LoadDecision(path string) (result.Decision, error) {
	return load[result.Decision](p, path, DecisionFile)
}

func load[T result.Document](p *Project, path, name string) (T, error) {
	var none T
	if path == "" {
		path = p.Folder.Path(name)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return none, fmt.Errorf("read %s: %w", path, ErrNotThere)
	}
	if err != nil {
		return none, fmt.Errorf("read %s: %w", strings.TrimSuffix(name, ".json"), err)
	}
	return result.Decode[T](data, path)
}
