package stages

import (
	"time"
)

// Scratch makes an empty folder in which something can be laid out for a while.
// It is removed by the function that comes with it; if the process is killed
// first, by whichever run comes next.
func (f *Folder) Scratch() (dir string, remove func(), err error) {
	id, lock, err := f.newRun(time.Now())
	if err != nil {
		return "", nil, err
	}
	dir = f.Path("work", id)
	return dir, func() {
		_ = removeTree(dir) // what cannot be removed now is the next run's to sweep
		_ = lock.Unlock()
		f.forget(id)
	}, nil
}
