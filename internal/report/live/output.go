package live

import (
	"bufio"
	"io"
	"sync"
	"time"
)

// output collects what is written, and passes it on when it is a good deal or
// when nothing came for a moment: a line costs no system call, and nobody waits
// for one. Its methods are called with the lock held.
type output struct {
	sync.Mutex
	*bufio.Writer
	timer *time.Timer
	err   error
}

// latest is how long a line may be held back.
const latest = 100 * time.Millisecond

func newOutput(w io.Writer) *output { return &output{Writer: bufio.NewWriterSize(w, 64<<10)} }

// soon has what was written passed on within a moment.
func (o *output) soon() {
	if o.timer != nil {
		return
	}
	o.timer = time.AfterFunc(latest, func() {
		o.Lock()
		defer o.Unlock()
		o.now()
	})
}

// now passes on what was written.
func (o *output) now() {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	if err := o.Flush(); err != nil && o.err == nil {
		o.err = err
	}
}

// Close passes on the rest and returns the first error.
func (o *output) Close() error {
	o.Lock()
	defer o.Unlock()
	o.now()
	return o.err
}
