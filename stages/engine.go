package stages

import "time"

// EngineInfo is what a container engine says of itself.
type EngineInfo struct {
	Host    string // where it listens
	Version string
	API     string // the version of the interface that both sides speak
	System  string // its operating system, for people
	Storage string // the storage driver
	Root    string // the folder in which it keeps images, on its own machine
	// Rootless is true if the engine runs without privileges: a container's root is then its caller.
	Rootless bool
	CPUs     int
	Memory   int64 // bytes
	// GPUs names what gives containers the use of GPUs; empty if nothing does.
	GPUs []string
	Time time.Time // its clock when it was asked; zero if it does not tell
	// Warnings are the engine's own.
	Warnings []string
}
