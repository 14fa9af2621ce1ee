package predictions

import (
	"strings"
	"testing"
)

// TestRecordsThatDoNotEnd: a quote that is not closed must not take the rest of
// the file into memory, and the mistake that is there first must be named.
func TestRecordsThatDoNotEnd(t *testing.T) {
	const limit = 1 << 20
	rest := strings.Repeat("b,0,0\n", limit)
	long := "a record is longer than 1 MiB; write one record for each example; is a quote not closed?"
	for name, test := range map[string]struct{ text, want string }{
		"quote":            {"id,label,score\nx,1,1\n\"a,0,0\n" + rest, "p:3: " + long},
		"quote in header":  {"id,\"label,score\n" + rest, "p:1: " + long},
		"a wrong one":      {"id,label,score\na\"b,0,0\n" + rest, `p:2: bare " in non-quoted-field; quote fields as "…" and double the quotes inside them`},
		"no newline":       {"id,label,score\n" + strings.Repeat("x", 2*limit), "p:2: " + long},
		"no newline first": {strings.Repeat("x", 2*limit), "p:1: there is no column \"id\""},
		"JSON":             {"{\"id\":1,\"score\":1}\n{\"id\":\"" + strings.Repeat("x", 2*limit), "p:2: " + long},
	} {
		t.Run(name, func(t *testing.T) {
			b := &blocks{in: strings.NewReader(test.text), size: 1 << 16, longest: limit, line: 1}
			var err error
			if strings.HasPrefix(test.text, "{") {
				_, err = readObjects("p", Columns{}, b)
			} else {
				b.quoted = true
				_, err = readTable("p", Columns{}, b)
			}
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %.300v, want %s", err, test.want)
			}
		})
	}
}

// TestIDsThatAreTooLong: places in the ids have 32 bits, and none of them may be
// counted beyond that, not even to look for a mistake that is there first.
func TestIDsThatAreTooLong(t *testing.T) {
	p, err := newPlan(Columns{}, heading{path: "p", line: 1, names: []string{"id", "label", "score"}, first: 2})
	if err != nil {
		t.Fatal(err)
	}
	table := &table{path: "p", comma: ',', plan: p, width: 3}
	a := newAssembler(p)
	a.most = 5
	if err := a.add(table.rows(block{text: "abc,0,0\n", line: 2})); err != nil {
		t.Fatal(err)
	}
	err = a.add(table.rows(block{text: "def,0,0\nabc,0,0\n", line: 3}))
	const want = "p: ids have more than 4 GiB together; use shorter ids"
	if _, err = a.finish(err); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
