package actions

import (
	"context"

	"github.com/muster-ci/muster/internal/result"
)

// MostRequests is how many requests a [Witness] may send for one repository.
const MostRequests = 40

// Witness is a [Host] that tells what happened on it: runs, releases, deployments,
// and what its rules are.
type Witness interface {
	// Facts reads what it may, and says of the rest that it is missing. It writes nothing.
	Facts(ctx context.Context) result.ForgeFacts
}
