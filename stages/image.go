package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// sameImage is [session.image], but asks for each name once: all stages of a run
// that name an image get the same one, and an engine takes milliseconds to answer.
func (s *session) sameImage(ctx context.Context, stage, ref string) (Image, error) {
	s.foundLock.Lock()
	known, ok := s.found[ref]
	s.foundLock.Unlock()
	if ok {
		return known, nil
	}
	image, err := s.image(ctx, stage, ref)
	if err == nil {
		s.foundLock.Lock()
		defer s.foundLock.Unlock()
		if first, ok := s.found[ref]; ok {
			return first, nil
		}
		s.found[ref] = image
	}
	return image, err
}

// image finds what a stage runs in, and fetches it if it is not there. An image
// that comes from a registry is pinned in the lock file, and from then on it is
// what it was, whatever its tag moves to.
func (s *session) image(ctx context.Context, stage, ref string) (Image, error) {
	if maker, ok := strings.CutPrefix(ref, "stage:"); ok {
		return s.builtImage(ctx, s.stageNamed(maker))
	}
	found, err := s.lookUp(ctx, stage, ref)
	if errors.Is(err, ErrNoImage) {
		found, err = s.pull(ctx, stage, ref)
	}
	if err != nil || found.Digest == "" || s.lock.image(ref) != "" || strings.Contains(ref, "@") {
		return found, err
	}
	return found, s.lock.add(ctx, func(pins *pinSet) {
		if pins.Images[ref] == "" { // else another process has just pinned it; the next run follows
			pins.Images[ref] = found.Digest
		}
	})
}

// withoutImage refuses stages that name no image, if the executor needs one:
// before anything runs, not when hours later their turn comes.
func (r *Runner) withoutImage(ctx context.Context, stages []config.Stage) error {
	var problems []config.Problem
	for _, stage := range stages {
		if stage.Image != "" || stage.Build != nil || stage.Fetch != nil {
			continue
		}
		if _, err := r.Executor.Find(ctx, ""); !errors.Is(err, ErrNoImage) {
			return err
		}
		if problem := r.noImage(stage.Name).Problems[0]; !slices.Contains(problems, problem) { // a matrix repeats it
			problems = append(problems, problem)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &config.Error{Problems: problems}
}

func (r *Runner) noImage(stage string) *config.Error {
	return r.Config.ProblemAt("/stages/"+stage, "the stage has no image", "add image: to the stage, or at the top for all stages")
}

// lookUp finds an image that is there, or ErrNoImage.
func (s *session) lookUp(ctx context.Context, stage, ref string) (Image, error) {
	if maker, ok := strings.CutPrefix(ref, "stage:"); ok {
		return s.builtImage(ctx, s.stageNamed(maker))
	}
	name, err := s.pinnedName(ref)
	if err != nil {
		return Image{}, s.Config.ProblemAt("/stages/"+stage+"/image", err.Error(), "write it as docker pull takes it")
	}
	found, err := s.Executor.Find(ctx, name)
	if errors.Is(err, ErrNoImage) && ref == "" {
		return Image{}, s.noImage(stage)
	}
	found.Ref = ref
	return found, err
}

// pinnedName is the image's name with the digest that it is pinned to, if it is.
func (s *session) pinnedName(ref string) (string, error) {
	digest := s.lock.image(ref)
	if digest == "" {
		return ref, nil
	}
	return pinned(ref, digest)
}

// pull fetches an image; how that goes is shown live and not kept.
func (s *session) pull(ctx context.Context, stage, ref string) (Image, error) {
	name, err := s.pinnedName(ref)
	if err != nil {
		return Image{}, err
	}
	s.send(result.Event{Kind: result.EventLog, Stage: stage, Stream: result.Remarks, Line: "pulling " + name})
	log := &stageLog{file: io.Discard, stage: stage, send: s.send, mask: s.mask()}
	defer log.end()
	found, _, err := retry(ctx, s.stageNamed(stage).Retries, log, func() (Image, error) {
		return s.Executor.Pull(ctx, name, log.stream(result.Remarks))
	})
	found.Ref = ref
	return found, err
}

// Pinned is an image of the pipeline with the digest it is pinned to, and the one before.
type Pinned struct {
	Image  string `json:"image"`
	Digest string `json:"digest,omitempty"` // empty for one that comes from no registry
	Before string `json:"before,omitempty"`
}

// Pin pins the images that the pipeline names, those that its Dockerfiles stand
// on too: the ones that are not pinned yet, or all of them anew.
func (r *Runner) Pin(ctx context.Context, update bool) ([]Pinned, error) {
	s, end, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	refs, err := s.imageNames()
	if err != nil {
		return nil, err
	}
	if update {
		if err := s.unpinFetched(ctx); err != nil {
			return nil, err
		}
	}
	all := []Pinned{} // no image is an empty list, not null
	for _, each := range refs {
		pin, err := s.pin(ctx, each.stage, each.ref, update)
		if err != nil {
			return all, fmt.Errorf("pin image %s: %w", each.ref, err)
		}
		all = append(all, pin)
	}
	return all, nil
}

// unpinFetched lets the next run fetch what has no checksum in muster.yaml, and
// pin what it then is.
func (s *session) unpinFetched(ctx context.Context) error {
	var sources []string
	for _, stage := range s.Config.Stages {
		if _, own := fromRegistry(stage); !own && stage.Fetch != nil && stage.Fetch.SHA256 == "" {
			source, err := s.source(stage)
			if err != nil {
				return err
			}
			sources = append(sources, source)
		}
	}
	return s.lock.add(ctx, func(pins *pinSet) {
		for _, source := range sources {
			delete(pins.Fetched, source)
		}
	})
}

type imageName struct{ stage, ref string }

// imageNames lists each image that comes from elsewhere, once, with a stage that wants it.
func (s *session) imageNames() ([]imageName, error) {
	var all []imageName
	seen := map[string]bool{"": true}
	add := func(stage, ref string) {
		if !seen[ref] && !strings.HasPrefix(ref, "stage:") && !strings.Contains(ref, "@") {
			seen[ref] = true
			all = append(all, imageName{stage, ref})
		}
	}
	for _, stage := range s.Config.Stages {
		add(stage.Name, stage.Image)
		for _, service := range stage.Services {
			add(stage.Name, service.Image)
		}
		if stage.Build == nil {
			continue
		}
		bases, err := s.baseImages(stage)
		if err != nil {
			return nil, err
		}
		for _, base := range bases {
			add(stage.Name, base.ref)
		}
	}
	return all, nil
}

func (s *session) pin(ctx context.Context, stage, ref string, update bool) (Pinned, error) {
	before := s.lock.image(ref)
	if before != "" && !update {
		return Pinned{Image: ref, Digest: before}, nil
	}
	if update {
		s.lock.forget(ref)
	}
	found, err := s.lookUp(ctx, stage, ref)
	local := err == nil && found.Digest == ""
	if errors.Is(err, ErrNoImage) || (update && !local) {
		found, err = s.pull(ctx, stage, ref)
	}
	if err != nil || found.Digest == "" {
		return Pinned{Image: ref}, err
	}
	pin := Pinned{Image: ref, Digest: found.Digest}
	if before != found.Digest {
		pin.Before = before
	}
	return pin, s.lock.add(ctx, func(pins *pinSet) { pins.Images[ref] = found.Digest })
}
