package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/docker/docker/pkg/jsonmessage"
)

// follow prints what an engine reports step by step, gives the bytes of a
// transfer to who measures them, and returns the engine's error.
func follow(stream io.Reader, progress io.Writer, what string) error {
	decoder := json.NewDecoder(stream)
	layers := layers{meter: newMeter(progress, what), seen: map[string]layer{}}
	steps := newSteps(progress)
	defer steps.end()
	for {
		var message jsonmessage.JSONMessage
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			layers.meter.end()
			return nil
		} else if err != nil {
			return fmt.Errorf("read the engine's progress: %w", err)
		}
		switch {
		case message.Error != nil:
			return message.Error
		case message.ID == traceID:
			if err := steps.show(message.Aux); err != nil {
				return err
			}
		case message.Stream != "":
			fmt.Fprint(progress, message.Stream)
		case message.Progress != nil && message.Progress.Current+message.Progress.Total > 0: // else it is there, and empty
			layers.update(message)
		case message.Status != "":
			layers.finish(message)
			fmt.Fprintln(progress, strings.TrimSpace(message.ID+" "+message.Status))
		}
	}
}

// layers adds up the layers of an image, which come several at a time.
type layers struct {
	meter *meter
	seen  map[string]layer
}

type layer struct{ done, total int64 }

// downloading is what an engine says while bytes come from the registry; what
// follows, extracting, counts the same bytes again.
const downloading = "Downloading"

func (l *layers) update(message jsonmessage.JSONMessage) {
	if message.Status != downloading {
		return
	}
	l.seen[message.ID] = layer{message.Progress.Current, message.Progress.Total}
	l.sum()
}

func (l *layers) finish(message jsonmessage.JSONMessage) {
	if known, ok := l.seen[message.ID]; ok && message.Status == "Download complete" {
		known.done = known.total
		l.seen[message.ID] = known
		l.sum()
	}
}

func (l *layers) sum() {
	l.meter.done, l.meter.total = 0, 0
	for _, one := range l.seen {
		l.meter.done += one.done
		l.meter.total += one.total
	}
	l.meter.tell()
}
