package docker_test

import (
	"os"
	"strings"
	"testing"
)

func TestInfo(t *testing.T) {
	info, err := connect(t).Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Version == "" || info.API == "" || info.Host == "" || info.Storage == "" || info.Root == "" {
		t.Errorf("the engine does not say what it is: %+v", info)
	}
	if info.CPUs < 1 || info.Memory < 1<<20 || info.Time.IsZero() {
		t.Errorf("the engine does not say what it has: %+v", info)
	}
}

func TestCapacity(t *testing.T) {
	engine := connect(t)
	info, err := engine.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	capacity, err := engine.Capacity(t.Context())
	if err != nil || capacity.CPUs != float64(info.CPUs) || int64(capacity.Memory) != info.Memory {
		t.Errorf("capacity is %+v (%v), and the engine has %d processors and %d bytes", capacity, err, info.CPUs, info.Memory)
	}
}

func TestSharesFiles(t *testing.T) {
	engine, dir := connect(t), t.TempDir()
	shares, err := engine.Shares(t.Context(), dir)
	if err != nil || !shares {
		t.Errorf("shares is %v, %v", shares, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
	if left := containers(t, dir); len(left) > 0 {
		t.Errorf("containers left: %v", left)
	}
}

func TestOffers(t *testing.T) {
	err := connect(t).Offers(t.Context(), "localhost:1/muster-test/no-such-image:1")
	if err == nil || !strings.Contains(err.Error(), "localhost:1/muster-test/no-such-image:1") {
		t.Errorf("error is %v", err)
	}
}
