package facts

// operations makes the facts that the criteria of level 4: drift, alerts, rollback, probes, runbooks need.
func (b *builder) operations() {}
