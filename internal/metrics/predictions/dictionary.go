package predictions

import "strings"

// dictionary numbers texts in the order in which they come.
type dictionary struct {
	names []string
	codes map[string]int32
	// last is the text that was asked for last: columns are often sorted.
	last     string
	lastCode int32
}

// code returns the number of a text. The dictionary keeps the text, so it must
// not share memory with what is to be forgotten earlier.
func (d *dictionary) code(text string) int32 {
	if len(d.names) > 0 && text == d.last {
		return d.lastCode
	}
	code, ok := d.codes[text]
	if !ok {
		if d.codes == nil {
			d.codes = make(map[string]int32)
		}
		code = int32(len(d.names))
		d.codes[text] = code
		d.names = append(d.names, text)
	}
	d.last, d.lastCode = text, code
	return code
}

// merge adds the names of another dictionary, and returns what their numbers are here.
func (d *dictionary) merge(other []string) []int32 {
	codes := make([]int32, len(other))
	for i, name := range other {
		code, ok := d.codes[name]
		if !ok {
			code = d.code(strings.Clone(name))
		}
		codes[i] = code
	}
	return codes
}

// classDictionary numbers classes by what they mean: 1, 1.0 and True are one.
type classDictionary struct {
	dictionary
	raw dictionary // of texts as they are in the file
	// class is the number of the class of each raw text; -1 for none.
	class []int32
}

// code returns the number of a class; ok is false where the text names none.
func (d *classDictionary) code(text string) (code int32, ok bool) {
	raw := d.raw.code(text)
	if int(raw) == len(d.class) {
		class := int32(-1)
		if name := canonicalLabel(text); name != "" && !strings.EqualFold(name, "nan") {
			class = d.dictionary.code(name)
		}
		d.class = append(d.class, class)
	}
	return d.class[raw], d.class[raw] >= 0
}

// recode replaces codes by what they are in another dictionary.
func recode(codes, to []int32) {
	for i, code := range codes {
		codes[i] = to[code]
	}
}
