//go:build !linux

package fetch_test

import "github.com/muster-ci/muster/stages"

func prepareChild(stages.FetchTask) error { return nil }
