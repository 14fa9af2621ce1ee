package stages

import "github.com/muster-ci/muster/internal/config"

// ReadManifest is for the fuzz target: a manifest comes from elsewhere.
var ReadManifest = readManifest

// Ungranted is for what muster does itself and no executor sees: fetching.
func Ungranted(base Base, stage config.Stage) bool { return len(base.ungranted(stage)) > 0 }
