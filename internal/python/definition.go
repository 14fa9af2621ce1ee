package python

// define opens a function.
func (r *reader) define(tokens []token, b *block) {
	if len(tokens) < 2 || tokens[1].kind != tokName {
		return
	}
	f := Func{Name: tokens[1].text, Line: tokens[1].line, Decorators: r.decorators, Parent: b.fn}
	r.decorators = nil
	if r.top().kind == "class" {
		f.Class = b.class
	}
	b.branch, b.guarded, b.main, b.loop = false, false, false, false
	if b.dead {
		return
	}
	if b.fn < 0 && f.Class == "" {
		r.local[f.Name] = true
	}
	r.mentionHeader(tokens[2:])
	r.mod.Funcs = append(r.mod.Funcs, f)
	b.fn = len(r.mod.Funcs) - 1
	r.parameters(tokens[2:], b.fn)
}

// parameters notes the names of parameters and, where annotated, their types.
func (r *reader) parameters(tokens []token, fn int) {
	depth := 0
	for i, t := range tokens {
		if t.kind == tokOp {
			switch t.text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
		}
		if depth != 1 || t.kind != tokName || i == 0 {
			continue
		}
		before := tokens[i-1].text
		if before != "(" && before != "," && before != "*" && before != "**" {
			continue
		}
		f := &r.mod.Funcs[fn]
		f.Parameters = append(f.Parameters, t.text)
		r.defaultText(f, t.text, tokens[i+1:])
		if i+2 < len(tokens) && tokens[i+1].text == ":" {
			if full := r.annotated(tokens[i+2:]); full != "" {
				r.types[scope{fn, t.text}] = full + "()"
			}
		}
	}
}

// defaultText notes the default of a parameter, if it is a text. Tokens are what
// follows the parameter's name.
func (r *reader) defaultText(f *Func, name string, tokens []token) {
	depth, start := 0, -1
	for i, t := range tokens[:min(len(tokens), maxArg)] {
		if t.kind != tokOp {
			continue
		}
		if depth == 0 && (t.text == "," || t.text == ")") {
			if text, ok := r.text(tokens[max(start, 0):i]); start > 0 && ok {
				if f.Defaults == nil {
					f.Defaults = map[string]string{}
				}
				f.Defaults[name] = text
			}
			return
		}
		if t.text == "=" && depth == 0 {
			start = i + 1
		}
		depth += nesting(t.text)
	}
}

// dotted resolves the dotted name that tokens begin with.
func (r *reader) dotted(tokens []token) string {
	var parts []string
	for i := 0; i < len(tokens) && tokens[i].kind == tokName && !tokens[i].keyword; i += 2 {
		parts = append(parts, tokens[i].text)
		if i+1 >= len(tokens) || tokens[i+1].text != "." || len(parts) > maxParts {
			break
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return r.resolve(parts)
}

// class opens a class.
func (r *reader) class(tokens []token, b *block) {
	b.class = ""
	if len(tokens) < 2 || tokens[1].kind != tokName {
		return
	}
	c := Class{Name: tokens[1].text, Line: tokens[1].line, Decorators: r.decorators}
	r.decorators = nil
	b.class = c.Name
	if b.dead {
		return
	}
	depth := 0
	for i := 2; i < len(tokens); i++ {
		switch tokens[i].text {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		}
		after := tokens[i-1].text
		if depth == 1 && tokens[i].kind == tokName && (after == "(" || after == ",") {
			c.Bases = append(c.Bases, r.dotted(tokens[i:]))
		}
	}
	r.mentionHeader(tokens[2:])
	r.local[c.Name] = true
	r.mod.Classes = append(r.mod.Classes, c)
}
