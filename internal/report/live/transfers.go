package live

import (
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// transfers remembers when each transfer was last spoken of.
type transfers map[string]time.Time

// due reports whether a line should tell how far a transfer is: at its
// beginning, at its end, and now and then between.
func (t transfers) due(e result.Event) bool {
	const patience = 5 * time.Second
	key := e.Stage + "\x00" + e.What
	last, known := t[key]
	ended := e.Total > 0 && e.Done >= e.Total
	if known && !ended && e.Time.Sub(last) < patience {
		return false
	}
	t[key] = e.Time
	if ended {
		delete(t, key)
	}
	return true
}
