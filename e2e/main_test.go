//go:build unix

package e2e_test

import (
	"os"
	"testing"

	"github.com/muster-ci/muster/internal/jobtest"
)

// program is removed when all tests have ended.
var program jobtest.Program

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	os.Exit(code)
}
