package fire_test

import (
	"os"
	"strings"
	"testing"
)

// An output that is no plain file or folder is refused, by its name, and what it
// leads to is never read; one that is only odd is kept as it is.
func TestOddOutputs(t *testing.T) {
	tests := map[string]struct {
		run  string // PATH is the output
		want string // "" if it is fine
	}{
		"link out":          {"TINY special link out", "symbolic link"},
		"link to nowhere":   {"TINY special dangling out", "symbolic link"},
		"link in a folder":  {"mkdir out; TINY special link out/x", "symbolic link"},
		"folder behind one": {"ln -s /etc dir", "dir"},
		"pipe":              {"TINY special fifo out", "pipe"},
		"socket":            {"TINY special socket out", "socket"},
		"socket in folder":  {"mkdir out; TINY special socket out/s", "socket"},
		"device":            {"mknod out c 1 5", "device"},
		"odd names":         {`mkdir out; TINY special names out; rm out/not*utf8`, ""},
		"a name not UTF-8":  {"mkdir out; TINY special names out", `"not\xffutf8" is not UTF-8`},
		"no rights":         {"mkdir out; echo secret > out/x; chmod 0 out/x out", ""},
		"nothing":           {"true", "did not write its output"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if name == "device" {
				needRoot(t, "make a device")
			}
			output := "out"
			if name == "folder behind one" {
				output = "dir/hostname"
			}
			p := newProject(t, "version: 1\nexecutor: process\nstages: {odd: {run: \""+test.run+"\", outputs: ["+output+"]}}\n")
			if test.want == "" {
				p.call(0, "run", "--quiet")
				p.wantNames(name == "odd names")
				if err := os.RemoveAll(p.path("out")); err != nil {
					t.Fatal(err)
				}
				p.says(0, []string{"run", "--progress", "plain"}, "cached")
				p.wantNames(name == "odd names")
			} else {
				p.says(3, []string{"run", "--quiet"}, test.want, output)
				if left, err := os.Lstat(p.path(output)); err == nil {
					t.Errorf("it was put in place: %v", left.Mode())
				}
			}
			p.clean()
		})
	}
}

func (p *project) wantNames(odd bool) {
	p.Helper()
	entries, err := os.ReadDir(p.path("out"))
	if err != nil {
		p.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		if text := p.mustRead("out/" + entry.Name()); odd && text != entry.Name() {
			p.Errorf("%q holds %q", entry.Name(), text)
		}
	}
	if got := strings.Join(names, " "); odd && got != "-dash back\\slash new\nline quo\"te' ünïcode €" {
		p.Errorf("names are %q", got)
	}
}
