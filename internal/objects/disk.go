package objects

// Disk is the room on a file system.
type Disk struct {
	Free, Size int64 // bytes; Free is what the caller may still write
	// FreeFiles is how many more files it takes; 0 of 0 where it has no such limit.
	FreeFiles, Files int64
}
