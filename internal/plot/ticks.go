package plot

// tick is a place on an axis.
type tick struct {
	at    float64
	label string
}

// spaced is a tick whose label touches no other.
type spaced struct {
	tick
	anchor anchor
}

// apart leaves out ticks until the labels do not touch, and turns those inwards
// that would leave the picture.
func apart(r *ruler, ticks []tick, start, stop float64) []spaced {
	for every := 1; every <= max(len(ticks), 1); every++ {
		if out, ok := spread(r, ticks, every, start, stop); ok {
			return out
		}
	}
	return nil
}

// spread keeps every so-manieth tick, counted from zero if it is among them.
func spread(r *ruler, ticks []tick, every int, from, to float64) ([]spaced, bool) {
	first := 0
	for i, t := range ticks {
		if t.label == "0" || t.label == "0 %" {
			first = i % every
		}
	}
	const gap, over = 8, edge - 2
	var out []spaced
	last := from - over - gap
	for i := first; i < len(ticks); i += every {
		t := spaced{tick: ticks[i], anchor: middle}
		wide := r.width(t.label, smallAt, false)
		left := t.at - wide/2
		if left < from-over {
			t.anchor, left = start, t.at
		}
		if left+wide > to+over {
			t.anchor, left = end, t.at-wide
		}
		if left < last+gap {
			return nil, false
		}
		last = left + wide
		out = append(out, t)
	}
	return out, true
}
