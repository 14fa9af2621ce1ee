package yamldoc_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// say lists what can be asked of documents.
func say(docs []yamldoc.Value) [][]any {
	var out [][]any
	for _, doc := range docs {
		out = append(out, []any{doc.IsMap(), doc.IsList(), doc.Tag(), doc.Text(), doc.Line(), doc.Exists()})
		doc.Scalars(30, func(path string, v yamldoc.Value) {
			out = append(out, []any{path, v.Text(), v.Tag(), v.Line(), v.TextLine(), v.IsBlock()})
		})
		for _, e := range doc.Entries() {
			out = append(out, []any{e.Key, e.Line, e.Value.Texts(), e.Value.StringMap(), len(e.Value.Entries()), e.Value.Get("x").Text()})
		}
	}
	return out
}

// FuzzBinary: documents that were kept say what they said.
func FuzzBinary(f *testing.F) {
	for _, s := range []string{
		"a: 1\nb: [x, ~, 2.5, !ref [p]]\nc: |\n  text\n", "a: &a {x: 1}\nb: {<<: *a, y: *a}\n---\nc: &c [*c]\n", "--- first\n--- second\n",
		"\"é\": 2024-01-01\n", "&a x: *a", "? {a: b}\n: c", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := yamldoc.Read(data)
		if err != nil {
			return
		}
		kept := yamldoc.Append([]byte("before"), docs)
		back, err := yamldoc.Decode(kept[len("before"):])
		if err != nil {
			t.Fatalf("decode %q: %v", data, err)
		}
		if diff := cmp.Diff(say(docs), say(back)); diff != "" {
			t.Errorf("%q (-read +kept):\n%s", data, diff)
		}
		if again := yamldoc.Append([]byte("before"), back); !bytes.Equal(kept, again) {
			t.Errorf("%q is kept otherwise the second time", data)
		}
	})
}

// FuzzDecode: bytes that are no documents are refused, or are some others.
func FuzzDecode(f *testing.F) {
	docs, _ := yamldoc.Read([]byte("a: &a {x: 1}\nb: *a\n"))
	f.Add(yamldoc.Append(nil, docs))
	f.Fuzz(func(_ *testing.T, data []byte) {
		docs, _ := yamldoc.Decode(data)
		say(docs)
	})
}
