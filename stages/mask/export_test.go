package mask

// Forms is for the definition that the writer is held against.
func Forms(value string) []string { return forms(value) }
