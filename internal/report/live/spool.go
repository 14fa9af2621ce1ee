package live

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// spool holds the lines that wait for their turn: a few in memory, many in a
// file without a name, which is gone when the process is.
type spool struct {
	head bytes.Buffer
	file *os.File
	err  error
}

// headSize is how much waits in memory.
const headSize = 64 << 10

func (s *spool) add(line string) {
	if s.err != nil {
		return
	}
	s.head.WriteString(line)
	if s.head.Len() >= headSize {
		s.err = s.spill()
	}
}

func (s *spool) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "muster-log-")
		if err != nil {
			return fmt.Errorf("hold the log back: %w", err)
		}
		s.file = file
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("hold the log back: %w", err)
		}
	}
	if _, err := s.head.WriteTo(s.file); err != nil {
		return fmt.Errorf("hold the log back: %w", err)
	}
	return nil
}

// pour writes all that waits, and ends the waiting.
func (s *spool) pour(w io.Writer) error {
	err := s.err
	if s.file != nil {
		_, seekErr := s.file.Seek(0, io.SeekStart)
		_, copyErr := io.Copy(w, s.file)
		err = errors.Join(err, seekErr, copyErr, s.file.Close())
	}
	_, writeErr := s.head.WriteTo(w)
	*s = spool{}
	return errors.Join(err, writeErr)
}
