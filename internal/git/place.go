package git

import (
	"context"
	"strings"
)

// Place is where a directory lies in its repository, and the repository in the world.
type Place struct {
	// Prefix is the path of the directory from the top of the working copy, with a
	// slash at its end; "" for the top itself.
	Prefix string
	// Shallow is true if older commits were left out.
	Shallow bool
	// Origin is the address of the remote "origin" as the clone has it, perhaps with
	// a password in it; "" if there is none.
	Origin string
}

// Place asks for all of it. What git does not say stays empty.
func (r *Repository) Place(ctx context.Context) Place {
	var p Place
	if out, err := r.git(ctx, "rev-parse", "--is-shallow-repository", "--show-prefix"); err == nil {
		shallow, prefix, _ := strings.Cut(out, "\n")
		p.Shallow, p.Prefix = shallow == "true", strings.TrimSuffix(prefix, "\n")
	}
	if out, err := r.git(ctx, "config", "--get", "remote.origin.url"); err == nil {
		p.Origin = strings.TrimSpace(out)
	}
	return p
}
