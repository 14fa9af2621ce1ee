package docker

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type tarEntry struct {
	tar.Header
	body string
}

func pack(tb testing.TB, entries ...tarEntry) []byte {
	tb.Helper()
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, entry := range entries {
		entry.Size = int64(len(entry.body))
		if err := archive.WriteHeader(&entry.Header); err != nil {
			tb.Fatal(err)
		}
		if _, err := archive.Write([]byte(entry.body)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func file(name, body string) tarEntry {
	return tarEntry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, body}
}

func entry(kind byte, name, link string) tarEntry {
	return tarEntry{tar.Header{Typeflag: kind, Name: name, Linkname: link, Mode: 0o6777}, ""}
}

// unpacked extracts an archive and lists what is there then: below the root, and beside it.
func unpacked(tb testing.TB, data []byte) (list []string, err error) {
	tb.Helper()
	dir := tb.TempDir()
	workspace := filepath.Join(dir, "w")
	if err := os.Mkdir(workspace, 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("original"), 0o644); err != nil {
		tb.Fatal(err)
	}
	root, err := os.OpenRoot(workspace)
	if err != nil {
		tb.Fatal(err)
	}
	defer root.Close()
	err = unpack(tar.NewReader(bytes.NewReader(data)), root, "out")
	walkErr := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(dir, name)
		if err != nil || relErr != nil {
			return err
		}
		if info, err := entry.Info(); err == nil && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			tb.Errorf("%s has mode %v", rel, info.Mode())
		}
		if rel != "." && rel != "w" && rel != "secret" {
			list = append(list, entry.Type().String()[:1]+" "+rel)
		}
		return nil
	})
	if walkErr != nil {
		tb.Fatal(walkErr)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "secret")); err != nil || string(data) != "original" {
		tb.Errorf("a file outside is now %q, %v", data, err)
	}
	return list, err
}

func TestUnpack(t *testing.T) {
	for _, test := range []struct {
		name    string
		entries []tarEntry
		want    []string
		err     string
	}{
		{"a file", []tarEntry{file("anything", "x")}, []string{"- w/out"}, ""},
		{"a folder", []tarEntry{entry(tar.TypeDir, "o/", ""), file("o/a", "1"), file("o/b/c", "2")}, []string{"d w/out", "- w/out/a", "d w/out/b", "- w/out/b/c"}, ""},
		{"setuid", []tarEntry{{tar.Header{Typeflag: tar.TypeReg, Name: "o", Mode: 0o6755}, "x"}}, []string{"- w/out"}, ""},
		{"a second name", []tarEntry{file("o/a", "1"), entry(tar.TypeLink, "o/b", "o/a")}, []string{"d w/out", "- w/out/a", "- w/out/b"}, ""},
		{"a second name of another's file", []tarEntry{entry(tar.TypeLink, "o/b", "../secret")}, []string{"d w/out"}, "leads out"},
		{"a second name of nothing", []tarEntry{entry(tar.TypeLink, "o/b", "/etc/passwd")}, []string{"d w/out"}, "second name"},
		{"a second name of a link", []tarEntry{entry(tar.TypeSymlink, "o/a", "/etc/passwd"), entry(tar.TypeLink, "o/b", "o/a")}, []string{"d w/out", "L w/out/a"}, "second name"},
		{"upwards", []tarEntry{file("o/../../secret", "x")}, nil, "leads out"},
		{"absolute", []tarEntry{file("/o/a", "x")}, []string{"d w/out", "- w/out/a"}, ""},
		{"through a link", []tarEntry{entry(tar.TypeSymlink, "o/d", "../.."), file("o/d/secret", "x")}, []string{"d w/out", "L w/out/d"}, "escapes"},
		{"over a link", []tarEntry{entry(tar.TypeSymlink, "o/d", "../../secret"), file("o/d", "x")}, []string{"d w/out", "L w/out/d"}, "twice"},
		{"a device", []tarEntry{entry(tar.TypeBlock, "o", "")}, []string{"p w/out"}, ""},
		{"a pipe", []tarEntry{entry(tar.TypeFifo, "o", "")}, []string{"p w/out"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := unpacked(t, pack(t, test.entries...))
			if (err != nil) != (test.err != "") || (err != nil && !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error is %v, want %q", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnpackCutShort(t *testing.T) {
	whole := pack(t, file("o", strings.Repeat("x", 100_000)))
	if _, err := unpacked(t, whole[:50_000]); err == nil {
		t.Error("half an archive was taken for a whole one")
	}
}

func TestHolesStayHoles(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	want := strings.Repeat("\x00", 3*hole) + "middle" + strings.Repeat("\x00", 5*hole)
	if err := unpack(tar.NewReader(bytes.NewReader(pack(t, file("o", want)))), root, "out"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "out")); err != nil || string(got) != want {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(want))
	}
}

// Whatever an engine sends, nothing is written outside of the workspace.
func FuzzUnpack(f *testing.F) {
	f.Add(pack(f, file("o/a", "1"), entry(tar.TypeSymlink, "o/l", "../.."), file("o/l/secret", "2")))
	f.Add(pack(f, entry(tar.TypeLink, "o/b", "o/../../secret"), entry(tar.TypeDir, "o/..", "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _ := unpacked(t, data) // an error is a fine answer
		for _, name := range list {
			if !strings.HasPrefix(name[2:], "w/out") {
				t.Errorf("%q was written", name)
			}
		}
	})
}

// A trace that is none must be an error, or nothing.
func FuzzTrace(f *testing.F) {
	f.Add([]byte(`"CqMBCkdzaGEyNTY6"`))
	f.Add([]byte("\x0a\x03\x0a\x01x\x1a\x06\x0a\x01x\x22\x01y"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		steps := newSteps(&out)
		response, err := fields(data)
		if err != nil {
			return
		}
		for _, one := range response[responseLogs] {
			if steps.log(one) == nil && out.Len() > 10*len(data)+100 {
				t.Errorf("%d bytes became %d", len(data), out.Len())
			}
		}
	})
}
