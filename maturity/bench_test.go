package maturity_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity"
)

// BenchmarkScore scores a small repository: what it costs at least.
func BenchmarkScore(b *testing.B) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "level4.txtar"))
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := txtar.Write(archive, dir); err != nil {
		b.Fatal(err)
	}
	s := scorer()
	for b.Loop() {
		if _, err := s.Score(context.Background(), dir, maturity.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
