package predictions_test

import (
	"testing"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// TestDigestOfPlainFilesStays: registries keep digests, so what was computed once
// must be computed again.
func TestDigestOfPlainFilesStays(t *testing.T) {
	tests := map[string]struct {
		text    string
		columns predictions.Columns
		want    string
	}{
		"slices": {
			"id,label,score,age,sex\nb,1,0.9,young,m\na10,cat,0.2,,f\na,0.0,0.1,old,f\na9,2.50,0.3,\"x,y\",f\n",
			predictions.Columns{Slices: []string{"sex", "age"}},
			"710656d4852875864d3ba6ba25f23d7aecd08725a7aa68d613084f4659e22e3f",
		},
		"no slices": {
			"id,label,score\n10,True,0.9\n9,0,0.1\n\"a\n\",2.50,0.3\n",
			predictions.Columns{},
			"31af9ec000dbfa040c5f80566b059af6e43df9303e98100d485fecc60dd74c01",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := read(t, test.text, test.columns).Digest(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestDigestCoversWhatIsNamed(t *testing.T) {
	columns := predictions.Columns{Group: "g", Time: "t", Weight: "w", Repeat: "r"}
	base := "id,label,score,g,t,w,r\na,0,0.1,x,1,1,1\na,0,0.2,x,1,1,2\nb,1,0.9,y,2,3,1\n"
	want := read(t, base, columns).Digest()
	if got := read(t, "id,label,score,g,t,w,r\nb,1,0.8,y,2,3.0,1\na,0,0.7,x,1,1,2\na,0,0.1,x,1,1,1\n", columns).Digest(); got != want {
		t.Error("the order of rows or the answers are part of the digest")
	}
	for name, text := range map[string]string{
		"group":  "id,label,score,g,t,w,r\na,0,0.1,x,1,1,1\na,0,0.2,x,1,1,2\nb,1,0.9,z,2,3,1\n",
		"time":   "id,label,score,g,t,w,r\na,0,0.1,x,1,1,1\na,0,0.2,x,1,1,2\nb,1,0.9,y,3,3,1\n",
		"weight": "id,label,score,g,t,w,r\na,0,0.1,x,1,1,1\na,0,0.2,x,1,1,2\nb,1,0.9,y,2,4,1\n",
		"repeat": "id,label,score,g,t,w,r\na,0,0.1,x,1,1,1\na,0,0.2,x,1,1,3\nb,1,0.9,y,2,3,1\n",
	} {
		if read(t, text, columns).Digest() == want {
			t.Errorf("%s is not part of the digest", name)
		}
	}
}
