// Package mask keeps secrets out of what is shown and kept. A [Masker] is made
// from the values; a [Writer] stands before a log and puts [Mask] in the place
// of each value, and of each of the forms in which programs print one (base64,
// hexadecimal, escaped, quoted), wherever the chunks begin and end.
//
// The search is that of Aho and Corasick: one pass, however many forms there
// are. Bytes are held back only while they may yet become a secret.
package mask

import "io"

// Mask is what stands in the place of a secret.
const Mask = "***"

// MinLength is the length from which a value is masked: a shorter one is in
// every second word, and its masks would give it away.
const MinLength = 4

// Masker knows what is secret. It is not changed by its use.
type Masker struct{ words *automaton }

// New returns a masker for the values; those shorter than [MinLength] are left out.
func New(values ...string) *Masker {
	words := newAutomaton()
	for _, value := range values {
		for _, form := range forms(value) {
			words.add(form)
		}
	}
	words.link()
	return &Masker{words}
}

// String masks a whole text.
func (m *Masker) String(text string) string {
	var out builder
	w := m.Writer(&out)
	_, _ = w.Write([]byte(text)) // a builder takes everything
	_ = w.Flush()
	return string(out)
}

type builder []byte

func (b *builder) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// Writer returns a writer that passes on to out what is not secret. Flush it
// at the end of the text.
func (m *Masker) Writer(out io.Writer) *Writer {
	return &Writer{words: m.words, out: out}
}

// Writer masks a stream. It is used by one goroutine at a time.
type Writer struct {
	words *automaton
	out   io.Writer
	state int32
	// held are the last bytes, of which it is not yet known what they are part
	// of. The first of them is byte number base of the stream.
	held []byte
	base int
	// secret are the parts of the stream, from base on, that are secrets: in
	// order, with something between them.
	secret []span
	masked bool // the byte before base was secret
	ready  []byte
}

type span struct{ from, to int }

// Write takes all of p and passes on what is settled.
func (w *Writer) Write(p []byte) (int, error) {
	w.ready = w.ready[:0]
	for rest := p; len(rest) > 0; {
		if w.state == root {
			n := w.words.harmless(rest)
			w.pass(rest[:n])
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		w.take(rest[0])
		rest = rest[1:]
	}
	return len(p), w.send()
}

// Flush passes on what was held back: nothing follows that could make it a secret.
func (w *Writer) Flush() error {
	w.ready = w.ready[:0]
	w.settle(len(w.held))
	w.state = root
	return w.send()
}

func (w *Writer) send() error {
	if len(w.ready) == 0 {
		return nil
	}
	_, err := w.out.Write(w.ready)
	return err
}

// pass lets bytes through that are part of nothing; none are held then.
func (w *Writer) pass(p []byte) {
	if len(p) == 0 {
		return
	}
	w.ready, w.base, w.masked = append(w.ready, p...), w.base+len(p), false
}

// take looks at one byte: what it completes is secret, and what can no longer
// become part of a secret is settled.
func (w *Writer) take(b byte) {
	w.held = append(w.held, b)
	w.state = w.words.next(w.state, b)
	node := &w.words.nodes[w.state]
	if node.ends > 0 {
		w.cover(w.base + len(w.held) - int(node.ends))
	}
	w.settle(len(w.held) - int(node.depth))
}

// cover marks everything from a byte on as secret.
func (w *Writer) cover(from int) {
	for n := len(w.secret); n > 0 && w.secret[n-1].to >= from; n-- {
		from = min(from, w.secret[n-1].from)
		w.secret = w.secret[:n-1]
	}
	w.secret = append(w.secret, span{from, w.base + len(w.held)})
}

// settle gets rid of the first n bytes that are held.
func (w *Writer) settle(n int) {
	end := w.base + n
	for w.base < end {
		stop, secret := end, false
		if len(w.secret) > 0 {
			first := w.secret[0]
			if secret = first.from <= w.base; secret {
				stop = min(end, first.to)
			} else {
				stop = min(end, first.from)
			}
		}
		size := stop - w.base
		switch {
		case !secret:
			w.ready = append(w.ready, w.held[:size]...)
		case !w.masked:
			w.ready = append(w.ready, Mask...)
		}
		w.held, w.base, w.masked = w.held[size:], stop, secret
		if len(w.secret) > 0 && w.secret[0].to <= stop {
			w.secret = w.secret[1:]
		}
	}
}
