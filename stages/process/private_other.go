//go:build !linux

package process

// closeSelf does nothing where there is no such thing.
func closeSelf() {}
