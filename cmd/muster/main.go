// Command muster runs machine-learning pipelines, gates their models, and
// scores repositories against the MLOps maturity levels.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/muster-ci/muster/internal/cli"
	_ "github.com/muster-ci/muster/internal/collector" // collect garbage late
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a clean end; from then on the next one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Streams{Out: os.Stdout, Err: os.Stderr}, os.LookupEnv))
}
