//go:build !linux

package docker

import "os"

// makePipe refuses at once what others refuse as an output later.
func makePipe(_ *os.Root, name string) error {
	return &archiveError{name, "it is neither a file nor a folder nor a link"}
}
