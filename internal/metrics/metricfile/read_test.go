package metricfile_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/metricfile"
)

var update = flag.Bool("update", false, "write the golden files")

// Each file of testdata/formats stands for a format; beside it lies what is read from it.
func TestFormats(t *testing.T) {
	err := fs.WalkDir(os.DirFS("testdata/formats"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".golden") || notMetrics(name) {
			return err
		}
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata/formats", name))
			if err != nil {
				t.Fatal(err)
			}
			numbers, err := metricfile.Read(bytes.NewReader(data), name)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, numbers)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// notMetrics are files that tools write beside their metrics.
func notMetrics(name string) bool {
	return strings.HasSuffix(name, "meta.yaml") || strings.HasSuffix(name, "hparams.yaml") || strings.Contains(name, "/params/") || strings.Contains(name, "/models/")
}

func TestFolders(t *testing.T) {
	for _, folder := range []string{"dvclive", "dvclive/plots", "mlruns", "lightning_logs"} {
		t.Run(folder, func(t *testing.T) {
			numbers, err := metricfile.ReadFolder(folder, filesIn(t, folder), open)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.ReplaceAll(folder, "/", "-")+"-folder", numbers)
		})
	}
}

func open(name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join("testdata/formats", name))
}

func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS("testdata/formats"), folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(name, ".golden") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// golden compares numbers with the file that lists them, one a line.
func golden(t *testing.T, name string, numbers []metricfile.Number) {
	t.Helper()
	var got strings.Builder
	for _, n := range numbers {
		fmt.Fprintf(&got, "%q = %v · %s · %s · %s\n", n.Name, n.Value, n.Better, n.Unit, n.Source)
	}
	path := filepath.Join("testdata/formats", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}
