package facts

// release makes the facts that the criteria of level 3: deployment, infrastructure, environments, what serves need.
func (b *builder) release() {}
