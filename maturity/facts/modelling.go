package facts

// modelling makes the facts that the criteria of level 2: data and its versions, seeds and parameters, evaluation need.
func (b *builder) modelling() {}
