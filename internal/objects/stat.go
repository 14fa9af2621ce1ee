package objects

import "io/fs"

// Stat is what tells, without reading it, that a file is still the one that was
// read: if it is equal, so is the content. Times are nanoseconds since 1970.
type Stat struct {
	Size, Modified, Changed int64
	Inode, Device           uint64
	Mode                    fs.FileMode
}

// Executable reports whether the owner may run the file.
func (s Stat) Executable() bool { return s.Mode&0o100 != 0 }
