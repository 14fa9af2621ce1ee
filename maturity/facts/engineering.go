package facts

// engineering makes the facts that the criteria of level 1: packages and locks, images, documentation, owners, secrets need.
func (b *builder) engineering() {}
