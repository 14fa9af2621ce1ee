package objects

import (
	"fmt"
)

// NameError says that a name is no text: in JSON, two such names look the same.
type NameError struct{ Name string }

func (e *NameError) Error() string { return fmt.Sprintf("%q is not UTF-8; rename it", e.Name) }

// Walk visits the regular files at or below root, in the order of their names;
// the root itself is ".". What is neither file nor folder is refused with an
// [IrregularError]: a link or a device has no content of its own. A name that is
// not UTF-8 is refused with a [NameError].
func Walk(root string, visit func(rel string, stat Stat) error) error {
	stat, err := Lstat(root)
	switch {
	case err != nil:
		return err
	case stat.Mode.IsDir():
		return walkRoot(root, visit)
	case !stat.Mode.IsRegular():
		return &IrregularError{Path: ".", Mode: stat.Mode}
	default:
		return visit(".", stat)
	}
}

// below is the path of a name in a folder.
func below(rel, name string) string {
	if rel == "." {
		return name
	}
	return rel + "/" + name
}

// label is how an error names a folder: the root by its path, what lies below by the rest.
func label(name, rel string) string {
	if rel == "." {
		return name
	}
	return rel
}
