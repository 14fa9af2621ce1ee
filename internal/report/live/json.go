package live

import (
	"encoding/json"
	"io"

	"github.com/muster-ci/muster/internal/result"
)

// events writes each event as one line of JSON, for programs.
type events struct {
	*output
	enc *json.Encoder
}

func newEvents(w io.Writer) *events {
	out := newOutput(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return &events{output: out, enc: enc}
}

func (v *events) Event(e result.Event) {
	if e.Open {
		return
	}
	v.Lock()
	defer v.Unlock()
	if err := v.enc.Encode(e); err != nil && v.err == nil {
		v.err = err
	}
	if e.Kind == result.EventLog {
		v.soon()
		return
	}
	v.now()
}

// Interrupt writes nothing: the last event says how the run ended.
func (v *events) Interrupt() {}
