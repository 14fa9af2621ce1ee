package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/muster-ci/muster/stages"
)

// transfer brings a partial file to its end.
type transfer struct {
	source   source
	part     *partial
	want     string // the SHA-256, or empty
	patience Patience
	progress func(done, total int64, now bool)
	note     func(err error, wait time.Duration) // of a try that is followed by another
	page     bool                                // what came says that it is a web page
}

const (
	bufferSize = 256 << 10
	// worthwhile is how much further a try must get not to count as one in vain.
	worthwhile = 1 << 20
	// maxWait is how long a server may ask us to wait.
	maxWait = 2 * time.Minute
)

// run returns the SHA-256 of the whole content.
func (t *transfer) run(ctx context.Context, synced int64) (string, error) {
	if !t.part.stamp.tells() && t.want == "" {
		synced = 0 // nobody could tell whether the parts belong together
	}
	if err := t.part.reclaim(ctx, synced); err != nil {
		return "", err
	}
	for {
		if err := t.tries(ctx); err != nil {
			return "", err
		}
		if err := t.part.save(); err != nil {
			return "", err
		}
		sum := t.part.digest()
		if t.want == "" || sum == t.want {
			return sum, nil
		}
		again := t.part.resumed // the parts may not belong together after all
		if err := t.part.restart(stamp{Size: -1}); err != nil {
			return "", err
		}
		if !again {
			return "", &checksumError{want: t.want, got: sum, page: t.page}
		}
	}
}

// tries makes one attempt after another, until the content is whole or there is
// no point in going on.
func (t *transfer) tries(ctx context.Context) error {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval, delays.Multiplier, delays.MaxInterval = t.patience.Delay, 2, 30*time.Second
	vain, best := 0, t.part.size
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := t.attempt(ctx)
		if err == nil {
			return struct{}{}, nil
		}
		if t.part.size >= best+worthwhile {
			vain, best = 0, t.part.size
			delays.Reset()
		}
		vain++
		wait := askedToWait(err)
		if !temporary(err) || vain >= t.patience.Tries || wait > maxWait {
			return struct{}{}, backoff.Permanent(err)
		}
		if wait > 0 {
			err = errors.Join(err, &backoff.RetryAfterError{Duration: wait})
		}
		return struct{}{}, err
	}, backoff.WithBackOff(delays), backoff.WithMaxElapsedTime(0), backoff.WithNotify(t.note))
	return err
}

// attempt goes on from what there is, until the end or an error.
func (t *transfer) attempt(ctx context.Context) error {
	ctx, guard := watch(ctx, t.patience.Stall)
	defer guard.stop()
	offset := t.part.size
	if !t.part.stamp.tells() && t.want == "" {
		offset = 0
	}
	content, err := t.source.open(ctx, offset, t.part.stamp)
	if err != nil {
		return guard.reason(err)
	}
	defer content.Close()
	t.page = content.page
	if content.from == 0 || content.from != t.part.size {
		if err := t.part.restart(content.stamp); err != nil {
			return err
		}
	} else {
		t.part.resumed = true
		if t.part.stamp.Size < 0 {
			t.part.stamp.Size = content.stamp.Size
		}
	}
	return guard.reason(t.copy(ctx, guard, content))
}

// copy reads to the end, and checks that it is the end.
func (t *transfer) copy(ctx context.Context, guard *guard, from io.Reader) error {
	buffer := make([]byte, bufferSize)
	total := t.part.stamp.Size
	t.progress(t.part.size, total, true)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			guard.feed()
			if _, err := t.part.Write(buffer[:n]); err != nil {
				return err
			}
			t.progress(t.part.size, total, false)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case total >= 0 && t.part.size > total:
			return errors.Join(errChanged, t.part.restart(stamp{Size: -1}))
		case err == nil:
		case !errors.Is(err, io.EOF):
			return err
		case total >= 0 && t.part.size < total:
			return &shortError{got: t.part.size, want: total}
		default:
			t.progress(t.part.size, total, true)
			return nil
		}
	}
}

// shortError says that a source ended before its end.
type shortError struct{ got, want int64 }

func (e *shortError) Error() string {
	return fmt.Sprintf("the connection ended after %d of %d bytes", e.got, e.want)
}

// checksumError says that a source has another content than the one wanted.
type checksumError struct {
	want, got string
	page      bool
}

func (e *checksumError) Error() string {
	return fmt.Sprintf("the content has SHA-256 %s, not %s", e.got, e.want)
}
func (e *checksumError) Unwrap() error { return stages.ErrChecksum }
