package flow

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/muster-ci/muster/internal/result"
)

// maxForeign bounds a report that comes from elsewhere. Ours have some hundred kilobytes.
const maxForeign = 8 << 20

// readForeign reads the report in a folder that anybody could have filled. It looks at
// that one file: at its kind and size before it is opened, so that neither a link nor a
// pipe leads or holds muster anywhere, and at every part of what is in it.
func readForeign(dir string) (result.Report, error) {
	var none result.Report
	refused := func(why string) error {
		return &RefusedError{Message: fmt.Sprintf("%s of %s is not taken: %s", ReportFile, dir, why), Remedy: "the job of the change uploads .muster/report.json as it is"}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return none, fmt.Errorf("read the report: %w", err)
	}
	defer root.Close()
	info, err := root.Lstat(ReportFile)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return none, refused("it is not there")
	case err != nil:
		return none, fmt.Errorf("read the report: %w", err)
	case !info.Mode().IsRegular():
		return none, refused("it is no regular file")
	case info.Size() > maxForeign:
		return none, refused(fmt.Sprintf("it has %d bytes, more than %d", info.Size(), maxForeign))
	}
	file, err := root.Open(ReportFile)
	if err != nil {
		return none, fmt.Errorf("read the report: %w", err)
	}
	defer file.Close()
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return none, refused("it was another file a moment ago")
	}
	data, err := io.ReadAll(io.LimitReader(file, maxForeign+1))
	if err != nil {
		return none, fmt.Errorf("read the report: %w", err)
	}
	if len(data) > maxForeign {
		return none, refused("it has grown while it was read")
	}
	return decodeForeign(data)
}

// decodeForeign holds a report against its schema twice: as it is, and as it was
// understood. Keys in other letters would else get past it.
func decodeForeign(data []byte) (result.Report, error) {
	doc, err := result.Decode[result.Report](data, ReportFile)
	if err != nil {
		return doc, err
	}
	if _, err := result.Encode(doc); err != nil {
		return doc, &result.InvalidError{Path: ReportFile, Want: result.SchemaOf[result.Report](), Why: []string{err.Error()}}
	}
	return doc, nil
}
