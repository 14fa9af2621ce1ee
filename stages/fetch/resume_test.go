package fetch_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestBrokenConnectionIsTakenUpAgain(t *testing.T) {
	content, other := data(1<<20), data(1 << 20)[1:]
	tests := map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, n int)
		want   []byte
		ranges []string
		sum    bool // the checksum is given
	}{
		"cut twice": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				if n < 2 {
					cut(w, r, content, 300_000)
					return
				}
				whole(w, r, content)
			}, content, []string{"", "bytes=300000-", "bytes=600000-"}, false,
		},
		"no range": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				r.Header.Del("Range")
				if n == 0 {
					cut(w, r, content, 300_000)
					return
				}
				whole(w, r, content)
			}, content, []string{"", "bytes=300000-"}, false,
		},
		"changed meanwhile": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				if n == 0 {
					cut(w, r, other, 300_000)
					return
				}
				whole(w, r, content)
			}, content, []string{"", "bytes=300000-"}, false,
		},
		"changed meanwhile, and the condition is ignored": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				r.Header.Del("If-Range")
				if n == 0 {
					cut(w, r, other, 300_000)
					return
				}
				whole(w, r, content)
			}, content, []string{"", "bytes=300000-", ""}, false,
		},
		"nothing tells contents apart, so nothing is resumed": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				if n == 0 {
					cut(unlabelled{w}, r, content, 300_000)
					return
				}
				whole(unlabelled{w}, r, content)
			}, content, []string{"", ""}, false,
		},
		"nothing but the checksum": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				if n == 0 {
					cut(unlabelled{w}, r, content, 300_000)
					return
				}
				whole(unlabelled{w}, r, content)
			}, content, []string{"", "bytes=300000-"}, true,
		},
		"the checksum finds out that the parts do not fit": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				if n == 0 {
					cut(unlabelled{w}, r, other, 300_000)
					return
				}
				whole(unlabelled{w}, r, content)
			}, content, []string{"", "bytes=300000-", ""}, true,
		},
		"another part than the one asked for": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				switch n {
				case 0:
					cut(w, r, content, 300_000)
				case 1:
					r.Header.Set("Range", "bytes=0-")
					r.Header.Del("If-Range")
					whole(w, r, content)
				default:
					whole(w, r, content)
				}
			}, content, []string{"", "bytes=300000-", ""}, false,
		},
		"shorter than before": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				r.Header.Del("If-Range")
				if n == 0 {
					cut(w, r, content, 300_000)
					return
				}
				whole(w, r, content[:1000])
			}, content[:1000], []string{"", "bytes=300000-", ""}, false,
		},
		"busy, then not": {
			func(w http.ResponseWriter, r *http.Request, n int) {
				if n < 3 {
					w.WriteHeader([]int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusInternalServerError}[n])
					return
				}
				whole(w, r, content)
			}, content, []string{"", "", "", ""}, false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := serve(t, test.answer)
			task := newTask(t, server.URL)
			var notes []string
			task.Note = func(message string) { notes = append(notes, message) }
			if test.sum {
				task.SHA256 = digest(test.want)
			}
			if _, got := get(t, task); !bytes.Equal(got, test.want) {
				t.Errorf("%d bytes came, other than the %d that were to", len(got), len(test.want))
			}
			if asked := server.asked("Range"); !slices.Equal(asked, test.ranges) {
				t.Errorf("asked for %q, want %q", asked, test.ranges)
			}
			if name == "busy, then not" && (len(notes) != 3 || !strings.Contains(notes[0], "503 Service Unavailable; trying again in ")) {
				t.Errorf("what is said meanwhile: %q", notes)
			}
		})
	}
}

// unlabelled takes from an answer what tells its content from another.
type unlabelled struct{ http.ResponseWriter }

func (u unlabelled) WriteHeader(code int) {
	u.Header().Del("ETag")
	u.ResponseWriter.WriteHeader(code)
}
