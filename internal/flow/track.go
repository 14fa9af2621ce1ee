package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking/mlflow"
)

// The times that a tracker gets: a run that was interrupted wants to end.
const (
	trackTime       = 30 * time.Second
	trackTimeHurry  = 3 * time.Second
	trackedFile     = "mlflow.json"
	trackedFileMode = 0o644
)

// TrackError says that a run could not be logged. The run itself is not touched by it.
type TrackError struct {
	Run string
	Err error
}

func (e *TrackError) Error() string { return "log run to the tracker: " + e.Err.Error() }
func (e *TrackError) Unwrap() error { return e.Err }

// Hint says what to do now, and what to do later.
func (e *TrackError) Hint() string {
	later := "the run's record is kept; send it later with: muster runs push"
	var hinted interface{ Hint() string }
	if errors.As(e.Err, &hinted) && hinted.Hint() != "" {
		return hinted.Hint() + "; " + later
	}
	return later
}

// ErrNoTracker says that muster.yaml names no tracker.
var ErrNoTracker = errors.New("muster.yaml names no tracker")

// Track is how runs are logged to the tracker that muster.yaml names.
type Track struct {
	Project *Project
	Env     func(string) (string, bool)
}

// Wanted reports whether there is a tracker at all.
func (t Track) Wanted() bool { return t.Project.Config.Tracking.MLflow != "" }

// Run logs a run that has just ended, also one that was interrupted, and
// returns the page that shows it. Without a tracker it does nothing.
func (t Track) Run(ctx context.Context, run result.Run) (page string, err error) {
	if !t.Wanted() || run.ID == "" {
		return "", nil
	}
	patience := trackTime
	if ctx.Err() != nil {
		ctx, patience = context.WithoutCancel(ctx), trackTimeHurry
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	logged, err := t.push(ctx, run)
	if err != nil {
		return "", &TrackError{Run: run.ID, Err: err}
	}
	return logged.URL, nil
}

// Push logs runs, the oldest first, up to the first that cannot be.
func (t Track) Push(ctx context.Context, runs []result.Run) ([]mlflow.Logged, error) {
	if !t.Wanted() {
		return nil, ErrNoTracker
	}
	var out []mlflow.Logged
	for _, run := range slices.Backward(runs) {
		logged, err := t.push(ctx, run)
		if err != nil {
			return out, &TrackError{Run: run.ID, Err: err}
		}
		out = append(out, logged)
	}
	return out, nil
}

// Unsent leaves out the runs that were logged to this tracker.
func (t Track) Unsent(runs []result.Run) []result.Run {
	return slices.DeleteFunc(slices.Clone(runs), func(run result.Run) bool {
		data, err := os.ReadFile(t.Project.Folder.Path("runs", run.ID, trackedFile))
		var sent tracked
		return err == nil && json.Unmarshal(data, &sent) == nil && sent.Server == t.server() && sent.Experiment == t.experiment()
	})
}

// tracked is the note beside a record that the run was logged.
type tracked struct {
	Server     string `json:"server"`
	Experiment string `json:"experiment"`
	mlflow.Logged
}

// server is the tracker's address without a password that may be in it.
func (t Track) server() string {
	address := t.Project.Config.Tracking.MLflow
	if u, err := url.Parse(address); err == nil {
		u.User = nil
		return strings.TrimSuffix(u.String(), "/")
	}
	return address
}

func (t Track) experiment() string {
	return cmp.Or(t.Project.Config.Tracking.Experiment, t.Project.Config.Name)
}

func (t Track) push(ctx context.Context, run result.Run) (mlflow.Logged, error) {
	client, err := mlflow.New(mlflow.FromEnvironment(t.Project.Config.Tracking.MLflow, t.experiment(), t.Env))
	if err != nil {
		return mlflow.Logged{}, err
	}
	defer client.Close()
	logged, err := client.Log(ctx, run)
	if err != nil {
		return logged, err
	}
	note, err := json.Marshal(tracked{t.server(), t.experiment(), logged})
	if err != nil {
		return logged, fmt.Errorf("note that the run is logged: %w", err)
	}
	err = objects.WriteFile(t.Project.Folder.Path("runs", run.ID, trackedFile), append(note, '\n'), trackedFileMode)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // the record was removed meanwhile
	}
	return logged, err
}
