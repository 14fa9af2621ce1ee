//go:build !unix

package source

import "os"

func openFolder(root *os.Root, name string) (folder, error) { return plainFolder{root.FS(), name}, nil }
