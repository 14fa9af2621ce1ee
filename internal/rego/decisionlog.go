package rego

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"
)

// maxLog is how large a decision log may become, in bytes, before it is put aside.
const maxLog = 32 << 20

// LogPath is what a line of the log is about: the rule that muster's gate stands for.
const LogPath = "muster/gate"

// Event is one decision in the format of OPA's decision logs
// (https://www.openpolicyagent.org/docs/management-decision-logs). Nothing that
// depends on anything but its arguments is called here, so that there is no
// nd_builtin_cache.
type Event struct {
	Labels     map[string]string      `json:"labels"`
	DecisionID string                 `json:"decision_id"`
	Bundles    map[string]EventBundle `json:"bundles,omitempty"`
	Path       string                 `json:"path"`
	Input      json.RawMessage        `json:"input"`
	Result     any                    `json:"result"`
	Timestamp  time.Time              `json:"timestamp"`
	// Metrics are counts and times in nanoseconds.
	Metrics map[string]any `json:"metrics,omitempty"`
}

// EventBundle says which revision of policies decided.
type EventBundle struct {
	Revision string `json:"revision,omitempty"`
}

// NewEvent makes the event of a decision that was taken now, with an id of its own.
func NewEvent(labels map[string]string, revisions map[string]string, input json.RawMessage, verdict any, took time.Duration) (Event, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return Event{}, fmt.Errorf("make decision id: %w", err)
	}
	bundles := map[string]EventBundle{}
	for name, revision := range revisions {
		bundles[name] = EventBundle{Revision: revision}
	}
	return Event{
		Labels: labels, DecisionID: id.String(), Bundles: bundles, Path: LogPath, Input: input, Result: verdict,
		Timestamp: time.Now().UTC(), Metrics: map[string]any{"timer_rego_query_eval_ns": took.Nanoseconds()},
	}, nil
}

// Line is the event as one line of JSON.
func (e Event) Line() ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line) // which compacts the input, and ends the line
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return nil, fmt.Errorf("encode decision log: %w", err)
	}
	return line.Bytes(), nil
}

// AppendLog adds the event to a log, as one whole line: it is written by one
// call, after what another process wrote. A line that a crash cut short stays
// what it is, and the next begins on a line of its own. A log that has become
// too large is put aside under the name of the log with .1 after it, in the
// place of an older one.
func AppendLog(path string, event Event) error {
	line, err := event.Line()
	if err != nil {
		return err
	}
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock decision log: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	if err := rotate(path, int64(len(line))); err != nil {
		return fmt.Errorf("put decision log aside: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("open decision log: %w", err)
	}
	defer file.Close()
	torn, err := endsTorn(file)
	if err != nil {
		return fmt.Errorf("read decision log: %w", err)
	}
	if torn {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := file.Write(line); err != nil {
		return fmt.Errorf("write decision log: %w", err)
	}
	return file.Close()
}

func rotate(path string, more int64) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Size()+more <= maxLog || !info.Mode().IsRegular() {
		return err
	}
	return os.Rename(path, path+".1")
}

// endsTorn reports whether the last line has no end.
func endsTorn(file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return false, err
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, info.Size()-1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return last[0] != '\n', err
}
